/**
 * Job: what a rollback of a part, or a rejection, leaves in the state.
 * Boundary: pure; folded by reduce.ts.
 */
import type { CheckpointKind } from './entry.ts';
import { belay } from './ladder.ts';
import type { CheckpointSummary, RunState } from './state.ts';

/** What the checkpoint at the end of a rollback of a part, or of a rejection, tells of it. */
export function putBackBy(
  kind: CheckpointKind,
  rollback: RunState['rollback'],
): Pick<CheckpointSummary, 'rejected' | 'putBack' | 'byBelay'> {
  if (rollback?.paths === undefined) return kind === 'rollback' && rollback?.by === belay ? { byBelay: true } : {};
  const { paths, part, to, undo } = rollback;
  if (kind === 'reject') return { rejected: { paths, undo } };
  return kind === 'rollback' && part !== undefined ? { putBack: { paths, part, to, undo } } : {};
}

/** The rejections with the newest of these paths marked. */
export function takenBack(rejections: RunState['rejections'], paths: readonly string[]): RunState['rejections'] {
  const last = rejections.findLastIndex((r) => paths.includes(r.path));
  return rejections.map((r, index) => (index === last ? { ...r, takenBack: true } : r));
}
