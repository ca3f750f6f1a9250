/**
 * Job: the folds of the context: how full it is, summaries on their way, where the story was cut.
 * Boundary: pure; a part of reduce.ts. B1: what its calls reserve and cost is folded as that of a step's.
 */
import { assert } from '../base/assert.ts';
import type { ContextState, SummaryInProgress } from './contextFacts.ts';
import type { Entry } from './entry.ts';
import { limits } from './limits.ts';
import type { CallRetry } from './modelFacts.ts';
import { charged, counted } from './reduceBudget.ts';
import type { RunState } from './state.ts';

export const noContext: ContextState = { cuts: [], asked: null, pending: null, tokens: null, tooLong: null };

export function summaryRequested(state: RunState, entry: Entry<'summary.requested'>): RunState {
  const { context, budget } = state;
  const { checkpoint, why, by = null, attempt, reservedUsd, reservedTokens, at } = entry;
  const { parks = 0, failures = 0, tries = 0, problems = [], costUsd = 0 } = context.pending ?? {};
  const request = { attempt, reservedUsd, reservedTokens, since: at };
  const soFar = { parks, failures, tries, problems, costUsd };
  return {
    ...state,
    budget: { ...budget, reservedUsd, reservedTokens },
    context: { ...context, pending: { ...soFar, why, by, checkpoint, request, retry: null, answer: null } },
  };
}

export function summaryAnswered(state: RunState, entry: Entry<'summary.answered'>): RunState {
  const { text, usage, usageEstimated, costUsd, problems } = entry;
  const budget = counted(charged(state, costUsd, usage.input + usage.output), usage, usageEstimated);
  const context = inPending(state, (pending) => {
    const settled = { ...pending, request: null, retry: null, failures: 0, costUsd: pending.costUsd + costUsd };
    return problems.length === 0 ? { ...settled, answer: text } : { ...settled, tries: pending.tries + 1, problems };
  });
  return { ...state, budget, context };
}

/** What is not to be tried again as it was is a try that came to nothing, unless it pauses the run. */
export function summaryFailed(state: RunState, entry: Entry<'summary.failed'>): RunState {
  const { kind, message, retryable, costUsd, tokens } = entry;
  const next = inPending(state, (pending) => {
    const settled = { ...pending, request: null, costUsd: pending.costUsd + costUsd };
    if (retryable || !comesToNothing.has(kind))
      return { ...settled, failures: pending.failures + 1, retry: retryOf(entry) };
    return { ...settled, tries: pending.tries + 1, problems: [message.replace(/\.$/, '')], retry: null, failures: 0 };
  });
  const tooLong = Math.floor((next.tooLong ?? promptTokens(next)) / 2);
  const context = kind === 'too-long' ? { ...next, tooLong } : next;
  return { ...state, budget: charged(state, costUsd, tokens), context };
}

/** What of a prompt that was too long is known of its length. */
function promptTokens({ tokens }: ContextState): number {
  return tokens ?? limits.compactAtTokens;
}

/** Failures of one request for a summary that say nothing of the next one for a step. */
export const comesToNothing: ReadonlySet<Entry<'summary.failed'>['kind']> = new Set(['rejected', 'too-long', 'empty']);

function inPending(
  { context, seq }: RunState,
  change: (pending: SummaryInProgress) => SummaryInProgress,
): ContextState {
  assert(context.pending !== null, `entry ${String(seq + 1)} belongs to a summary, and none was asked for`);
  return { ...context, pending: change(context.pending) };
}

export function retryOf(entry: Entry<'summary.failed' | 'model.failed'>): CallRetry {
  const { kind, message, retryAt, costUsd, tokens, at } = entry;
  return {
    kind,
    message,
    at: Math.min(retryAt ?? at, at + limits.modelRetryMostMs),
    free: costUsd === 0 && tokens === 0,
  };
}

/** A step whose prompt was too long is asked for anew. */
export function contextCut(state: RunState, entry: Entry<'context.compacted' | 'context.freshened'>): RunState {
  const { checkpoint, step } = entry;
  const { context } = state;
  const [summary, tokens] = entry.type === 'context.compacted' ? [entry.summary, entry.tokensAfter] : [null, 0];
  return {
    ...state,
    step: state.step && { ...state.step, retry: null, failures: 0 },
    context: {
      ...context,
      cuts: [...context.cuts, { checkpoint, step, summary, tokens }].slice(-limits.contextCuts),
      asked: null,
      pending: null,
      tokens: tokens === 0 ? null : tokens,
    },
  };
}

/** The provider's own count of what the next prompt begins with. */
export function contextAnswered({ context }: RunState, { usage }: Entry<'model.answered'>): ContextState {
  return { ...context, tokens: usage.input + usage.output };
}

export function contextTold({ context }: RunState, { output }: Entry<'tool.finished'>): ContextState {
  if (context.tokens === null) return context;
  return { ...context, tokens: context.tokens + Math.ceil(output.length / limits.charsPerToken) };
}

export function contextFailed({ context }: RunState, { kind }: Entry<'model.failed'>): ContextState {
  if (kind !== 'too-long') return context;
  return { ...context, tooLong: Math.min(context.tooLong ?? Infinity, promptTokens(context)) };
}

/** Another story: what its prompts have is not known, and a summary of the one before is of no use. */
export function contextOfAnotherStory({ context }: RunState): ContextState {
  return { ...context, pending: null, tokens: null };
}

/** As of a step's call. */
export function contextResumed(state: RunState, by: string | undefined): ContextState {
  const { context, paused } = state;
  if (context.pending === null) return context;
  const parks = by !== undefined ? 0 : context.pending.parks + (paused?.reason === 'model' ? 1 : 0);
  return { ...context, pending: { ...context.pending, failures: 0, retry: null, parks } };
}
