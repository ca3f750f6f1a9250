import { describe, expect, it } from 'vitest';
import { askedSample, failingLast, sampledEntry } from '../../../src/engine/effects/sampling.ts';
import type { VerdictOfCase, VerifierResult } from '../../../src/engine/effects/verifierResult.ts';

const verdicts = (pass: string, fail: string): readonly VerdictOfCase[] => [
  ...Array.from(pass, (id) => ({ id, verdict: 'pass' as const })),
  ...Array.from(fail, (id) => ({ id, verdict: 'fail' as const })),
];

describe('what is watched', () => {
  it('is what failed when it was run last: first what had passed when all were run, then the others in turns', () => {
    // a and b fell in the sample, g was repaired in it; d, e and f were not run in it.
    const complete = verdicts('abc', 'defg');
    const failing = failingLast(complete, verdicts('cg', 'ab'), 1);
    expect(failing.slice(0, 2)).toEqual(['a', 'b']);
    expect([...failing].sort()).toEqual(['a', 'b', 'd', 'e', 'f']);
    const firsts = new Set(Array.from({ length: 40 }, (_, seed) => failingLast(complete, [], seed)[0]));
    expect(firsts).toEqual(new Set(['d', 'e', 'f', 'g']));
  });

  it('B3: is at most as much as is drawn, and what it takes is not drawn', () => {
    const failing = Array.from({ length: 100 }, (_, at) => String(at));
    expect(askedSample({ size: 40, drawn: 0, failing: ['x'] })).toEqual({ draw: 39, watched: ['x'] });
    const first = askedSample({ size: 40, drawn: 0, failing });
    expect([first.draw, first.watched.length]).toEqual([20, 20]);
    const more = askedSample({ size: 60, drawn: 20, failing });
    expect([more.draw, more.watched.length], 'a sample that grows draws more').toEqual([60, 20]);
  });
});

describe('the entry of a sample', () => {
  const result: VerifierResult = {
    counts: { pass: 2, fail: 1, error: 0, timeout: 0, flaky: 0 },
    total: 3,
    of: 9,
    build: { ok: true },
    tags: [],
    cases: [
      ...verdicts('ax', 'b'),
      { id: 'd', verdict: 'pass', beside: true },
      { id: 'c', verdict: 'fail', beside: true },
    ],
  };
  const facts = { checkpoint: 4, seed: 1, wallMs: 5, results: { digest: 'r', bytes: 1 }, failing: ['d', 'e', 'c'] };

  it('keeps the estimate apart from what was run beside it, and tells what was not run', () => {
    const entry = sampledEntry({ ...facts, passedBefore: new Set(['a', 'b', 'c']) }, result);
    expect(entry).toMatchObject({
      ...{ counts: result.counts, total: 3, of: 9, beside: { pass: 1, total: 2 }, failedNotRun: 1 },
      ...{ passedBefore: 2, regressed: 2, repaired: 2 },
    });
  });

  it('says nothing of changes where the whole suite was never run', () => {
    const entry = sampledEntry({ ...facts, passedBefore: null }, result);
    expect(entry).toMatchObject({ regressed: 0, repaired: 0 });
    expect(entry.passedBefore).toBeUndefined();
  });
});
