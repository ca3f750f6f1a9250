/**
 * Job: what a run does next, from its folded state alone.
 * Boundary: pure; `now` is the only thing from outside. Performing an effect yields entries, and those change the state.
 * Rules: G1 while a gate is open nothing of the agent runs. H3 no branch here reads a held-out verdict; that one is there
 *   at all only lets a due gate open. B1 hard limits are checked before a step begins; the call's own bound is reserved
 *   when it is composed. B3 a call that fails is repeated at most limits.modelAttempts times, then it is parked or paused.
 */
import { gateReasons } from './gate.ts';
import { reached } from './budget.ts';
import type { BudgetKind, GateReason, PauseReason, SuiteName } from './entry.ts';
import { stallEffect, type StallEffect } from './ladder.ts';
import { contextEffect, type ContextEffect } from './context.ts';
import { limits } from './limits.ts';
import type { CallAttempts } from './modelFacts.ts';
import { leftOfParking, parkedUntilTried } from './parking.ts';
import { heldBack, isReviewed, type HeldBack } from './throttle.ts';
import type { Paused, RunState, StepInProgress } from './state.ts';

export type Effect =
  /** Nothing to do before an entry comes from outside, or before `until` (ms since the epoch). */
  | { readonly kind: 'wait'; readonly until?: number }
  | { readonly kind: 'takeBaseline' }
  | { readonly kind: 'finishRollback' }
  | { readonly kind: 'beginStep' }
  | { readonly kind: 'requestModel' }
  | { readonly kind: 'performTool'; readonly callId: string }
  | { readonly kind: 'finishStep' }
  | { readonly kind: 'verify'; readonly checkpoint: number; readonly suite: SuiteName }
  | { readonly kind: 'checkIntegrity'; readonly checkpoint: number }
  | StallEffect
  | ContextEffect
  | { readonly kind: 'openGate'; readonly reasons: readonly GateReason[] }
  | { readonly kind: 'pause'; readonly reason: PauseReason; readonly message: string; readonly until?: number }
  /** A parked run goes on by itself. */
  | { readonly kind: 'unpark' }
  | { readonly kind: 'end'; readonly outcome: 'finished' | 'stopped'; readonly message: string }
  | { readonly kind: 'exit' };

const wait: Effect = { kind: 'wait' };

export function decide(state: RunState, now: number): Effect {
  if (state.ended !== null) return { kind: 'exit' };
  if (state.run === null) return wait;
  const failed = hasFailed(state);
  if (state.head === null && !failed) return { kind: 'takeBaseline' };
  if (state.rollback !== null && !failed) return { kind: 'finishRollback' };
  if (state.stopRequested) return { kind: 'end', outcome: 'stopped', message: 'stopped by the supervisor' };
  if (state.gate !== null || state.head === null) return wait;
  if (state.paused !== null) return isReviewed(state, now) ? { kind: 'unpark' } : parked(state.paused, now);
  if (state.endAccepted) return { kind: 'end', outcome: 'finished', message: 'accepted by the supervisor' };
  if (state.step !== null) return withinStep(state, state.step, now);
  return betweenSteps(state, state.head, now);
}

function parked(paused: Paused, now: number): Effect {
  const left = leftOfParking(paused, now);
  if (left === null) return wait;
  return left === 0 ? { kind: 'unpark' } : { kind: 'wait', until: now + left };
}

/** B3: what a pause does not hold up by itself (baseline, rollback) is not repeated after it failed, until the supervisor resumes. */
export function hasFailed({ paused }: RunState): boolean {
  return paused?.reason === 'failure' || paused?.reason === 'disk';
}

function withinStep(state: RunState, step: StepInProgress, now: number): Effect {
  if (step.calls !== null) {
    const next = step.calls.find((call) => call.result === null);
    return next ? { kind: 'performTool', callId: next.callId } : { kind: 'finishStep' };
  }
  return inContext(state, now) ?? asking(state, step, now, { kind: 'requestModel' });
}

/** A prompt that is full, or was too long, is made smaller before the model is asked for a step. */
function inContext(state: RunState, now: number): Effect | null {
  const effect = contextEffect(state);
  if (effect?.kind !== 'requestSummary') return effect;
  const { pending } = state.context;
  return asking(state, pending ?? noAttempts, now, effect);
}

const noAttempts: CallAttempts = { failures: 0, parks: 0, retry: null };

/** Asks the model, when it may be asked (again). */
function asking(state: RunState, attempts: CallAttempts, now: number, ask: Effect): Effect {
  const { retry, failures } = attempts;
  if (retry !== null) {
    if (failures >= limits.modelAttempts) {
      const why = retry.message.replace(/\.$/, '');
      const until = parkedUntilTried(attempts, now);
      const message = `${why}; tried ${String(failures)} times`;
      return { kind: 'pause', reason: 'model', message, ...(until !== null && { until }) };
    }
    // Further away than any retry is set (reduce): the clock was put back.
    const left = retry.at - now;
    if (left > 0 && left <= limits.modelRetryMostMs) return { kind: 'wait', until: retry.at };
  }
  return heldBackBy(heldBack(state, now), now) ?? ask;
}

function heldBackBy(hold: HeldBack | null, now: number): Effect | null {
  if (hold === null) return null;
  const { until, message } = hold;
  return until - now <= limits.throttleWaitMostMs
    ? { kind: 'wait', until }
    : { kind: 'pause', reason: 'throttle', message, until };
}

function betweenSteps(state: RunState, head: number, now: number): Effect {
  const reasons = gateReasons(state, now);
  if (reasons.length > 0) {
    const missing = suitesOf(state).find((suite) => !isVerified(state, suite, head));
    if (missing) return { kind: 'verify', checkpoint: head, suite: missing };
    return isChecked(state, head) ? { kind: 'openGate', reasons } : { kind: 'checkIntegrity', checkpoint: head };
  }
  const hard = reached(state, 'hard', now);
  if (hard.length > 0)
    return { kind: 'pause', reason: 'budget', message: `limit reached: ${hard.map(limitText).join(', ')}` };
  return stallEffect(state) ?? inContext(state, now) ?? { kind: 'beginStep' };
}

function suitesOf(state: RunState): readonly SuiteName[] {
  return state.run?.task.hasHeldOut === true ? ['visible', 'heldOut'] : ['visible'];
}

/** Whether the whole suite was tried on this checkpoint; a verification that failed to say anything does not hold a gate up. */
function isVerified(state: RunState, suite: SuiteName, checkpoint: number): boolean {
  const { last, problem } = state.figures[suite];
  return last?.checkpoint === checkpoint || (problem?.checkpoint === checkpoint && problem.sample !== true);
}

/** Runs of a time before there were checks have no word on them in their policy. */
function isChecked({ run, integrity }: RunState, checkpoint: number): boolean {
  if (run?.task.gates.integrity === undefined) return true;
  return integrity.last?.checkpoint === checkpoint && integrity.last.whole;
}

function limitText(kind: BudgetKind): string {
  return { costUsd: 'dollars', tokens: 'tokens', wallMs: 'time', steps: 'steps' }[kind];
}
