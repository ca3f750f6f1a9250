/**
 * Job: how fast a run may go, whatever its budget: dollars an hour, requests and tokens a minute, quiet hours, and slower
 *   while much of it waits for its supervisor's review.
 * Boundary: pure. Short waits are `decide`'s to wait; long ones pause the run until they are over.
 * Rules: B3 the calls that are remembered are bounded. B2 the supervisor lifts a hold by resuming; nobody else does.
 */
import type { Entry } from './entry.ts';
import { formatCount, formatUsd, formatUsdLimit } from './forDisplay.ts';
import type { ThrottlePolicy } from './given.ts';
import { limits } from './limits.ts';
import type { HoldKind, Pace, PacedCall } from './pace.ts';
import { unreviewedSteps } from './reviewDebt.ts';
import type { RunState } from './state.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export function paced(state: RunState, entry: Entry): Pace {
  const { pace, run, paused } = state;
  if (run?.task.throttle === undefined) return pace;
  switch (entry.type) {
    case 'summary.requested':
    case 'model.requested': {
      const recent = pace.calls.filter(({ at }) => at > entry.at - hourMs);
      return { ...pace, calls: [...recent, { at: entry.at, usd: 0, tokens: 0 }].slice(-limits.callsInPace) };
    }
    case 'summary.answered':
    case 'model.answered':
      return settled(pace, entry.costUsd, entry.usage.input + entry.usage.output);
    case 'summary.failed':
    case 'model.failed':
      return settled(pace, entry.costUsd, entry.tokens);
    case 'run.resumed':
      return paused?.reason === 'throttle' && entry.by !== undefined
        ? lifted(state, paused.until ?? 0, entry.at)
        : pace;
    default:
      return pace;
  }
}

/** What is lifted is what held longest; whatever else holds goes on doing so. */
function lifted(state: RunState, until: number, now: number): Pace {
  const hold = heldBack(state, now);
  return hold === null ? state.pace : { ...state.pace, lifted: { ...state.pace.lifted, [hold.kind]: until } };
}

function settled(pace: Pace, usd: number, tokens: number): Pace {
  const last = pace.calls.at(-1);
  return last === undefined ? pace : { ...pace, calls: [...pace.calls.slice(0, -1), { ...last, usd, tokens }] };
}

export interface HeldBack {
  readonly kind: HoldKind;
  /** Ms since the epoch. */
  readonly until: number;
  /** Why, a sentence without a full stop. */
  readonly message: string;
}

/** What holds the next call back now, and longest; null: nothing. */
export function heldBack(state: RunState, now: number): HeldBack | null {
  const { run, pace } = state;
  const policy = run?.task.throttle;
  if (policy === undefined) return null;
  const all = [...byRate(policy, pace.calls, now), ...byReview(policy, state, now), ...byHour(policy, now)];
  const holds = all.filter(({ kind }) => now >= (pace.lifted?.[kind] ?? 0));
  return holds.reduce<HeldBack | null>((last, hold) => (last === null || hold.until > last.until ? hold : last), null);
}

function byRate(policy: ThrottlePolicy, calls: readonly PacedCall[], now: number): readonly HeldBack[] {
  const { usdPerHour, requestsPerMinute, tokensPerMinute } = policy;
  const holds: HeldBack[] = [];
  const hold = (
    most: number | undefined,
    windowMs: number,
    measure: (call: PacedCall) => number,
    what: (sum: number) => string,
  ) => {
    if (most === undefined) return;
    const { sum, until } = windowOf(calls, { windowMs, measure, most, now });
    if (until !== null) holds.push({ kind: 'rate', until, message: `${what(sum)}: the throttle allows no more` });
  };
  hold(
    usdPerHour,
    hourMs,
    ({ usd }) => usd,
    (sum) => `${formatUsd(sum)} of ${formatUsdLimit(usdPerHour ?? 0)} were spent within an hour`,
  );
  hold(
    requestsPerMinute,
    minuteMs,
    () => 1,
    (sum) => `${formatCount(sum)} requests were made within a minute`,
  );
  hold(
    tokensPerMinute,
    minuteMs,
    ({ tokens }) => tokens,
    (sum) => `${formatCount(sum)} tokens were used within a minute`,
  );
  return holds;
}

interface Window {
  readonly windowMs: number;
  readonly measure: (call: PacedCall) => number;
  readonly most: number;
  readonly now: number;
}

/** What the calls of a sliding window come to, and when so many of them are out of it that it is below `most`; null: now. */
function windowOf(calls: readonly PacedCall[], { windowMs, measure, most, now }: Window) {
  // A call of the future is one of a time before the clock was put back; an entry's time is rounded.
  const within = calls.filter(({ at }) => at > now - windowMs && at <= Math.ceil(now));
  const sum = within.reduce((total, call) => total + measure(call), 0);
  let [left, until] = [sum, null as number | null];
  for (const call of within) {
    if (left < most) break;
    left -= measure(call);
    until = call.at + windowMs;
  }
  return { sum, until };
}

/** Each step begins so much later as there are steps too many. */
function byReview({ unreviewed }: ThrottlePolicy, state: RunState, now: number): readonly HeldBack[] {
  const { step } = state;
  // A step that began well in the future is one of a time before the clock was put back.
  if (unreviewed === undefined || step === null || step.startedAt - now > limits.clockJumpLeastMs) return [];
  const waiting = unreviewedSteps(state, unreviewed.steps + Math.ceil(hourMs / unreviewed.waitMs));
  const until = step.startedAt + Math.min(hourMs, (waiting - unreviewed.steps) * unreviewed.waitMs);
  if (until <= now) return [];
  const message = `${formatCount(waiting)} steps wait for your review, ${formatCount(unreviewed.steps)} may: it goes slower until you have accepted some`;
  return [{ kind: 'review', until, message }];
}

/** The supervisor reviewed while the run was held back for that: nothing is left to wait for. */
export function isReviewed(state: RunState, now: number): boolean {
  const { paused, run } = state;
  const slowed = paused?.reason === 'throttle' && run?.task.throttle?.unreviewed !== undefined;
  return slowed && heldBack(state, now) === null;
}

function byHour({ quiet }: ThrottlePolicy, now: number): readonly HeldBack[] {
  if (quiet === undefined) return [];
  const minute = minuteOfDay(now, quiet.zone);
  const length = (quiet.to - quiet.from + dayMinutes) % dayMinutes;
  const into = (minute - quiet.from + dayMinutes) % dayMinutes;
  if (into >= length) return [];
  const until = now - (now % minuteMs) + (length - into) * minuteMs;
  return [{ kind: 'hour', until, message: `quiet hours until ${clockText(quiet.to)}` }];
}

const dayMinutes = 24 * 60;

/** Of a time in ms since the epoch; a day on which the clocks are changed is looked at again when the hold is over. */
function minuteOfDay(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const [hour = '0', minute = '0'] = parts.format(at).split(':');
  return Number(hour) * 60 + Number(minute);
}

function clockText(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
