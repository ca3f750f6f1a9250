/** Job: a case is run once on the same files, and again wherever anything that may change its verdict did. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Case } from '../../../src/run/case.ts';
import type { CaseOutcome } from '../../../src/engine/verification/runCase.ts';
import type { VisibleResult } from '../../../src/engine/verification/messages.ts';
import type { CaseFilter, VisibleSuite } from '../../../src/engine/verification/suite.ts';
import { Verdicts } from '../../../src/engine/verification/verdicts.ts';
import { Bench, checkOutOf } from './candidates.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Each run prints another number, so that a verdict that was not measured anew is told by its output. */
const drawing = `use Time::HiRes 'time'; printf '%s %.6f', $ARGV[0] // 'none', time;`;

describe('on real candidates', () => {
  let bench: Bench;
  let suite: VisibleSuite;
  beforeEach(() => {
    bench = new Bench();
    const cases = ['one', 'two'].map((id) => ({ id, tags: [id], args: [id], expect: { stdout: 'never' } }));
    suite = { kind: 'visible', file: bench.suite('visible.jsonl', cases) };
  });
  afterEach(async () => {
    await bench.end();
  });

  const verify = (
    verifier: ReturnType<Bench['visible']>,
    files: Readonly<Record<string, string>>,
    more: { readonly tree?: string; readonly only?: CaseFilter; readonly build?: string } = {},
  ): Promise<VisibleResult> =>
    verifier.verify({
      suite,
      recipe: bench.recipe({ build: more.build }),
      tree: more.tree ?? null,
      checkOut: checkOutOf(files),
      seed: 1,
      show: 5,
      repeatFailed: false,
      ...(more.only && { only: more.only }),
    });
  const outputs = ({ failing }: VisibleResult) => failing.map(({ actual }) => actual);

  it('H5: the same files are not run again: the agent’s test run serves the checkpoint that follows it', async () => {
    const verifier = bench.visible();
    const part = await verify(verifier, { 'main.pl': drawing }, { only: { tags: ['one'] } });
    const whole = await verify(verifier, { 'main.pl': drawing }, { tree: 'a'.repeat(40) });
    const kept = await verify(verifier, { 'main.pl': drawing }, { tree: 'a'.repeat(40) });
    expect(whole.total).toBe(2);
    expect(outputs(whole)[0]).toBe(outputs(part)[0]);
    expect(outputs(kept)).toEqual(outputs(whole));
  });

  it('H5: other files, another build command or another verifier are run anew', async () => {
    const verifier = bench.visible();
    const first = outputs(await verify(verifier, { 'main.pl': drawing }));
    const others = [
      await verify(verifier, { 'main.pl': `${drawing}\n` }),
      await verify(verifier, { 'main.pl': drawing, 'notes.txt': '' }),
      await verify(verifier, { 'main.pl': drawing }, { build: 'true' }),
      await verify(bench.visible(), { 'main.pl': drawing }),
    ];
    for (const other of others) expect(outputs(other)).not.toEqual(first);
  });
});

describe('what is known', () => {
  const params = (checkout: string | null, buildKey: string | null, run = ['perl']) =>
    ({ checkout, buildKey, recipe: { run } }) as unknown as Parameters<Verdicts['contentOf']>[0];
  const one = { id: 'one', tags: [], args: [], stdin: '', expect: { stdout: 'x' } } as unknown as Case;
  const outcome = (verdict: CaseOutcome['verdict'], text: string): CaseOutcome => ({
    verdict,
    wallMs: 1,
    actual: Buffer.from(text),
    detail: verdict,
  });

  it('B3: of many contents only the newest few are known', () => {
    const verdicts = new Verdicts();
    const contents = Array.from({ length: 6 }, (_, index) => `content ${String(index)}`);
    for (const content of contents) verdicts.note(content, one, outcome('pass', 'x'));
    expect(contents.map((content) => verdicts.known(content).get(one) !== undefined)).toEqual([
      ...[false, false],
      ...[true, true, true, true],
    ]);
  });

  it('H5: what timed out or could not be run is run again; so is a case that changed', () => {
    const verdicts = new Verdicts();
    for (const verdict of ['timeout', 'error'] as const) {
      verdicts.note('content', one, outcome(verdict, ''));
      expect(verdicts.known('content').get(one)).toBeUndefined();
    }
    verdicts.note('content', one, outcome('fail', 'y'));
    expect(verdicts.known('content').get(one)?.verdict).toBe('fail');
    expect(verdicts.known('content').get({ ...one, stdin: 'changed' })).toBeUndefined();
    expect(verdicts.known(null).get(one)).toBeUndefined();
  });

  it('H5: a failure is settled when the case gave the same twice in a row, whatever the files', () => {
    const verdicts = new Verdicts();
    const after = (content: string, given: CaseOutcome) => {
      verdicts.note(content, one, given);
      return verdicts.isSettled(one);
    };
    expect([
      after('a', outcome('fail', 'y')),
      after('b', outcome('fail', 'y')),
      after('c', outcome('fail', 'z')),
      after('d', outcome('pass', 'x')),
      after('e', outcome('fail', 'z')),
    ]).toEqual([false, true, false, false, false]);
  });

  it('H5: another recipe is another content; a build that is kept is the content it was made from', async () => {
    const verdicts = new Verdicts();
    const here = import.meta.dirname;
    const made = await verdicts.contentOf(params(here, 'key'));
    expect(made).toMatch(/^[0-9a-f]{64}$/);
    expect(await verdicts.contentOf(params(null, 'key'))).toBe(made);
    expect(await verdicts.contentOf(params(here, null, ['sh']))).not.toBe(made);
    expect(await verdicts.contentOf(params(null, 'unknown'))).toBeNull();
  });
});
