import { describe, expect, it } from 'vitest';
import type { EntryBody } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';
import { rangesOf, thinnable, thinningSentence } from '../../../src/run/thinning.ts';
import { checkpoint, created } from './builders.ts';

const minuteMs = 60_000;
const dayMs = 24 * 3_600_000;

/** A run with a checkpoint a minute; `more` says what is special about some. */
function run(count: number, more: Readonly<Record<number, Partial<EntryBody<'checkpoint.created'>>>> = {}): RunState {
  const bodies = Array.from({ length: count }, (_, number) => checkpoint(number, more[number]));
  return fold(initialState, created(), ...bodies);
}

function fold(state: RunState, ...bodies: readonly EntryBody[]): RunState {
  return bodies.reduce(
    (before, body) => reduce(before, { ...body, seq: before.seq + 1, at: before.seq * minuteMs, prev: '' }),
    state,
  );
}

const shown = { checkpoint: 0, visibleRate: null, heldOutRate: null, filesChanged: 0, spentUsd: 0 };
const none = { pass: 0, fail: 0, error: 0, timeout: 0, flaky: 0 };
const verified = (of: number, pass: number, suite: 'visible' | 'heldOut' = 'visible'): EntryBody => ({
  type: 'verification.finished',
  checkpoint: of,
  suite,
  counts: { ...none, pass, fail: 10 - pass },
  total: 10,
  build: { ok: true },
  results: { digest: 'r', bytes: 1 },
  regressed: 0,
  repaired: 0,
  wallMs: 1,
});

/** The checkpoints of a run of `count` that stay. */
function kept(state: RunState, { now = state.at, last = 3 } = {}): number[] {
  const goes = new Set(thinnable(state, now, last));
  return state.checkpoints.map((c) => c.checkpoint).filter((number) => !goes.has(number));
}

describe('which checkpoints may go', () => {
  it('keeps the baseline, the newest, and one an hour', () => {
    // Entry 2 is the baseline's: the newest of the first hour is checkpoint 58.
    expect(kept(run(150))).toEqual([0, 58, 118, 147, 148, 149]);
  });

  it('keeps one a day further back', () => {
    const state = run(300);
    expect(kept(state, { now: state.at + 3 * dayMs })).toEqual([0, 297, 298, 299]);
  });

  it('C6, C7: keeps what the supervisor did, and rollbacks with both their ends, each with what stood before it', () => {
    const state = run(56, {
      10: { kind: 'supervisor', step: null },
      20: { kind: 'safety', step: null },
      21: { kind: 'rollback', step: null, continues: 5 },
      30: { kind: 'reject', step: null, continues: 29 },
      40: { saved: ['mine.txt'] },
    });
    expect(kept(state)).toEqual([0, 5, 9, 10, 19, 20, 21, 29, 30, 39, 40, 53, 54, 55]);
  });

  it('H3: keeps gates, what is accepted or can be again, and the best visible, not the best held-out', () => {
    const state = fold(
      run(50),
      verified(7, 9),
      verified(8, 9),
      verified(20, 3),
      verified(12, 10, 'heldOut'),
      verified(21, 1, 'heldOut'),
      { type: 'gate.opened', gate: 1, step: 30, checkpoint: 30, reasons: [] },
      { type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna', shown },
      { type: 'files.accepted', paths: ['a'], checkpoint: 33, by: 'anna', shown },
      { type: 'files.accepted', paths: ['b'], checkpoint: 35, by: 'anna', shown },
    );
    expect(kept(state)).toEqual([0, 8, 20, 21, 30, 33, 35, 47, 48, 49]);
  });

  it('C4: names none that went already, and marks those that go', () => {
    const state = run(50);
    const goes = thinnable(state, state.at, 3);
    const after = fold(state, { type: 'checkpoints.thinned', checkpoints: goes });
    expect(thinnable(after, after.at, 3)).toEqual([]);
    expect(after.checkpoints.filter((c) => c.thinned).map((c) => c.checkpoint)).toEqual(goes);
    expect(after.store.sweepDue).toBe(true);
    expect(fold(after, { type: 'store.swept', bytes: 5, freedBytes: 9 }).store).toMatchObject({
      bytes: 5,
      sweepDue: false,
    });
  });
});

it('says it in a sentence', () => {
  const plan = { checkpoints: [1, 2, 3, 7, 9, 10], frees: 1_240_000_000, bytes: 2_100_000_000 };
  expect(thinningSentence(plan, 1_240)).toBe('Thins 6 of 1,240 checkpoints and frees up to about 1.2 GB of 2.1 GB.');
  expect(rangesOf(plan.checkpoints)).toBe('1–3, 7, 9–10');
  expect(thinningSentence({ checkpoints: [], frees: 0, bytes: 1 }, 1)).toBe(
    'Nothing can be thinned: each of the 1 checkpoint is kept.',
  );
});
