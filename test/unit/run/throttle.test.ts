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
      kind: 'rate',
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
    expect(heldBack(state, late)).toEqual({
      kind: 'hour',
      until: Date.UTC(2026, 10, 24, 5, 30),
      message: 'quiet hours until 06:30',
    });
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
    expect(decide({ ...byHand, pace: { ...byHand.pace, lifted: {} } }, now + 2).kind, 'sabotaged').toBe('pause');
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

describe('a throttle of what waits for review', () => {
  const change = (path: string) => ({
    added: 0,
    modified: 1,
    deleted: 0,
    paths: [{ path, change: 'modified' as const }],
  });
  /** So many steps that each changed a file of their own, and the next one begun at `noon`. */
  function workedOn(steps: number, throttle: ThrottlePolicy = { unreviewed: { steps: 3, waitMs: minuteMs } }) {
    const bodies = Array.from({ length: steps }, (_, index) => index + 1).flatMap((step) => [
      { type: 'step.started', step } as const,
      requested(step),
      answered(step),
      checkpoint(step, { changeset: change(`${String(step)}.txt`) }),
      { type: 'step.finished', step, checkpoint: step, title: 'x' } as const,
    ]);
    const worked = fold([created({ throttle }), checkpoint(0), ...bodies]);
    return at1(worked, noon, { type: 'step.started', step: steps + 1 });
  }
  const shown = { checkpoint: 0, visibleRate: null, heldOutRate: null, filesChanged: 0, spentUsd: 0 };
  const accepts = (state: RunState, paths: readonly string[]) =>
    at1(state, noon, { type: 'files.accepted', paths, checkpoint: state.head ?? 0, by: 'anna', shown });

  it('holds each step back for longer, the more steps there are too many', () => {
    expect(untilOf(workedOn(3), noon)).toBeNull();
    expect(heldBack(workedOn(5), noon)).toEqual({
      kind: 'review',
      until: noon + 2 * minuteMs,
      message: '5 steps wait for your review, 3 may: it goes slower until you have accepted some',
    });
    expect(untilOf(workedOn(5), noon + 2 * minuteMs), 'then it goes on').toBeNull();
    expect(untilOf(workedOn(90), noon), 'an hour at most').toBe(noon + hourMs);
    expect(untilOf(workedOn(5), noon - hourMs), 'the clock was put back').toBeNull();
    expect(untilOf(workedOn(90, {}), noon), 'nothing is throttled').toBeNull();
  });

  it('counts what nobody accepted, in this version, of the story that stands', () => {
    expect(untilOf(accepts(workedOn(5), ['1.txt']), noon)).toBe(noon + minuteMs);
    expect(untilOf(accepts(workedOn(5), ['1.txt', '2.txt']), noon)).toBeNull();
    const again = accepts(workedOn(5), ['4.txt', '5.txt']);
    expect(untilOf({ ...again, acceptedFiles: { '4.txt': 3, '5.txt': 3 } }, noon), 'older versions').toBe(
      noon + 2 * minuteMs,
    );
    const state = workedOn(9);
    expect(untilOf({ ...state, accepted: 7 }, noon)).toBeNull();
    const back = at1(state, noon, checkpoint(10, { kind: 'rollback', step: null, continues: 2 }));
    expect(untilOf(back, noon), 'rolled back to step 2').toBeNull();
  });

  it('B2: is lifted by a Resume for that long; what else holds the run back goes on doing so', () => {
    const both = { unreviewed: { steps: 3, waitMs: minuteMs }, requestsPerMinute: 1 };
    const paused = { reason: 'throttle', message: '', since: noon, until: noon + 5 * minuteMs } as const;
    const held = at1(workedOn(8, both), noon, requested(9));
    const resumed = at1({ ...held, paused }, noon + 1_000, { type: 'run.resumed', by: 'anna' });
    expect(heldBack(resumed, noon + 2_000)).toMatchObject({ kind: 'rate', until: noon + minuteMs });
    expect(heldBack(resumed, noon + minuteMs)).toBeNull();
    expect(heldBack(at1({ ...held, paused }, noon + 1_000, { type: 'run.resumed' }), noon + minuteMs)?.kind).toBe(
      'review',
    );
  });

  it('lets the run go on as soon as enough is accepted, without a word', () => {
    const now = noon + 1_000;
    const effect = decide(workedOn(8), now);
    if (effect.kind !== 'pause') throw new Error(`decides ${effect.kind}`);
    expect(effect).toMatchObject({ reason: 'throttle', until: noon + 5 * minuteMs });
    const { kind: _, ...pause } = effect;
    const paused = at1(workedOn(8), now, { type: 'run.paused', ...pause });
    expect(decide(paused, now)).toEqual({ kind: 'wait', until: noon + 5 * minuteMs });
    expect(decide(accepts(paused, ['1.txt']), now).kind, 'one of five').toBe('wait');
    const enough = accepts(paused, ['1.txt', '2.txt', '3.txt', '4.txt', '5.txt']);
    expect(decide(enough, now)).toEqual({ kind: 'unpark' });
    const provider = { ...enough, paused: { reason: 'model', message: '', since: now, until: noon + hourMs } as const };
    expect(decide(provider, now).kind, 'a provider does not care').toBe('wait');
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

  it('says how long it waits for each step too many, a minute where it names nothing', () => {
    const policyOf = (unreviewed: object) => {
      const result = parseTask(file({ unreviewed }));
      return result.ok ? taskFacts(result.task, { price: null, priceFrom: '' }, 'UTC').throttle : null;
    };
    expect(policyOf({ steps: 20 })).toEqual({ unreviewed: { steps: 20, waitMs: minuteMs } });
    expect(policyOf({ steps: 20, waitSeconds: 5 })).toEqual({ unreviewed: { steps: 20, waitMs: 5_000 } });
  });

  it.each([
    [{ quietHours: { from: '24:00', to: '06:00' } }, 'hour of the day'],
    [{ quietHours: { from: '06:00', to: '06:00' } }, 'must not be the same'],
    [{ quietHours: { from: '22:00', to: '06:00', zone: 'Mars/Base' } }, 'must be a time zone'],
    [{ usdPerHour: 0 }, 'more than 0'],
    [{ unreviewed: { waitSeconds: 5 } }, 'steps'],
    [{ usdPerDay: 5 }, 'usdPerDay'],
  ])('refuses %j', (throttle, why) => {
    const result = parseTask(file(throttle));
    expect(result.ok ? '' : result.problems.map(({ message }) => message).join()).toContain(why);
  });
});
