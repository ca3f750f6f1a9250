import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reserve, noBudget } from '../../../src/run/budget.ts';
import { decide } from '../../../src/run/decide.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { FixtureRun } from '../../ui/webview/fixtures.ts';
import { limits } from '../../../src/run/limits.ts';
import { answered, checkpoint, created, fold, ran, requested, verified, wholeStep } from './builders.ts';

const begun = (facts = {}) => fold([created(facts), checkpoint(0), ...wholeStep(1)]);
const gateOpen: EntryBody = {
  type: 'gate.opened',
  gate: 1,
  step: 1,
  checkpoint: 1,
  reasons: [{ kind: 'steps', text: '1 step' }],
};

describe('decide', () => {
  it('walks through a step', () => {
    const kinds: string[] = [];
    const bodies = [created(), checkpoint(0), ...wholeStep(1)];
    bodies.forEach((_, i) => kinds.push(decide(fold(bodies.slice(0, i + 1)), 0).kind));
    // after the request no answer is there yet: only a crash leaves the loop there, and recovery writes the failure first
    expect(kinds).toEqual([
      'takeBaseline',
      'beginStep',
      'requestModel',
      'requestModel',
      'performTool',
      'performTool',
      'finishStep',
      'finishStep',
      'beginStep',
    ]);
  });

  it('G1: waits while a gate is open, whatever else is due', () => {
    for (const state of [
      fold([gateOpen], begun()),
      fold([gateOpen, { type: 'directive.added', directive: 1, text: 'x', by: 'a' }], begun()),
    ]) {
      expect(decide(state, Number.MAX_SAFE_INTEGER)).toEqual({ kind: 'wait' });
    }
  });

  it('G1: a step that a gate found in progress does not go on', () => {
    const state = fold([{ type: 'step.started', step: 2 }, requested(2), answered(2), gateOpen], begun());
    expect(decide(state, 0)).toEqual({ kind: 'wait' });
  });

  it('a due gate verifies both suites on the head first', () => {
    const due = begun({ gates: { everySteps: 1 } });
    expect(decide(due, 0)).toEqual({ kind: 'verify', checkpoint: 1, suite: 'visible' });
    const half = fold([verified(1, 1, 2)], due);
    expect(decide(half, 0)).toEqual({ kind: 'verify', checkpoint: 1, suite: 'heldOut' });
    const broken = fold([{ type: 'verification.failed', checkpoint: 1, suite: 'heldOut', message: 'no' }], half);
    expect(decide(broken, 0)).toEqual({
      kind: 'openGate',
      reasons: [{ kind: 'steps', text: '1 step since the start' }],
    });
  });

  it('H3: the same decision whatever the held-out verdicts are', () => {
    const due = fold([verified(1, 1, 4)], begun({ gates: { everySteps: 1, visibleRegression: 1 } }));
    fc.assert(
      fc.property(fc.nat(4), fc.nat(4), (a, b) => {
        const [one, other] = [a, b].map((pass) => decide(fold([verified(1, pass, 4, { suite: 'heldOut' })], due), 0));
        expect(one).toEqual(other);
      }),
    );
  });

  it('opens a gate on a visible regression with its size', () => {
    const state = fold(
      [
        verified(1, 9, 10),
        ...wholeStep(2),
        verified(2, 7, 10, { regressed: 2 }),
        verified(2, 7, 10, { suite: 'heldOut' }),
      ],
      begun({ gates: { visibleRegression: 10 } }),
    );
    expect(decide(state, 0)).toEqual({
      kind: 'openGate',
      reasons: [{ kind: 'regression', text: 'visible fell 20.0 points (2 cases)' }],
    });
  });

  it('tells a regression also when the agent is further by then, but not one that was rolled back', () => {
    const later = fold(
      [verified(1, 9, 10), ...wholeStep(2), ...wholeStep(3), verified(2, 7, 10, { regressed: 2 })],
      begun({ gates: { visibleRegression: 10 } }),
    );
    // the newest checkpoint decides: it is verified before the gate opens
    expect(decide(later, 0)).toEqual({ kind: 'verify', checkpoint: 3, suite: 'visible' });
    expect(decide(fold([verified(3, 9, 10)], later), 0)).toEqual({ kind: 'beginStep' });
    const undone = fold(
      [
        checkpoint(4, { kind: 'safety', step: null }),
        { type: 'rollback.started', to: 1, safety: 4, plan: { digest: 'd', bytes: 1 }, by: 'anna', undo: false },
        checkpoint(5, { kind: 'rollback', step: null, continues: 1 }),
        { type: 'rollback.finished', to: 1, written: 1, deleted: 0, kept: 0, conflicts: [] },
        verified(3, 2, 10, { regressed: 7 }),
      ],
      later,
    );
    expect(decide(undone, 0)).toEqual({ kind: 'beginStep' });
  });

  it('G1: an undo of the rollback that decided a gate opens that gate again, and nothing goes on', () => {
    const run = new FixtureRun(0).create().step('One', '', []).step('Two', '', []);
    run.gate([{ kind: 'end', text: 'the agent says that it is done' }]).rollBack(1);
    expect(run.state).toMatchObject({ gate: null, lastRollback: { gate: { gate: 1 } } });
    run.rollBack(run.state.lastRollback?.safety ?? 0, { undo: true });
    expect(run.state.gate).toMatchObject({ gate: 2, step: 2, reasons: [{ kind: 'end' }] });
    expect(run.state.paused, 'the gate holds, no pause beside it').toBeNull();
    expect(decide(run.state, 0)).toEqual({ kind: 'wait' });
    const accepted = run.decide('accept').state;
    expect(accepted, 'what lies there now is accepted').toMatchObject({ accepted: accepted.head, endAccepted: true });
    expect(decide(accepted, 0)).toMatchObject({ kind: 'end' });
  });

  it('G1: a rollback between gates has none to open again', () => {
    const run = new FixtureRun(0)
      .create()
      .step('One', '', [])
      .gate([])
      .decide('accept')
      .step('Two', '', [])
      .rollBack(1);
    run.rollBack(run.state.lastRollback?.safety ?? 0, { undo: true });
    expect(run.state).toMatchObject({ gate: null, paused: { reason: 'rollback' } });
  });

  it('B3: a baseline or a rollback that failed waits for the supervisor, who may resume or stop', () => {
    const failure: EntryBody = { type: 'run.paused', reason: 'failure', message: 'EACCES' };
    const resumed: EntryBody = { type: 'run.resumed', by: 'anna' };
    const stop: EntryBody = { type: 'stop.requested', by: 'anna' };
    const rolling = fold(
      [
        checkpoint(2, { kind: 'safety', step: null }),
        { type: 'rollback.started', to: 0, safety: 2, plan: { digest: 'd', bytes: 1 }, by: 'anna', undo: false },
        { type: 'run.paused', reason: 'rollback', message: 'rolled back' },
      ],
      begun(),
    );
    for (const [state, kind] of [
      [fold([created()]), 'takeBaseline'],
      [rolling, 'finishRollback'],
    ] as const) {
      expect(decide(state, 0)).toEqual({ kind });
      const failed = fold([failure], state);
      expect(decide(failed, 0)).toEqual({ kind: 'wait' });
      expect(decide(fold([resumed], failed), 0)).toEqual({ kind });
      expect(decide(fold([stop], failed), 0)).toMatchObject({ kind: 'end' });
    }
  });

  it('B3: a model that keeps failing pauses the run with the reason', () => {
    const failed = (attempt: number): EntryBody[] => [
      requested(2, { attempt }),
      {
        type: 'model.failed',
        step: 2,
        attempt,
        kind: 'cut',
        message: 'the answer was cut',
        retryable: true,
        costUsd: 0,
        tokens: 0,
        retryAt: 5_000,
      },
    ];
    const started = fold([{ type: 'step.started', step: 2 }], begun());
    const once = fold(failed(1), started);
    expect(decide(once, 4_000)).toEqual({ kind: 'wait', until: 5_000 });
    expect(decide(once, 5_000)).toEqual({ kind: 'requestModel' });
    expect(decide(once, 5_000 - limits.modelRetryMostMs - 1), 'the clock was put back').toEqual({
      kind: 'requestModel',
    });
    const nextYear = failed(1).map((body) =>
      body.type === 'model.failed' ? { ...body, retryAt: 365 * 86_400_000 } : body,
    );
    const far = fold(nextYear, started);
    expect(decide(far, far.at)).toEqual({ kind: 'wait', until: far.at + limits.modelRetryMostMs });
    const often = fold(Array.from({ length: limits.modelAttempts }, (_, i) => failed(i + 1)).flat(), started);
    expect(decide(often, 5_000)).toEqual({
      kind: 'pause',
      reason: 'model',
      until: 5_000 + limits.outageParkFirstMs,
      message: 'the answer was cut; tried 6 times',
    });
  });

  it('B1: no step begins at a hard limit; the soft one opens a gate once', () => {
    expect(decide(begun({ limits: { steps: { hard: 1 } } }), 0)).toMatchObject({
      kind: 'pause',
      reason: 'budget',
      message: 'limit reached: steps',
    });
    const soft = fold(
      [verified(1, 1, 1), verified(1, 1, 1, { suite: 'heldOut' })],
      begun({ limits: { costUsd: { soft: 0.05, hard: 1 } } }),
    );
    expect(decide(soft, 0)).toMatchObject({
      kind: 'openGate',
      reasons: [{ kind: 'budget', text: 'soft limit reached: dollars' }],
    });
    const shown = { checkpoint: 1, visibleRate: 1, heldOutRate: 1, filesChanged: 0, spentUsd: 0.1 };
    const decided = fold(
      [
        { type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons: [{ kind: 'budget', text: '' }] },
        { type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna', shown },
      ],
      soft,
    );
    expect(decide(decided, 0)).toEqual({ kind: 'beginStep' });
  });

  it('asks the supervisor, and ends only when the end is accepted', () => {
    const asked = fold(
      [
        { type: 'step.started', step: 2 },
        requested(2),
        answered(2),
        ran(2, { finish: 'all done' }),
        checkpoint(2),
        { type: 'step.finished', step: 2, checkpoint: 2, title: '' },
        verified(2, 1, 1),
        verified(2, 1, 1, { suite: 'heldOut' }),
      ],
      begun(),
    );
    expect(decide(asked, 0)).toMatchObject({ kind: 'openGate', reasons: [{ kind: 'end' }] });
  });
});

describe('reserve', () => {
  const price = { inputUsdPerMTok: 3, cachedInputUsdPerMTok: 0.3, cacheWriteUsdPerMTok: 0.3, outputUsdPerMTok: 15 };

  it('B1: what is reserved never passes a hard limit', () => {
    const amounts = fc.record({
      spent: fc.integer({ min: 0, max: 300 }),
      hard: fc.integer({ min: 1, max: 300 }),
      input: fc.integer({ min: 1, max: 200_000 }),
      tokensHard: fc.integer({ min: 1, max: 400_000 }),
    });
    fc.assert(
      fc.property(amounts, ({ spent, hard, input, tokensHard }) => {
        const budget = {
          ...noBudget,
          spentUsd: spent / 100,
          limits: { costUsd: { hard: hard / 100 }, tokens: { hard: tokensHard } },
        };
        const reservation = reserve(budget, input, { output: 8_000, leastOutput: 256, price });
        if (reservation === null) return;
        expect(budget.spentUsd + reservation.costUsd).toBeLessThanOrEqual(hard / 100 + 1e-9);
        expect(reservation.tokens).toBeLessThanOrEqual(tokensHard);
        expect(reservation.maxOutputTokens).toBeGreaterThanOrEqual(256);
      }),
    );
  });

  it('caps the output near the limit, and refuses what is not worth a call', () => {
    const near = { ...noBudget, spentUsd: 9.985, limits: { costUsd: { hard: 10 } } };
    expect(reserve(near, 1_000, { output: 8_000, leastOutput: 256, price })?.maxOutputTokens).toBe(800);
    expect(reserve({ ...near, spentUsd: 9.998 }, 100, { output: 8_000, leastOutput: 256, price })).toBeNull();
  });
});
