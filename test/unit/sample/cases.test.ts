/** The bundled sample as shipped: its suites keep to the families, and the installed `ncal` still answers as recorded. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Case } from '../../../src/run/case.ts';
import { parseSuite } from '../../../src/run/suite.ts';
import { parseTask } from '../../../src/run/task.ts';
import { askReference, referenceProgram, sampleQuestions, sampleSuiteText } from '../../sample/cases.ts';
import { families } from '../../sample/families.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'media', 'sample');
const workspace = join(folder, 'cal');
const read = (...names: string[]) => readFileSync(join(folder, ...names), 'utf8');
const installed = spawnSync(referenceProgram, ['1', '2000']).error === undefined;

function suite(...names: string[]): readonly Case[] {
  const { cases, problems } = parseSuite(read(...names));
  expect(problems).toEqual([]);
  return cases;
}

const visible = () => suite('cal', 'tests', 'visible.jsonl');
const heldOut = () => suite('held-out.jsonl');
const tagCounts = (cases: readonly Case[]) =>
  Object.fromEntries([...Map.groupBy(cases, (c) => c.tags.join())].map(([tag, of]) => [tag, of.length]));

/** What tells the agent of a held-out case: its question or its name, anywhere in the workspace. */
function leaks(shown: readonly Case[], hidden: readonly Case[]): string[] {
  const questions = new Set(shown.map((c) => JSON.stringify(c.args)));
  const text = sampleSuiteText(shown);
  return hidden.filter((c) => questions.has(JSON.stringify(c.args)) || text.includes(c.id)).map((c) => c.id);
}

describe('the bundled sample', () => {
  it('has as many held-out duals as visible cases in every family', () => {
    const wanted = Object.fromEntries(families.map(({ tag, count }) => [tag, count]));
    expect(tagCounts(visible())).toEqual(wanted);
    expect(tagCounts(heldOut())).toEqual(wanted);
    expect(visible().length).toBeGreaterThanOrEqual(320);
  });

  it('H1: no held-out name or question is among the visible cases or in the document', () => {
    expect(leaks(visible(), heldOut())).toEqual([]);
    expect(heldOut().filter((c) => read('cal', 'docs', 'cal.md').includes(c.id))).toEqual([]);
    expect(new Set(heldOut().map((c) => c.args.join('\0'))).size).toBe(heldOut().length);
  });

  it('H1, sabotaged: a held-out case among the visible ones is found', () => {
    const [stray] = heldOut();
    expect(stray).toBeDefined();
    if (stray) expect(leaks([...visible(), { ...stray, id: 'month-99' }], heldOut())).toEqual([stray.id]);
  });

  it('H2: the task keeps to the schema and its held-out suite lies outside of the workspace', () => {
    const parsed = parseTask(JSON.parse(read('cal', 'belay.json')));
    expect(parsed).toMatchObject({ ok: true, task: { suites: { visible: 'tests/visible.jsonl' } } });
    if (!parsed.ok) return;
    expect(resolve(workspace, parsed.task.suites.heldOut ?? '')).toBe(join(folder, 'held-out.jsonl'));
  });

  it('asks for nothing that depends on the day', () => {
    const undated = [...visible(), ...heldOut()].filter(
      ({ args, expect: expected }) =>
        expected.exit === 0 && !args.some((a) => /^\d+(-\d+)?$/.test(a) || a.endsWith('p')),
    );
    expect(undated.map((c) => c.args)).toEqual([]);
  });

  it('asks what the generator draws, in its order', () => {
    const questions = (cases: readonly Case[]) => cases.map(({ id, tags, args }) => ({ id, tags, args }));
    expect({ visible: questions(visible()), heldOut: questions(heldOut()) }).toEqual(sampleQuestions());
  });

  it.runIf(installed)('expects what the installed reference answers', () => {
    const sampled = [...visible(), ...heldOut()].filter((_, at) => at % 11 === 0);
    expect(differing(sampled)).toEqual([]);
  });

  it.runIf(installed)('sabotaged: an expectation of another month is found', () => {
    const [first, second] = visible();
    expect(first && second && differing([{ ...first, expect: second.expect }])).toEqual(['month-01']);
  });
});

const differing = (cases: readonly Case[]) =>
  cases.filter((c) => !isDeepStrictEqual(askReference(c.args), c.expect)).map((c) => c.id);
