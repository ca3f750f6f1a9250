/**
 * Job: how full the context is, which summary stands in for the story, and what is to be done about it next.
 * Boundary: pure; asking the model is the engine's, what a summary must hold is `summaryCheck.ts`'s.
 * Rules: S1 a summary that is durable is used, never asked for again. B3 limits.summaryTries, then the story is left out. A
 *   rollback to a time before a cut brings the story back: a cut stands as long as its checkpoint is in the story.
 */
import type { ContextCut, ContextWay, ContextWhy } from './contextFacts.ts';
import type { ContextPolicy } from './entry.ts';
import { limits } from './limits.ts';
import { isAskedOfNobody } from './providers.ts';
import { story } from './standing.ts';
import type { RunState } from './state.ts';

type ContextPlace = Pick<RunState, 'run' | 'context' | 'checkpoints' | 'head' | 'stalls'>;

export type ContextEffect =
  | { readonly kind: 'requestSummary'; readonly why: ContextWhy; readonly by: string | null }
  /** The summary passed: it replaces the story. */
  | { readonly kind: 'compact' }
  | { readonly kind: 'freshen'; readonly why: ContextWhy; readonly by: string | null; readonly instead?: string };

/** The newest cut of this story; null: the story is told from its beginning. */
export function standingCut({ context, checkpoints, head }: ContextPlace): ContextCut | null {
  const oldest = context.cuts.reduce((least, { checkpoint }) => Math.min(least, checkpoint), Infinity);
  if (oldest === Infinity) return null;
  for (const { checkpoint } of story({ checkpoints, head })) {
    const cut = context.cuts.findLast((one) => one.checkpoint === checkpoint);
    if (cut !== undefined) return cut;
    if (checkpoint < oldest) return null;
  }
  return null;
}

/** The summary that prompts begin with; null: none. A fresh context of the ladder leaves it out, too. */
export function standingSummary(state: ContextPlace): ContextCut['summary'] {
  const cut = standingCut(state);
  const { freshFrom } = state.stalls;
  return cut !== null && (freshFrom === null || cut.step > freshFrom) ? cut.summary : null;
}

/** Steps that prompts tell one by one, as far as they are counted: to limits.compactAtSteps. */
export function stepsTold(state: ContextPlace): number {
  const since = standingCut(state)?.checkpoint ?? -1;
  const freshFrom = state.stalls.freshFrom ?? 0;
  let steps = 0;
  for (const { checkpoint, kind, step } of story(state)) {
    if (checkpoint <= since || steps >= limits.compactAtSteps) break;
    if (kind === 'step' && (step ?? 0) > freshFrom) steps += 1;
  }
  return steps;
}

/** How it is made smaller. Who plays a recording, or answers by hand, is asked for nothing but steps unless the task says so. */
export function contextWay({ run }: Pick<RunState, 'run'>): ContextPolicy['way'] {
  if (run === null || run.task.recording !== undefined) return 'off';
  return run.task.context?.way ?? (isAskedOfNobody(run.task.model.provider) ? 'off' : 'summary');
}

/** A prompt of so many tokens is full. */
export function compactAtTokens({ run, context }: Pick<RunState, 'run' | 'context'>): number {
  const { compactAtTokens: given = limits.compactAtTokens } = run?.task.context ?? {};
  const most = Math.min(roomTokens({ run }), context.tooLong ?? Infinity);
  return Math.min(given, Math.floor(most * limits.compactAtShare));
}

/** What the model's window leaves for a prompt; Infinity: its window is not known. */
function roomTokens({ run }: Pick<RunState, 'run'>): number {
  const { windowTokens = Infinity, maxOutputTokens = 0 } = run?.task.model ?? {};
  return Math.max(1, windowTokens - Math.min(maxOutputTokens, windowTokens / 2));
}

/** How much of the story a prompt may tell: a step that is long leaves the oldest ones in, which a summary then has before it. */
export function storyTokens(state: Pick<RunState, 'run' | 'context'>): number {
  if (contextWay(state) === 'off') return limits.conversationTokens;
  const full = compactAtTokens(state);
  return Math.max(full, Math.min(Math.floor(full * 1.2), roomTokens(state)));
}

/** The same for the prompt that asks for a summary: of what was too long, the newer half. */
export function summaryStoryTokens(state: Pick<RunState, 'run' | 'context'>, why: ContextWhy): number {
  const most = why === 'overflow' ? (state.context.tooLong ?? Infinity) / 2 : Infinity;
  return Math.floor(Math.min(storyTokens(state), most));
}

/** What is to be done about the context now, where no step is half done; null: nothing. */
export function contextEffect(state: RunState): ContextEffect | null {
  const { context } = state;
  if (context.pending !== null) return nextOf(context.pending);
  const due = dueNow(state);
  if (due === null) return null;
  const { way, why, by } = due;
  return way === 'summary' ? { kind: 'requestSummary', why, by } : { kind: 'freshen', why, by };
}

interface Due {
  readonly way: ContextWay;
  readonly why: ContextWhy;
  readonly by: string | null;
}

function dueNow(state: RunState): Due | null {
  const told = stepsTold(state);
  if (told === 0) return null;
  const way = contextWay(state);
  if (state.step?.retry?.kind === 'too-long') return way === 'off' ? null : { way, why: 'overflow', by: null };
  const { asked, tokens } = state.context;
  if (state.step !== null) return null;
  if (asked !== null) return { ...asked, why: 'asked' };
  if (way === 'off' || told < limits.compactStepsLeast) return null;
  const full = (tokens ?? 0) >= fullAtTokens(state) || told >= limits.compactAtSteps;
  return full ? { way, why: 'full', by: null } : null;
}

/** What stays in each prompt may be nearly as much as that: then so much more has to have come, or each step would be compacted. */
function fullAtTokens(state: RunState): number {
  const at = compactAtTokens(state);
  return Math.max(at, (standingCut(state)?.tokens ?? 0) + at * limits.compactGrowthShare);
}

function nextOf({ answer, tries, problems, why, by }: NonNullable<RunState['context']['pending']>): ContextEffect {
  if (answer !== null) return { kind: 'compact' };
  if (tries < limits.summaryTries) return { kind: 'requestSummary', why, by };
  return { kind: 'freshen', why, by, instead: `no summary passed: ${problems.join('; ')}` };
}

/** Whether a prompt that was too long can be made shorter, so that the run goes on. */
export function canMakeRoom(state: RunState): boolean {
  return contextWay(state) !== 'off' && stepsTold(state) > 0;
}
