/**
 * Job: the sentence above, or instead of, the rows of the Review view.
 * Boundary: pure. Without a run package.json's welcome speaks.
 */
import type { ConnectionKind } from '../../protocol/webview.ts';
import type { RunState } from '../../run/state.ts';

/** Empty where the rows speak for themselves. `files`: how many rows; null: not known yet. */
export function reviewMessage(
  state: RunState,
  link: ConnectionKind,
  files: number | null,
  problem: string | null,
): string {
  if (link === 'lost')
    return files === null ? 'The engine does not answer.' : 'As last known: the engine does not answer.';
  if (problem !== null) return `The changes can’t be listed: ${problem}`;
  if (state.head === null) return 'The baseline is being taken.';
  if (files === null) return 'Looking for changes…';
  return files === 0 ? nothingChanged(state) : '';
}

function nothingChanged(state: RunState): string {
  const newest = state.checkpoints.at(-1);
  const step = state.checkpoints.findLast((c) => c.step !== null)?.step ?? null;
  const allAccepted = state.accepted === newest?.checkpoint || Object.keys(state.acceptedFiles).length > 0;
  if (step !== null && allAccepted) return `All accepted up to step ${String(step)}.`;
  return `Nothing changed since checkpoint ${String(state.accepted)}.`;
}
