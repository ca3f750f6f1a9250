import { describe, expect, it } from 'vitest';
import type { EntryBody, VerificationCost } from '../../../src/run/entry.ts';
import { borrowed, fullBudget } from '../../../src/run/cpuBudget.ts';
import { decide } from '../../../src/run/decide.ts';
import { mayHaveFallen } from '../../../src/run/gate.ts';
import { limits } from '../../../src/run/limits.ts';
import { nextVerification } from '../../../src/run/verificationPlan.ts';
import { checkpoint, created, fold, sampled, verified, wholeStep } from './builders.ts';

const share = 0.5;
const verification = { cpuShare: share, completeEvery: 10 };
const full = fullBudget(share, 0);
const left = (leftMs: number) => ({ leftMs, owedMs: 0, at: 0 });

/** A suite of 1,000 cases that passed in part at checkpoint 1; `caseMs` of CPU and of time each. */
function begun(caseMs: number, more: readonly EntryBody[] = [], gates = {}) {
  const cost: VerificationCost = {
    buildCpuMs: 100,
    casesCpuMs: 1_000 * caseMs,
    casesWallMs: 1_000 * caseMs,
    ran: 1_000,
  };
  return fold([
    created({ verification, gates }),
    checkpoint(0),
    ...wholeStep(1),
    verified(1, 900, 1_000, { cost }),
    ...wholeStep(2),
    ...more,
  ]);
}

describe('what is verified next', () => {
  it('is the whole suite at first, and nothing of a checkpoint that is known', () => {
    const first = fold([created({ verification }), checkpoint(0)]);
    expect(nextVerification(first, 0, full)).toEqual({ kind: 'run', size: null, givesWay: false, isDue: true });
    expect(nextVerification(begun(10), 1, full)).toEqual({ kind: 'nothing' });
  });

  it('is the whole suite where that takes little time, with or without a key in the task', () => {
    expect(nextVerification(begun(10), 2, full)).toMatchObject({ size: null });
    expect(nextVerification(fold([verified(0, 9, 10)], fold([created(), checkpoint(0)])), 1, full)).toMatchObject({
      size: null,
    });
  });

  it('is a sample that fits into the budget, and a smaller one where less is left', () => {
    expect(nextVerification(begun(400), 2, full)).toMatchObject({ kind: 'run', size: 150 }); // a minute of them
    expect(nextVerification(begun(400), 2, left(40_100))).toMatchObject({ kind: 'run', size: 100 });
  });

  it('waits for the budget where not even a small sample fits', () => {
    const wanted = 100 + limits.sampleCasesLeast * 400;
    expect(nextVerification(begun(400), 2, left(100))).toEqual({ kind: 'wait', ms: (wanted - 100) / share });
    expect(nextVerification(begun(400), 2, left(wanted))).toMatchObject({ size: limits.sampleCasesLeast });
  });

  it('takes the least sample where a case costs more than can be saved up', () => {
    expect(nextVerification(begun(60_000), 2, full)).toMatchObject({ kind: 'run', size: limits.sampleCasesLeast });
  });

  it('is more of the same checkpoint while no newer one comes, until all is run; that gives way', () => {
    const looked = begun(400, [sampled(2, 80, 100, 1_000)]);
    expect(nextVerification(looked, 2, full)).toEqual({ kind: 'run', size: 250, givesWay: true, isDue: false });
    expect(nextVerification(begun(400, [sampled(2, 800, 900, 1_000)]), 2, full)).toMatchObject({ size: null });
    expect(nextVerification(looked, 2, left(0))).toEqual({ kind: 'wait', ms: (50 * 400) / share });
  });

  it('is all of it again after so many checkpoints, also when that owes the budget something', () => {
    expect(nextVerification(begun(4_000), 10, left(1))).toMatchObject({ kind: 'wait' });
    expect(nextVerification(begun(4_000), 11, left(1))).toEqual({
      kind: 'run',
      size: null,
      givesWay: false,
      isDue: true,
    });
    const owed = borrowed(full, 500_000);
    expect(nextVerification(begun(4_000), 11, owed), 'while one is owed samples go on').toMatchObject({ size: 30 });
  });
});

describe('a sample that falls', () => {
  const gates = { visibleRegression: 3 };
  /** Of 100 drawn cases, 90 had passed. */
  const fell = (pass: number) => begun(400, [sampled(2, pass, 100, 1_000, { passedBefore: 90 })], gates);

  it('leads to a complete run, and only that opens a gate', () => {
    const state = fell(86);
    expect(mayHaveFallen(state)).toBe(true);
    expect(decide(state, 0)).toEqual({ kind: 'beginStep' });
    expect(nextVerification(state, 2, left(1))).toEqual({ kind: 'run', size: null, givesWay: false, isDue: true });
    const cleared = fold([verified(2, 895, 1_000)], state);
    expect([mayHaveFallen(cleared), decide(cleared, 0).kind]).toEqual([false, 'beginStep']);
    const confirmed = fold([verified(2, 860, 1_000, { regressed: 40 })], state);
    expect(decide(fold([verified(2, 8, 10, { suite: 'heldOut' })], confirmed), 0)).toEqual({
      kind: 'openGate',
      reasons: [{ kind: 'regression', text: 'visible fell 4.0 points (40 cases)' }],
    });
  });

  it('is held against the same cases: an unlucky draw alone calls for nothing', () => {
    const unlucky = begun(400, [sampled(2, 80, 100, 1_000, { passedBefore: 80 })], gates);
    expect(mayHaveFallen(unlucky)).toBe(false);
    expect(mayHaveFallen(fell(88))).toBe(false);
    expect(mayHaveFallen(begun(400, [sampled(2, 10, 100, 1_000, { passedBefore: 90 })]))).toBe(false); // no such gate
  });

  it('G1: a gate that is due asks for the whole suite, whatever a sample said or failed to say', () => {
    const due = { everySteps: 1 };
    const verify = { kind: 'verify', checkpoint: 2, suite: 'visible' };
    expect(decide(begun(400, [sampled(2, 86, 100, 1_000)], due), 0)).toEqual(verify);
    const failed = { type: 'verification.failed', checkpoint: 2, suite: 'visible', message: 'no' } as const;
    expect(decide(begun(400, [{ ...failed, sample: true }], due), 0)).toEqual(verify);
    expect(decide(begun(400, [failed], due), 0)).toEqual({ ...verify, suite: 'heldOut' });
  });
});

describe('what a case costs', () => {
  it('is an average in which few cases weigh little; a build that was kept costs nothing', () => {
    const cost: VerificationCost = { buildCpuMs: 0, casesCpuMs: 3_000, casesWallMs: 3_000, ran: 30 };
    const state = begun(10, [verified(2, 900, 1_000, { cost })]);
    expect(state.figures.visible.cost).toEqual({ buildCpuMs: 100, caseCpuMs: 55, caseWallMs: 55 });
    const none = fold([verified(2, 900, 1_000, { cost: { ...cost, ran: 0 } })], begun(10));
    expect(none.figures.visible.cost).toEqual(begun(10).figures.visible.cost);
  });
});
