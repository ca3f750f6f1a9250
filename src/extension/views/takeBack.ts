/**
 * Job: whether the rollback that a message offers to take back is still the one that would be taken back.
 * Boundary: pure. A message may stay open for hours, while other rollbacks and steps follow.
 */
import { somePathsInWords } from '../../run/pathWords.ts';
import { canTakeBack } from '../../run/status.ts';
import type { FinishedRollback, RunState } from '../../run/state.ts';

/** Null when it may be taken back; else why not, for a person. */
export function whyNotTakeBack(offered: FinishedRollback, state: RunState | null): string | null {
  const last = state?.rollback === null && state.lastRollback?.safety === offered.safety;
  if (last && canTakeBack(state)) return null;
  if (last) return 'The gate is open again: decide it with a rollback.';
  const of = offered.paths && somePathsInWords(offered.paths);
  const back = `The rollback ${of === undefined ? '' : `of ${of} `}to ${String(offered.to)}`;
  const done = of === undefined || offered.part ? back : `The rejection of ${of}`;
  const what = offered.undo ? 'That undo' : done;
  return `${what} can no longer be taken back: the run has moved on. Nothing was changed.`;
}
