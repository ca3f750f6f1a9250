/**
 * Job: which checkpoint holds the version of a file that the supervisor stands behind.
 * Boundary: pure. Review, gutter and rejection all compare against what this says.
 */
import type { RunState } from './state.ts';

/** The checkpoint whose version of the path is the accepted one; where it holds none, there is none. */
export function acceptedCheckpointOf({ accepted }: Pick<RunState, 'accepted'>, _path: string): number {
  return accepted;
}
