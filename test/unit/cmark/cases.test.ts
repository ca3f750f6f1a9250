/** Job: the cmark material: the split, the canaries, the document and the workspace. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parseSuite } from '../../../src/run/suite.ts';
import { parseTask } from '../../../src/run/task.ts';
import {
  canaryCases,
  canaryTokens,
  heldOutNumbers,
  readExamples,
  specDocument,
  splitCases,
} from '../../cmark/cases.ts';
import { createCmarkWorkspace } from '../../cmark/workspace.ts';

// Real processes: on a machine that is busy with other tests they take their time.
vi.setConfig({ testTimeout: 60_000 });

const root = mkdtempSync(join(tmpdir(), 'belay-cmark-workspace-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Every file below a folder that holds one of the tokens; git objects are inflated by git itself. */
function filesWith(dir: string, tokens: readonly string[]): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  return files
    .map((f) => join(f.parentPath, f.name))
    .filter((path) => tokens.some((t) => readFileSync(path).includes(t)));
}

describe('the split', () => {
  it('has 652 examples in two halves of 326, each section in equal parts', () => {
    const examples = readExamples();
    const heldOut = heldOutNumbers(examples);
    const uneven = [...Map.groupBy(examples, (e) => e.section)].filter(([, members]) => {
      const out = members.filter((e) => heldOut.has(e.number)).length;
      return Math.abs(out - (members.length - out)) > 1;
    });
    const { visible, heldOut: held } = splitCases();
    expect({ all: examples.length, visible: visible.length, heldOut: held.length, uneven }).toEqual({
      all: 652,
      visible: 326,
      heldOut: 326,
      uneven: [],
    });
  });

  it('has ids of its own for every case, the same at each call', () => {
    const { visible, heldOut } = splitCases();
    const ids = [...visible, ...heldOut, ...canaryCases()].map((c) => c.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(splitCases()).toEqual({ visible, heldOut });
  });

  it('H1: visible ids are numbered without gaps and held-out ids carry the canary', () => {
    const { visible, heldOut } = splitCases();
    const bySection = [...Map.groupBy(visible, (c) => c.id.replace(/-\d+$/, '')).values()];
    const last = bySection.map((cases) => Number(/\d+$/.exec(cases.at(-1)?.id ?? '')?.[0]));
    expect(last).toEqual(bySection.map((cases) => cases.length));
    expect(heldOut.every((c) => /^ho-[0-9a-f]{10}-zqxcanary7f3a$/.test(c.id))).toBe(true);
  });

  it('has canary cases whose tokens stand in names, inputs and expectations', () => {
    const cases = canaryCases();
    expect(cases.length).toBeGreaterThanOrEqual(6);
    const [name, input, expectation] = canaryTokens as [string, string, string];
    for (const c of cases) {
      expect(c.id).toContain(name);
      expect(c.stdin).toContain(input);
      expect(c.stdin).not.toContain(expectation);
      expect(c.expect.stdout).toContain(expectation);
    }
  });
});

describe('the document', () => {
  it('H1: holds all visible examples and no held-out one', () => {
    const examples = readExamples();
    const heldOut = heldOutNumbers(examples);
    const text = specDocument();
    const arrows = (s: string) => s.replaceAll('\t', '→');
    const present = examples
      .filter((e) => text.includes(` example\n${arrows(e.stdin)}.\n${arrows(e.stdout)}\``))
      .map((e) => e.number);
    expect(present).toEqual(examples.map((e) => e.number).filter((n) => !heldOut.has(n)));
  });
});

describe('the workspace', () => {
  it('is a valid task with suites that parse, committed but for the note of the supervisor', async () => {
    const w = await createCmarkWorkspace(join(root, 'valid'), {
      heldOutDir: join(root, 'valid-out'),
      modelUrl: 'http://127.0.0.1:9/v1',
    });
    const task = parseTask(JSON.parse(readFileSync(w.taskFile, 'utf8')));
    const suites = [w.visibleFile, w.heldOutFile].map((file) => parseSuite(readFileSync(file, 'utf8')));
    expect(task).toMatchObject({ ok: true });
    expect(suites.map((s) => [s.cases.length, s.problems])).toEqual([
      [326, []],
      [326 + canaryCases().length, []],
    ]);
    expect(execFileSync('git', ['-C', w.dir, 'status', '--short'], { encoding: 'utf8' })).toBe('?? my-notes.txt\n');
  });

  it('H1: holds no canary in any file, and the check finds one that is put there', async () => {
    const dir = join(root, 'canary');
    await createCmarkWorkspace(dir, {
      heldOutDir: join(root, 'canary-out'),
      modelUrl: 'http://127.0.0.1:9/v1',
      git: false,
    });
    expect(filesWith(dir, canaryTokens)).toEqual([]);
    writeFileSync(join(dir, 'docs', 'leak.md'), `see ${canaryTokens[1] ?? ''}\n`);
    expect(filesWith(dir, canaryTokens)).toEqual([join(dir, 'docs', 'leak.md')]);
  });

  it('H2: refuses a held-out folder inside of the workspace', async () => {
    const dir = join(root, 'inside');
    await expect(
      createCmarkWorkspace(dir, { heldOutDir: join(dir, 'held'), modelUrl: 'http://127.0.0.1:9/v1' }),
    ).rejects.toThrow('outside');
  });
});
