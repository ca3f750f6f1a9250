/**
 * Job: the context in words: how full it is, what was kept and what it cost where the story was cut.
 * Boundary: pure.
 */
import { costUsd } from './budget.ts';
import { compactAtTokens, contextWay, stepsTold } from './context.ts';
import type { ContextWay, ContextWhy } from './contextFacts.ts';
import type { EntryBody } from './entry.ts';
import { formatCount, formatCounted, formatTokens, formatUsd, joinWords } from './forDisplay.ts';
import { limits } from './limits.ts';
import type { RunState } from './state.ts';

/** "Context 62 % of 200k tokens, compacted at 100k"; null: not known yet. */
export function contextWords(state: Pick<RunState, 'run' | 'context'>): string | null {
  const { tokens } = state.context;
  if (tokens === null || state.run === null) return null;
  const { windowTokens } = state.run.task.model;
  const share = windowTokens === undefined ? '' : `${String(Math.round((tokens / windowTokens) * 100))} % of `;
  const size = `Context ${share}${formatTokens(windowTokens ?? tokens)} tokens`;
  const way = contextWay(state);
  if (way === 'off') return size;
  return `${size}, ${way === 'summary' ? 'compacted' : 'left out'} at ${formatTokens(compactAtTokens(state))}`;
}

const because: Readonly<Record<ContextWhy, string>> = {
  full: 'it was full',
  overflow: 'the model said that it is too long',
  asked: 'as asked',
};

/** "Context compacted, it was full: a summary stands in for 98 steps. 96k → 8.1k tokens, $0.12. Kept word for word: …" */
export function compactedWords(
  state: Pick<RunState, 'directives' | 'plan' | 'notes'>,
  { why, steps, tokensBefore, tokensAfter, costUsd }: EntryBody<'context.compacted'>,
): string {
  const before = tokensBefore === 0 ? '' : `${formatTokens(tokensBefore)} → `;
  const size = `${before}${formatTokens(tokensAfter)} tokens, ${formatUsd(costUsd)}`;
  return `Context compacted, ${because[why]}: a summary stands in for ${formatCounted(steps, 'step')}. ${size}. ${keptWords(state)}`;
}

/** "Fresh context, as asked: 98 steps are left out. Kept word for word: …" */
export function freshenedWords(
  state: Pick<RunState, 'directives' | 'plan' | 'notes'>,
  { why, steps, costUsd, instead }: EntryBody<'context.freshened'>,
): string {
  const without = instead === undefined ? '' : ` ${instead.charAt(0).toUpperCase()}${instead.slice(1)}`;
  const cost = costUsd === 0 ? '' : ` (${formatUsd(costUsd)})`;
  return `Fresh context, ${because[why]}: ${formatCounted(steps, 'step')} left out.${without}${cost}${without || cost ? '.' : ''} ${keptWords(state)}`;
}

function keptWords({ directives, plan, notes }: Pick<RunState, 'directives' | 'plan' | 'notes'>): string {
  const standing = directives.filter(({ withdrawn }) => !withdrawn).length;
  const open = plan.filter(({ status }) => status !== 'done').length;
  const kept = [
    ...(standing === 0 ? [] : [formatCounted(standing, 'directive')]),
    ...(plan.length === 0 ? [] : [`the plan (${String(open)} open)`]),
    ...(notes.length === 0 ? [] : [formatCounted(notes.length, 'note')]),
  ];
  return kept.length === 0 ? '' : `Kept word for word: ${joinWords(kept)}`;
}

export const askedWords: Readonly<Record<ContextWay, string>> = {
  summary: 'Asked for a summary in place of the story, after this step',
  fresh: 'Asked for a fresh context, after this step',
};

/** What a command would do, for the question before it. */
export function whatItDoes(state: RunState, way: ContextWay): { readonly text: string; readonly detail: string } {
  const steps = formatCounted(stepsTold(state), 'step');
  const size = state.context.tokens === null ? '' : ` (${formatTokens(state.context.tokens)} tokens)`;
  const when = state.step === null ? '' : `After step ${formatCount(state.step.step)} `;
  const kept = keptWords(state);
  const then = `${kept === '' ? '' : `${kept}. `}The log and the files stay as they are; a rollback to a checkpoint before this brings the story back.`;
  return way === 'summary'
    ? {
        text: `Replace ${steps} in the prompt${size} by a summary?`,
        detail: `${when === '' ? 'The' : `${when}the`} model writes it, which costs ${costWords(state)}. It is checked first: every directive and every open item of the plan has to be in it. ${then}`,
      }
    : {
        text: `Leave ${steps} out of the prompt${size}?`,
        detail: `${when === '' ? 'The' : `${when}the`} agent goes on from directives, plan, notes and the visible cases that fail. It costs nothing. ${then}`,
      };
}

/** The story is read once more, mostly from the provider's cache, and the summary is written. */
function costWords({ run, context }: RunState): string {
  const price = run?.task.model.price ?? null;
  if (price === null || context.tokens === null) return 'one call of the model';
  const usage = { input: context.tokens, cachedInput: 0, cacheWriteInput: 0, output: limits.summaryChars / 4 };
  return `about ${formatUsd(costUsd(usage, price))} at most, less where the provider has cached the prompt`;
}
