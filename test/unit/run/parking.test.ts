import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/run/decide.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { limits } from '../../../src/run/limits.ts';
import { leftOfParking, parkedUntilReset } from '../../../src/run/parking.ts';
import { statusOf } from '../../../src/run/status.ts';
import { checkpoint, created, fold, requested } from './builders.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const failed = (costUsd: number): EntryBody => ({
  type: 'model.failed',
  step: 1,
  attempt: 1,
  kind: 'server-error',
  message: 'down.',
  retryable: true,
  retryAt: 0,
  costUsd,
  tokens: costUsd > 0 ? 100 : 0,
});
const begun: readonly EntryBody[] = [created(), checkpoint(0), { type: 'step.started', step: 1 }];
const tries = (costUsd: number) =>
  Array.from({ length: limits.modelAttempts }, () => [requested(1), failed(costUsd)]).flat();
const parked = (until: number): EntryBody => ({
  type: 'run.paused',
  reason: 'model',
  message: 'the provider is down',
  until,
});

describe('a run that its provider holds up', () => {
  it('is parked until a reset that is further away than a retry waits, and no longer than a limit', () => {
    expect(parkedUntilReset(undefined, 0)).toBeNull();
    expect(parkedUntilReset(limits.modelRetryMostMs, 0)).toBeNull();
    expect(parkedUntilReset(5 * hourMs, 0)).toBe(5 * hourMs);
    expect(parkedUntilReset(Number.MAX_VALUE, 7)).toBe(7 + limits.parkedMostMs);
  });

  it('B3: after the last retry it is tried again by itself, later each time, and at last waits for somebody', () => {
    const waits: (number | undefined)[] = [];
    let entries: readonly EntryBody[] = [...begun, ...tries(0)];
    for (let park = 0; park <= limits.parksInRow; park++) {
      const effect = decide(fold(entries), 0);
      if (effect.kind !== 'pause') throw new Error(`decides ${effect.kind}`);
      expect(effect.message).toBe(`down; tried ${String(limits.modelAttempts)} times`);
      waits.push(effect.until);
      entries = [...entries, parked(effect.until ?? 0), { type: 'run.resumed' }, ...tries(0)];
    }
    const half = 30 * minuteMs;
    expect(waits.slice(0, 6)).toEqual([2 * minuteMs, 4 * minuteMs, 8 * minuteMs, 16 * minuteMs, half, half]);
    expect(waits.at(-2)).toBe(half);
    expect(waits.at(-1), 'the one too many').toBeUndefined();
  });

  it('begins anew when the supervisor resumes it', () => {
    const state = fold([...begun, ...tries(0), parked(9), { type: 'run.resumed' }, { type: 'run.resumed', by: 'a' }]);
    expect(state.step?.parks).toBe(0);
  });

  it('B1: what may have been billed is not asked again by itself', () => {
    const effect = decide(fold([...begun, ...tries(0.1)]), 0);
    expect(effect).toEqual({
      kind: 'pause',
      reason: 'model',
      message: `down; tried ${String(limits.modelAttempts)} times`,
    });
  });

  it('goes on when its time has come, also where the clock was put back, and not before', () => {
    const state = fold([...begun, parked(5 * hourMs)]);
    expect(decide(state, hourMs)).toEqual({ kind: 'wait', until: 5 * hourMs });
    expect(decide(state, 5 * hourMs)).toEqual({ kind: 'unpark' });
    expect(decide(state, 5 * hourMs - limits.parkedMostMs - 1)).toEqual({ kind: 'unpark' });
    expect(leftOfParking(null, 0)).toBeNull();
  });

  it('stops when it is told to, and says until when it waits', () => {
    const state = fold([...begun, parked(5 * hourMs)]);
    expect(decide({ ...state, stopRequested: true }, 0)).toMatchObject({ kind: 'end', outcome: 'stopped' });
    expect(statusOf(state, 'attached')).toMatchObject({
      tone: 'waiting',
      word: 'Parked by the provider',
      detail: 'The provider is down. It goes on by itself.',
      until: 5 * hourMs,
      waysOut: ['resume'],
    });
  });
});
