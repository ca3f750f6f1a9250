/**
 * Job: fold what a stall is told from, and the stalls themselves.
 * Boundary: pure; a part of reduce.ts.
 * Rules: what the supervisor does (a decision about a stall, a directive, a rollback, a rejection) is another course: what was before it
 *   is no evidence any more, and the ladder begins anew. H3 visible verifications alone.
 */
import type { Entry } from './entry.ts';
import { limits } from './limits.ts';
import type { ScoreTrace, StallState } from './stallFacts.ts';
import { noScore, traceOf } from './stallTrace.ts';
import type { RunState, StepInProgress } from './state.ts';

export const noStalls: StallState = {
  traces: [],
  unchanged: 0,
  score: noScore,
  alarm: null,
  rung: null,
  quietUntil: {},
  freshFrom: null,
};

/** @param step that has just finished, with its checkpoint in `state` */
export function traced(state: RunState, step: StepInProgress, checkpoint: number): StallState {
  const { stalls, checkpoints } = state;
  const tree = checkpoints.get(checkpoint)?.tree ?? '';
  const trace = traceOf(step, tree, treeBefore(state, checkpoint, step.step));
  return {
    ...stalls,
    traces: [...stalls.traces, trace].slice(-limits.stallTraces),
    unchanged: trace.changed ? 0 : stalls.unchanged + 1,
  };
}

/** What the step began with: before its own checkpoint, and before those that an interruption made of it. */
function treeBefore({ checkpoints }: RunState, checkpoint: number, step: number): string | null {
  let before = checkpoints.get(checkpoint);
  while (before?.step === step) before = checkpoints.get(before.continues ?? -1);
  return before?.tree ?? null;
}

/** A version is counted once, however often it is verified: a step that changed no file is no try. */
export function scored(state: RunState, entry: Entry<'verification.finished'>): StallState {
  const { stalls, checkpoints, budget } = state;
  const tree = checkpoints.get(entry.checkpoint)?.tree ?? null;
  if (entry.suite !== 'visible' || entry.total === 0 || tree === stalls.score.tree) return stalls;
  const score = moved({ ...stalls.score, tree }, entry.counts.pass / entry.total, budget.spentUsd);
  return score.flat === 0 ? { ...stalls, score, rung: null } : { ...stalls, score };
}

function moved(score: ScoreTrace, rate: number, spentUsd: number): ScoreTrace {
  const { best, gains, flat, waited } = score;
  if (best !== null && rate <= best) return { ...score, flat: flat + 1, waited: waited + 1 };
  const since = Array.from({ length: flat }, () => false);
  const known = best === null ? [] : [...gains, ...since, true];
  return {
    ...score,
    best: rate,
    gains: known.slice(-limits.stallVersions),
    flat: 0,
    waited: 0,
    gainAtUsd: spentUsd,
    waitedFromUsd: spentUsd,
  };
}

export function detected(state: RunState, { rung, signs, at }: Entry<'stall.detected'>): StallState {
  const { stalls, stepsFinished, stepsStarted, budget } = state;
  const { alarm, score } = stalls;
  return {
    ...stalls,
    traces: [],
    unchanged: 0,
    score: { ...score, waited: 0, waitedFromUsd: budget.spentUsd },
    alarm: {
      since: alarm?.since ?? at,
      signs,
      rung,
      taken: [...(alarm?.taken ?? []), rung],
      steps: stepsFinished,
      spentUsd: budget.spentUsd,
      best: score.best,
    },
    rung,
    freshFrom: rung === 'fresh' ? stepsStarted : stalls.freshFrom,
  };
}

/** Where it moved, the alarm is over; the rung stays taken until visible rises. */
export function settled({ stalls }: RunState, { moved: moves }: Entry<'stall.settled'>): StallState {
  return moves ? { ...stalls, alarm: null } : stalls;
}

export function dismissed({ stalls, stepsFinished }: RunState, { kinds }: Entry<'stall.dismissed'>): StallState {
  const until = stepsFinished + limits.stallQuietSteps;
  const quiet = Object.fromEntries(kinds.map((kind) => [kind, until]));
  return {
    ...stalls,
    traces: [],
    unchanged: 0,
    alarm: null,
    rung: null,
    quietUntil: { ...stalls.quietUntil, ...quiet },
  };
}

/** The supervisor set another course. */
export function onAnotherCourse({ stalls, budget }: RunState): StallState {
  const score = { ...stalls.score, waited: 0, waitedFromUsd: budget.spentUsd };
  return { ...stalls, traces: [], unchanged: 0, score, alarm: null, rung: null };
}
