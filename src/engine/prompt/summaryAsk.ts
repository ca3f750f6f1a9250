/**
 * Job: what the agent is asked for when the context is compacted.
 * Boundary: text only; it comes after the same prompt as that of a step, so that a provider's cache has read all before it.
 * Rules: G2 directives and open items of the plan are asked for by name, as `run/summaryCheck.ts` looks for them.
 */
import { formatCount } from '../../run/forDisplay.ts';
import { limits } from '../../run/limits.ts';
import type { PromptView } from '../../run/promptView.ts';

/** @param problems what was wrong with the last one; none: it is the first */
export function summaryAsk({ directives, plan }: Pick<PromptView, 'directives' | 'plan'>, problems: readonly string[]) {
  const open = plan.filter(({ status }) => status !== 'done');
  return [
    'Take no step now: write a summary. The conversation grows too long, and all of it above is replaced by what you write; you go on from that alone.',
    'Directives, plan and notes stay as they are above, word for word. Call no tool.',
    'Write, as plain text:',
    '- what works by now, and in which files and functions it is;',
    '- what you found out that stands in no note: how the original behaves, what you tried that failed, and why;',
    ...(directives.length > 0
      ? ['- for each directive a line "Directive N: …" with how it was followed and what is left of it;']
      : []),
    ...(open.length > 0
      ? ['- for each open item of the plan a line with its title word for word, and how far it is;']
      : []),
    '- what you were doing just now, and the next thing to do.',
    `At most ${formatCount(limits.summaryChars)} characters.`,
    ...(problems.length > 0 ? [`Your last summary was not taken: ${problems.join('; ')}.`] : []),
  ].join('\n');
}
