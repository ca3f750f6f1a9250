import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/run/decide.ts';
import type { EntryBody, ThrottlePolicy } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';
import { heldBack } from '../../../src/run/throttle.ts';
import { parseTask, taskFacts } from '../../../src/run/task.ts';
import { answered, checkpoint, created, fold, requested } from './builders.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** 2026-11-23, noon in UTC. */
const noon = Date.UTC(2026, 10, 23, 12);

/** A run of which these calls were made: when, for how many dollars and tokens. */
function runOf(
  throttle: ThrottlePolicy,
  calls: readonly (readonly [at: number, usd: number, tokens?: number])[] = [],
): RunState {
  const begun = fold([created({ throttle }), checkpoint(0), { type: 'step.started', step: 1 }]);
  const bodies = calls.flatMap(([at, costUsd, tokens = 100]) => [
    { at, body: requested(1) },
    { at, body: { ...failed, costUsd, tokens } },
  ]);
  return bodies.reduce((state, { at, body }) => at1(state, at, body), begun);
}

const failed: EntryBody<'model.failed'> = {
  ...{ type: 'model.failed', step: 1, attempt: 1, kind: 'cut', message: 'cut', retryable: true, retryAt: 0 },
  ...{ costUsd: 0, tokens: 0 },
};

function at1(state: RunState, at: number, body: EntryBody): RunState {
  return reduce(state, { ...body, seq: state.seq + 1, at, prev: '' });
}

const untilOf = (state: RunState, now: number) => heldBack(state, now)?.until ?? null;

describe('a throttle', () => {
  it('holds the next call back until enough of the last hour is out of sight', () => {
    const calls = [1, 2, 3].map((dollars, index) => [noon + index * 10 * minuteMs, dollars] as const);
    const state = runOf({ usdPerHour: 5 }, calls);
    const now = noon + 25 * minuteMs;
    expect(heldBack(state, now)).toEqual({
      until: noon + 10 * minuteMs + hourMs,
      message: '$6.00 of $5 were spent within an hour: the throttle allows no more',
    });
    expect(untilOf(runOf({ usdPerHour: 6.5 }, calls), now)).toBeNull();
    expect(untilOf(state, noon + hourMs + 11 * minuteMs), 'the first is an hour ago').toBeNull();
    expect(untilOf(runOf({}, calls), now), 'nothing is throttled').toBeNull();
  });

  it('counts requests and tokens of a minute, and waits for a short while without a pause', () => {
    const calls = [0, 10, 20].map((second) => [noon + second * 1_000, 0, 1_000] as const);
    const now = noon + 30_000;
    expect(untilOf(runOf({ requestsPerMinute: 3 }, calls), now)).toBe(noon + minuteMs);
    expect(untilOf(runOf({ requestsPerMinute: 4 }, calls), now)).toBeNull();
    expect(untilOf(runOf({ tokensPerMinute: 2_000 }, calls), now)).toBe(noon + 10_000 + minuteMs);
    const state = runOf({ requestsPerMinute: 3 }, calls);
    expect(decide(state, now)).toEqual({ kind: 'wait', until: noon + minuteMs });
    expect(decide(state, noon + minuteMs)).toEqual({ kind: 'requestModel' });
  });

  it('keeps quiet hours of a time zone, over midnight too', () => {
    // Zurich is an hour ahead of UTC in November.
    const night = { from: 22 * 60, to: 6 * 60 + 30, zone: 'Europe/Zurich' };
    const state = runOf({ quiet: night });
    const late = Date.UTC(2026, 10, 23, 22, 15, 20);
    expect(heldBack(state, late)).toEqual({ until: Date.UTC(2026, 10, 24, 5, 30), message: 'quiet hours until 06:30' });
    expect(untilOf(state, Date.UTC(2026, 10, 24, 5, 29, 59))).toBe(Date.UTC(2026, 10, 24, 5, 30));
    for (const hour of [6, 12, 20])
      expect(untilOf(state, Date.UTC(2026, 10, 23, hour)), `${String(hour)} h`).toBeNull();
  });

  it('pauses the run for a long while, which ends by itself, or at once when the supervisor resumes it', () => {
    const state = at1(runOf({ usdPerHour: 5 }, [[noon, 6]]), noon + minuteMs, {
      type: 'checkpoint.created',
      ...safety,
    });
    const now = noon + 2 * minuteMs;
    const effect = decide(state, now);
    if (effect.kind !== 'pause') throw new Error(`decides ${effect.kind}`);
    expect(effect).toMatchObject({ reason: 'throttle', until: noon + hourMs });
    const { kind: _, ...pause } = effect;
    const paused = at1(state, now, { type: 'run.paused', ...pause });
    expect(decide(paused, noon + hourMs)).toEqual({ kind: 'unpark' });
    const byItself = at1(paused, noon + hourMs, { type: 'run.resumed' });
    expect([byItself.step?.parks, decide(byItself, noon + hourMs).kind]).toEqual([0, 'requestModel']);
    const byHand = at1(paused, now + 1, { type: 'run.resumed', by: 'anna' });
    expect(decide(byHand, now + 2)).toEqual({ kind: 'requestModel' });
    expect(decide({ ...byHand, pace: { ...byHand.pace, liftedUntil: 0 } }, now + 2).kind, 'sabotaged').toBe('pause');
  });

  it('keeps no call of a run that is not throttled, and none that is older than an hour', () => {
    expect(fold([created(), checkpoint(0), { type: 'step.started', step: 1 }, requested(1), answered(1)]).pace).toBe(
      initialState.pace,
    );
    const calls = [0, 30, 70].map((minute) => [noon + minute * minuteMs, 1] as const);
    expect(runOf({ usdPerHour: 9 }, calls).pace.calls.map(({ at }) => at)).toEqual([
      noon + 30 * minuteMs,
      noon + 70 * minuteMs,
    ]);
  });
});

const safety = (({ type: _, ...body }) => body)(checkpoint(1, { kind: 'safety' }));

describe('the throttle of a task file', () => {
  const file = (throttle: unknown) => ({
    name: 'x',
    candidate: { language: 'sh', run: ['sh'] },
    suites: { visible: 'v.jsonl' },
    model: { provider: 'openai', name: 'gpt-5' },
    budget: { costUsd: { hard: 1 } },
    throttle,
  });

  it('is told as minutes of the day, in the zone that it names or that of the machine', () => {
    const policyOf = (quietHours: object) => {
      const result = parseTask(file({ usdPerHour: 5, quietHours }));
      if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join());
      return taskFacts(result.task, { price: null, priceFrom: '' }, 'Asia/Tokyo').throttle;
    };
    const hours = { from: '22:00', to: '06:30' };
    expect(policyOf(hours)).toEqual({ usdPerHour: 5, quiet: { from: 1_320, to: 390, zone: 'Asia/Tokyo' } });
    expect(policyOf({ ...hours, zone: 'Europe/Zurich' })?.quiet?.zone).toBe('Europe/Zurich');
  });

  it.each([
    [{ quietHours: { from: '24:00', to: '06:00' } }, 'hour of the day'],
    [{ quietHours: { from: '06:00', to: '06:00' } }, 'must not be the same'],
    [{ quietHours: { from: '22:00', to: '06:00', zone: 'Mars/Base' } }, 'must be a time zone'],
    [{ usdPerHour: 0 }, 'more than 0'],
    [{ usdPerDay: 5 }, 'usdPerDay'],
  ])('refuses %j', (throttle, why) => {
    const result = parseTask(file(throttle));
    expect(result.ok ? '' : result.problems.map(({ message }) => message).join()).toContain(why);
  });
});
