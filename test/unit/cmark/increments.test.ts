/** Job: the parser's increments: each prefix runs without a warning and passes what is stated here. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { splitCases } from '../../cmark/cases.ts';
import { endOfConstructs, increment, increments, mainFile } from '../../cmark/increments.ts';
import { runCases, withFolder } from '../../cmark/toolbench.ts';

// Real processes: on a machine that is busy with other tests they take their time.
vi.setConfig({ testTimeout: 60_000 });

interface Version {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
}

/** The program after each increment; the repair comes right after the flawed one. */
function versions(): Version[] {
  const files = new Map<string, string>();
  const result: Version[] = [];
  const edit = (path: string, old: string, replacement: string) => {
    const before = files.get(path) ?? '';
    expect(before.split(old)).toHaveLength(2);
    files.set(
      path,
      before.replace(old, () => replacement),
    );
  };
  for (const i of increments) {
    for (const file of i.files) files.set(file.path, file.content);
    for (const module of i.modules) edit(mainFile, endOfConstructs, `use ${module};\n${endOfConstructs}`);
    result.push({ name: i.name, files: new Map(files) });
    if (i.repair === null) continue;
    edit(i.repair.path, i.repair.old, i.repair.new);
    result.push({ name: `${i.name}, repaired`, files: new Map(files) });
  }
  return result;
}

const { visible, heldOut } = splitCases();

/** Passed of 326 visible and of 326 held-out cases. */
const stated: readonly (readonly [name: string, visible: number, heldOut: number])[] = [
  ['paragraphs', 55, 50],
  ['thematic-breaks', 63, 55],
  ['atx-headings', 70, 63],
  ['indented-code', 79, 75],
  ['fenced-code', 91, 88],
  ['setext-headings', 95, 96],
  ['code-spans', 110, 108],
  ['backslash-escapes', 116, 112],
  ['entities', 117, 117],
  ['block-quotes', 129, 133],
  ['lists', 168, 166],
  ['line-breaks', 147, 148],
  ['line-breaks, repaired', 170, 172],
  ['tabs', 173, 177],
  ['raw-html', 186, 187],
  ['html-blocks', 206, 206],
  ['autolinks', 214, 214],
  ['emphasis', 266, 261],
  ['references', 272, 265],
  ['links', 315, 314],
  ['images', 325, 326],
];

describe('the increments', () => {
  const measured = versions().map(({ name, files }) => {
    const runs = [visible, heldOut].map((cases) => runCases(files, cases));
    return {
      name,
      warnings: runs.map((r) => r.warnings).join(''),
      passed: runs.map((r) => r.outcomes.filter((o) => o.passed).length),
    };
  });

  it('are at least twelve, each a program that runs without a warning and passes what is stated', () => {
    expect(increments.length).toBeGreaterThanOrEqual(12);
    expect(measured).toEqual(stated.map(([name, ...passed]) => ({ name, warnings: '', passed })));
  });

  it('rise, but for the flawed one, which loses visible cases until it is repaired', () => {
    const falls = measured.filter((m, i) => (m.passed[0] ?? 0) < (measured[i - 1]?.passed[0] ?? 0)).map((m) => m.name);
    expect(falls).toEqual(['line-breaks']);
  });

  it('can come in any order that their requirements allow', () => {
    const last = versions().at(-1)?.files;
    const turned = new Map(last);
    const loads = (last?.get(mainFile) ?? '').split('\n').filter((line) => /^use Cmark::(Block|Inline)::/.test(line));
    expect(loads.length).toBeGreaterThan(15);
    turned.set(
      mainFile,
      (last?.get(mainFile) ?? '').replace(`${loads.join('\n')}\n`, `${loads.toReversed().join('\n')}\n`),
    );
    expect(turned.get(mainFile)).not.toBe(last?.get(mainFile));
    expect(runCases(turned, visible).outcomes.filter((o) => o.passed).length).toBe(stated.at(-1)?.[1]);
  });

  it('tell a missing module and a warning: the counts can fail', () => {
    const broken = new Map(versions().at(-1)?.files);
    broken.delete('lib/Cmark/Text.pm');
    const run = runCases(broken, visible.slice(0, 5));
    expect(run.outcomes.every((o) => !o.passed)).toBe(true);
    expect(run.warnings).toContain('Cmark/Text.pm');
  });

  it('hold no expected output as a literal', () => {
    const sources = increments.flatMap((i) => i.files.map((f) => f.content)).join('\n');
    const lines = [...visible, ...heldOut]
      .flatMap((c) => (c.expect.stdout ?? '').split('\n'))
      .filter((line) => line.length >= 16);
    expect(lines.length).toBeGreaterThan(400);
    expect(lines.filter((line) => sources.includes(line))).toEqual([]);
  });
});

describe('the finished program', () => {
  it('gives the same as a process of its own, from a folder elsewhere, in silence', () => {
    const files = versions().at(-1)?.files ?? new Map<string, string>();
    const cases = [...visible, ...heldOut].filter((_, i) => i % 40 === 0);
    const wrong = withFolder(files, (dir) =>
      cases.filter((c) => {
        const run = spawnSync('perl', [`${dir}/${mainFile}`], { cwd: '/', input: c.stdin, encoding: 'utf8' });
        return run.status !== 0 || run.stderr !== '' || run.stdout !== c.expect.stdout;
      }),
    );
    expect(wrong.map((c) => c.id)).toEqual([]);
  });

  it('needs the modules of perl-base only', () => {
    const used = increments.flatMap((i) =>
      i.files.flatMap((f) => [...f.content.matchAll(/^use ([\w:]+)/gm)].map((m) => m[1] ?? '')),
    );
    const core = new Set(used.filter((module) => !module.startsWith('Cmark::')));
    expect([...core].sort()).toEqual(['constant', 'feature', 'lib', 'strict', 'warnings']);
    expect(increment('links').requires).toEqual(['references', 'autolinks']);
  });
});
