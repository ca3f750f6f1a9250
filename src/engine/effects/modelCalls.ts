/**
 * Job: what every call of the model has in common, whatever it is for: its reservation, the facts of its failure, the pause
 *   that this leads to.
 * Boundary: pure; the callers record.
 * Rules: B1 the bound is reserved; a call that may have been billed counts as its whole reservation when it fails.
 */
import { assert } from '../../base/assert.ts';
import { reserve, type Reservation } from '../../run/budget.ts';
import type { EntryBody, ModelFailureKind, PauseReason } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { parkedUntilReset } from '../../run/parking.ts';
import type { RunState } from '../../run/state.ts';
import type { ModelFailure } from '../model/request.ts';

/** null: a limit could be passed. @param inputTokens at most so many */
export function reserveFor(state: RunState, inputTokens: number, outputMost = Infinity): Reservation | null {
  const model = state.run?.task.model;
  assert(model !== undefined, 'a run without a task asks no model');
  return reserve(state.budget, inputTokens, {
    output: Math.min(model.maxOutputTokens, outputMost),
    leastOutput: limits.outputTokensLeast,
    price: model.price,
  });
}

export const waitForLimit: EntryBody<'run.paused'> = {
  type: 'run.paused',
  reason: 'budget',
  message: 'the next call could pass a limit: raise it to go on',
};

export const waitForWindow: EntryBody<'run.paused'> = {
  type: 'run.paused',
  reason: 'window',
  message:
    'VS Code’s models can be asked only while a window is open: open this folder in VS Code, and the run goes on.',
};

/** Whether nothing that a request was composed and reserved from has changed since: directives, budget, pause, stop. */
export function stillHolds(now: RunState, before: RunState): boolean {
  const { directives, budget, paused, stopRequested } = before;
  return (
    now.directives === directives &&
    now.budget === budget &&
    now.paused === paused &&
    now.stopRequested === stopRequested
  );
}

/** The fields of its entry. @param random in [0, 1) */
export function failedFields(
  { kind, message, retryable, retryAt, billed }: ModelFailure,
  { costUsd, tokens }: Pick<Reservation, 'costUsd' | 'tokens'>,
  { attempt, now, random }: { readonly attempt: number; readonly now: number; readonly random: number },
): Omit<EntryBody<'summary.failed'>, 'type'> {
  return {
    attempt,
    kind,
    message,
    retryable,
    costUsd: billed ? costUsd : 0,
    tokens: billed ? tokens : 0,
    ...(retryable && { retryAt: retryAt ?? now + backoffMs(attempt, random) }),
  };
}

/** The pause that a failure leads to at once; null: it is tried again. */
export function pauseAfter(failure: ModelFailure, now: number): EntryBody<'run.paused'> | null {
  const { kind, message, goesOnAt: checkpoint } = failure;
  const until = failure.retryable ? parkedUntilReset(failure.retryAt, now) : null;
  if (failure.retryable && until === null) return null;
  return {
    type: 'run.paused',
    reason: pauseFor(kind),
    message,
    ...(checkpoint !== undefined && { checkpoint }),
    ...(until !== null && { until }),
  };
}

/** Exponential with full jitter in its upper half, so that many engines don't come back at the same time. */
function backoffMs(attempt: number, random: number): number {
  const most = Math.min(limits.modelBackoffLastMs, limits.modelBackoffFirstMs * 2 ** (attempt - 1));
  return Math.round(most / 2 + (most / 2) * random);
}

function pauseFor(kind: ModelFailureKind): PauseReason {
  if (kind === 'not-recorded') return 'recording';
  if (kind === 'no-consent') return 'consent';
  return kind === 'key-missing' || kind === 'key-wrong' ? 'key' : 'model';
}
