/**
 * Job: whether a summary may stand in for the story.
 * Boundary: pure. Directives, plan and notes stand word for word in every prompt, whatever a summary says; this asks whether
 *   whoever wrote it had them before their eyes.
 * Rules: G2 every directive of its prompt that still stands is named, and every open item of the plan.
 */
import { formatCount, joinWords } from './forDisplay.ts';
import { limits } from './limits.ts';
import { repeatedText } from './stallTrace.ts';
import type { RunState } from './state.ts';

export interface SummaryWritten {
  readonly text: string;
  readonly finishReason: string;
  /** Calls that it made in place of words. */
  readonly calls: number;
}

/** Words of the providers for an answer that ended at its output limit. */
const cutWords = /^(?:length|max_tokens|max_output_tokens|model_context_window_exceeded)$/i;

/** @param directives those that its prompt held, by number @returns sentences without a full stop; none: it passes */
export function summaryProblems(
  { directives: all, plan }: Pick<RunState, 'directives' | 'plan'>,
  directives: readonly number[],
  { text, finishReason, calls }: SummaryWritten,
): readonly string[] {
  const length = text.trim().length;
  if (length === 0) return [calls > 0 ? 'it called tools and wrote nothing' : 'it was empty'];
  const problems: string[] = [];
  if (cutWords.test(finishReason)) problems.push('it was cut at the output limit');
  if (length < limits.summaryCharsLeast) problems.push(`it had ${formatCount(length)} characters, which is too few`);
  if (length > limits.summaryChars)
    problems.push(`it had ${formatCount(length)} characters, at most ${formatCount(limits.summaryChars)} are taken`);
  if (repeatedText(text) !== null) problems.push('it said the same over and over');
  const lost = directives.filter(
    (number) => all.some((d) => d.directive === number && !d.withdrawn) && !names(text, `directive ${String(number)}`),
  );
  if (lost.length > 0) problems.push(`it did not name directive ${joinWords(lost.map(String))}`);
  const items = plan.filter(({ status, title }) => status !== 'done' && !names(text, title));
  if (items.length > 0)
    problems.push(
      `it did not name ${items.length === 1 ? '' : `${formatCount(items.length)} open items of the plan, such as `}“${items[0]?.title ?? ''}”`,
    );
  return problems;
}

/** Whether the words stand in the text, whatever marks, spaces and case it gave them; "directive 1" is not in "directive 12". */
function names(text: string, words: string): boolean {
  const plain = (one: string) =>
    ` ${one
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()} `;
  return plain(text).includes(plain(words));
}
