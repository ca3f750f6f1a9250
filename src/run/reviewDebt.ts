/**
 * Job: review debt: how many steps stand in the workspace that changed something nobody has accepted.
 * Boundary: pure. What is accepted is accepted.ts's; read marks are a window's and count for nothing here.
 */
import { acceptedCheckpointOf } from './accepted.ts';
import type { CheckpointSummary, RunState } from './state.ts';

type Standing = Pick<RunState, 'checkpoints' | 'head' | 'accepted' | 'acceptedFiles'>;

/** Of the story that stands: what a rollback took away is no debt. Counted up to `most` (B3). */
export function unreviewedSteps(state: Standing, most: number): number {
  const { checkpoints, head, accepted } = state;
  let count = 0;
  let at = checkpoints.get(head ?? -1);
  while (at !== undefined && at.checkpoint > accepted && count < most) {
    if (at.kind === 'step' && !isAccepted(at, state)) count += 1;
    at = checkpoints.get(at.continues ?? -1);
  }
  return count;
}

/** Nothing changed, or all that changed was accepted file by file in this version or a later one. */
function isAccepted({ checkpoint, changeset }: CheckpointSummary, tree: Standing): boolean {
  const { added, modified, deleted, paths } = changeset;
  // Of a large change only some paths are told.
  return (
    paths.length === added + modified + deleted &&
    paths.every(({ path }) => acceptedCheckpointOf(tree, path) >= checkpoint)
  );
}
