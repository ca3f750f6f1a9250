import { describe, expect, it } from 'vitest';
import { acceptedCheckpointOf } from '../../../src/run/accepted.ts';
import { cacheWords } from '../../../src/run/forDisplay.ts';
import { spentWords } from '../../../src/run/costs.ts';
import { openingEntries } from '../../../src/run/recover.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import { answered, checkpoint, created, entriesOf, fold, ran, requested, verified, wholeStep } from './builders.ts';

describe('reduce', () => {
  it('J1: refuses an entry that leaves a gap', () => {
    const [first] = entriesOf([created()]);
    if (first === undefined) throw new Error('no entry');
    expect(() => reduce(initialState, { ...first, seq: 2 })).toThrow('J1: entry 2 after 0');
  });

  it('folds a step into one row of the log', () => {
    const state = fold([created(), checkpoint(0), ...wholeStep(1)]);
    expect(state.step).toBeNull();
    expect(state.steps).toEqual([
      {
        step: 1,
        seq: 3,
        title: 'Step 1.',
        text: 'Step 1.',
        checkpoint: 1,
        costUsd: 0.1,
        tokens: { input: 1_000, cachedInput: 500, output: 200 },
        wallMs: 6_000,
        calls: [{ callId: 'call-1', name: 'run', title: 'run true', status: 'ok', wallMs: 10, head: 'done' }],
      },
    ]);
    expect(state.head).toBe(1);
  });

  it('B1: reserves before the answer and charges what was used', () => {
    const before = fold([created(), checkpoint(0), { type: 'step.started', step: 1 }, requested(1)]);
    expect(before.budget).toMatchObject({ reservedUsd: 0.5, reservedTokens: 5_000, spentUsd: 0 });
    const after = fold([answered(1)], before);
    expect(after.budget).toMatchObject({
      reservedUsd: 0,
      reservedTokens: 0,
      spentUsd: 0.1,
      tokens: 1_200,
      inputTokens: 1_000,
      cachedTokens: 500,
      estimatedTokens: 0,
    });
    const guessed = fold(
      [{ ...answered(2), usageEstimated: true }],
      fold(
        [{ type: 'step.finished', step: 1, checkpoint: 0, title: '' }, { type: 'step.started', step: 2 }, requested(2)],
        after,
      ),
    );
    expect(guessed.budget).toMatchObject({ tokens: 2_400, estimatedTokens: 1_200 });
    expect([spentWords(after), spentWords(guessed)]).toEqual(['$0.10', 'about $0.20']);
    expect(cacheWords(after.budget)).toBe('50 % of the input read from the cache');
    expect(cacheWords({ ...after.budget, cachedTokens: 810, cacheWriteTokens: 12_000 })).toBe(
      '81 % of the input read from the cache, 12 k written to it',
    );
  });

  it('B1: an engine that died in a call counts the whole reservation as spent', () => {
    const dead = fold([
      created(),
      checkpoint(0),
      { type: 'engine.started', pid: 1, generation: 1 },
      { type: 'step.started', step: 1 },
      requested(1),
    ]);
    const state = fold(openingEntries(dead, 2), dead);
    expect(state.budget).toMatchObject({ reservedUsd: 0, spentUsd: 0.5, tokens: 5_000 });
    expect(state.step?.retry?.kind).toBe('interrupted');
    expect(state.generation).toBe(2);
  });

  it('spends wall time only while it runs', () => {
    const start = fold([created(), { type: 'engine.started', pid: 1, generation: 1 }, checkpoint(0)]);
    const paused = fold([{ type: 'run.paused', reason: 'supervisor', message: '' }], start);
    expect(paused.budget).toMatchObject({ wallMs: 2_000, runningSince: null });
    const resumed = fold(
      [
        { type: 'run.resumed', by: 'anna' },
        checkpoint(1),
        { type: 'stop.requested', by: 'anna' },
        { type: 'run.ended', outcome: 'stopped', message: '' },
      ],
      paused,
    );
    expect(resumed.budget).toMatchObject({ wallMs: 5_000, runningSince: null });
  });

  it('spends no wall time while no engine lived', () => {
    const before = fold([created(), checkpoint(0)]);
    const [restart] = entriesOf([{ type: 'engine.started', pid: 2, generation: 2 }], before);
    if (restart === undefined) throw new Error('no entry');
    const sevenHours = 7 * 3_600_000;
    const state = reduce(before, { ...restart, at: before.at + sevenHours });
    expect(state.budget).toMatchObject({ wallMs: 1_000, runningSince: before.at + sevenHours });
  });

  it('keeps the conflicts of a rollback until a step follows', () => {
    const state = fold([
      created(),
      checkpoint(0),
      ...wholeStep(1),
      ...wholeStep(2),
      checkpoint(3, { kind: 'safety', step: null, continues: 2 }),
      { type: 'rollback.started', to: 1, safety: 3, plan: { digest: 'd', bytes: 1 }, by: 'anna', undo: false },
      checkpoint(4, { kind: 'rollback', step: null, continues: 1 }),
      { type: 'rollback.finished', to: 1, written: 1, deleted: 0, kept: 0, conflicts: ['month.pl'] },
    ]);
    expect(state.lastRollback).toEqual({ to: 1, safety: 3, conflicts: ['month.pl'], undo: false, gate: null });
    expect(fold([{ type: 'step.started', step: 3 }], state).lastRollback).toBeNull();
  });

  it('G3: a file rejected at an open gate: the gate is about what is there then, and that is what is accepted', () => {
    const shown = { checkpoint: 1, visibleRate: null, heldOutRate: null, filesChanged: 1, spentUsd: 0.1 };
    const rejecting = (paths?: readonly string[]) =>
      fold([
        created(),
        checkpoint(0),
        ...wholeStep(1),
        { type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons: [] },
        checkpoint(2, { kind: 'safety', step: null }),
        {
          type: 'rollback.started',
          to: 0,
          safety: 2,
          plan: { digest: 'd', bytes: 1 },
          by: 'anna',
          undo: false,
          ...(paths && { paths }),
        },
        checkpoint(3, { kind: 'reject', step: null }),
        { type: 'rollback.finished', to: 0, written: 1, deleted: 0, kept: 0, conflicts: [] },
        { type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna', shown },
      ]);
    const state = rejecting(['month.pl']);
    expect([state.accepted, state.head, acceptedCheckpointOf(state, 'month.pl')]).toEqual([3, 3, 3]);
    expect(state.checkpoints.get(3)?.rejected).toEqual({ paths: ['month.pl'], undo: false });
    expect(rejecting().checkpoints.get(3)?.rejected, 'a whole rollback rejects no file').toBeUndefined();
  });

  it('one file that is put back cuts no step; a whole rollback does', () => {
    const begun = fold([created(), checkpoint(0), { type: 'step.started', step: 1 }]);
    const started = {
      type: 'rollback.started',
      to: 0,
      safety: 1,
      plan: { digest: 'd', bytes: 1 },
      by: 'anna',
      undo: false,
    } as const;
    const safety = checkpoint(1, { kind: 'safety', step: 1 });
    expect(fold([safety, { ...started, paths: ['month.pl'] }], begun).step?.step).toBe(1);
    expect(fold([safety, started], begun).step).toBeNull();
  });

  it('gives the accepted tree, resets what gates count from, and marks the end', () => {
    const opened = fold([
      created(),
      checkpoint(0),
      ...wholeStep(1),
      verified(1, 3, 4),
      verified(1, 2, 4, { suite: 'heldOut' }),
      { type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons: [{ kind: 'end', text: 'done' }] },
    ]);
    expect(opened.heldOutLooks).toBe(1);
    const shown = { checkpoint: 1, visibleRate: 0.75, heldOutRate: 0.5, filesChanged: 1, spentUsd: 0.1 };
    const state = fold([{ type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna', shown }], opened);
    expect(state).toMatchObject({
      gate: null,
      accepted: 1,
      endAccepted: true,
      sinceGate: { steps: 1, spentUsd: 0.1, bestVisible: 0.75, checkpoint: 1 },
    });
    const redirected = fold([{ type: 'gate.decided', gate: 1, decision: 'redirect', by: 'anna', shown }], opened);
    expect(redirected).toMatchObject({ accepted: 0, endAccepted: false });
  });

  it('keeps at most so many finished steps, and counts them all', () => {
    const bodies = Array.from({ length: 405 }, (_, i) => wholeStep(i + 1)).flat();
    const state = fold([created(), checkpoint(0), ...bodies]);
    expect([state.steps.length, state.steps[0]?.step, state.stepsFinished]).toEqual([400, 6, 405]);
  });

  it('takes plan, notes, question and end from the tools', () => {
    const state = fold([
      created(),
      checkpoint(0),
      { type: 'step.started', step: 1 },
      requested(1),
      answered(1),
      ran(1, { note: 'tabs are 4 wide', plan: [{ title: 'lists', status: 'open' }], question: 'drop -j?' }),
    ]);
    expect(state).toMatchObject({
      notes: ['tabs are 4 wide'],
      plan: [{ title: 'lists', status: 'open' }],
      asked: { question: 'drop -j?' },
    });
  });
});
