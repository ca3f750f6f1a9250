/**
 * Job: the accepted tree: which checkpoint holds the version of a file that the supervisor stands behind.
 * Boundary: pure. Review, diffs and rejections all compare against what this says, so what is accepted is never offered again.
 */
import type { RunState } from './state.ts';

/** What the accepted tree is made of: a whole checkpoint, overlaid with files that were accepted one by one. */
export type AcceptedTree = Pick<RunState, 'accepted' | 'acceptedFiles'>;

/** The checkpoint whose version of the path is the accepted one; where it holds none, there is none. */
export function acceptedCheckpointOf({ accepted, acceptedFiles }: AcceptedTree, path: string): number {
  return Object.hasOwn(acceptedFiles, path) ? (acceptedFiles[path] ?? accepted) : accepted;
}

/** What stands over a checkpoint that is accepted as a whole: only what was accepted after it was taken. */
export function overlayAfter(checkpoint: number, files: RunState['acceptedFiles']): RunState['acceptedFiles'] {
  return Object.fromEntries(Object.entries(files).filter(([, at]) => at > checkpoint));
}
