/**
 * Job: what of an older story is told in few words: a read of a file that was seen again later, and the rest of long outputs.
 *   The agent can open both again: it reads the file, or calls `open_output`.
 * Boundary: pure; the journal keeps all of it, and S3 goes by the whole story.
 * Rules: a provider caches a prompt's beginning, so what was told is changed, and left out, in batches of steps, never by each
 *   step: two prompts in a row differ at their end, save once in limits.promptBatchSteps.
 */
import type { StoryItem, Turn, TurnCall } from './conversation.ts';
import { limits } from './limits.ts';
import { pathInWords } from './pathWords.ts';

/** The same story, with pointers in its older steps. */
export function withPointers(items: readonly StoryItem[]): readonly StoryItem[] {
  const upTo = lastOldStep(items);
  const later = new Map<string, number>();
  const told: StoryItem[] = [];
  for (const item of items.toReversed()) {
    if (item.kind !== 'turn' || item.turn.step > upTo) told.push(item);
    else told.push({ ...item, turn: pointed(item.turn, later) });
  }
  return told.reverse();
}

/** The newest step of the last full batch that is old enough; steps of another story's numbers make no difference. */
function lastOldStep(items: readonly StoryItem[]): number {
  const newest = items.findLast((item) => item.kind === 'turn');
  if (newest?.kind !== 'turn') return 0;
  const old = newest.turn.step - limits.stepsToldWhole;
  return Math.floor(old / limits.promptBatchSteps) * limits.promptBatchSteps;
}

/** @param later in which step a file was seen after this one; gets what this turn saw */
function pointed(turn: Turn, later: Map<string, number>): Turn {
  const calls = turn.calls.toReversed().map((call) => {
    const again = call.seen === null ? undefined : later.get(call.seen.path);
    // The next time, not the newest: it stays the same in later prompts.
    if (call.seen !== null) later.set(call.seen.path, turn.step);
    return { ...call, output: inFewWords(call, again) };
  });
  return { ...turn, calls: calls.reverse() };
}

function inFewWords({ name, callId, output, seen }: TurnCall, again: number | undefined): string | null {
  if (output === null || output.length <= limits.oldOutputChars) return output;
  if (seen !== null && again !== undefined)
    return `[${pathInWords(seen.path)} as it was then: read or written again in step ${String(again)}]`;
  // The newest view of a file is what the agent knows of it.
  if (seen !== null) return output;
  const head = output.slice(0, limits.oldOutputChars);
  const whole = head.slice(0, Math.max(head.lastIndexOf('\n'), limits.oldOutputChars / 2));
  return `${whole}\n[… ${String(output.length - whole.length)} more characters of ${name}: open_output ${callId}]`;
}

/** Where a story that has to begin later than it does begins: at a batch, unless that left less than half of it. */
export function atBatch(items: readonly StoryItem[], first: number): number {
  if (first === 0) return 0;
  const at = items.findIndex(
    (item, index) => index >= first && item.kind === 'turn' && item.turn.step % limits.promptBatchSteps === 1,
  );
  return at >= 0 && (items.length - at) * 2 >= items.length - first ? at : first;
}
