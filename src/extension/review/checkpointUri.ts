/**
 * Job: the immutable address of a file's bytes at a checkpoint: `belay-checkpoint:/abs/path?run=ID&checkpoint=388`, or in a
 *   commit of the supervisor's repository: `…?run=ID&commit=1a2b…`.
 * Boundary: pure. The path is the workspace file's own, or VS Code draws the pair as a rename.
 */

import type { CommitSide } from '../../protocol/messages.ts';

export const checkpointScheme = 'belay-checkpoint';

export interface CheckpointAddress {
  readonly runId: string;
  readonly side: number | CommitSide;
}

export function checkpointQuery({ runId, side }: CheckpointAddress): string {
  const place = typeof side === 'number' ? `checkpoint=${String(side)}` : side.replace(' ', '=');
  return `run=${encodeURIComponent(runId)}&${place}`;
}

/** null for a query that Belay did not write. */
export function parseCheckpointQuery(query: string): CheckpointAddress | null {
  const parameters = new URLSearchParams(query);
  const runId = parameters.get('run');
  const checkpoint = parameters.get('checkpoint') ?? '';
  const commit = parameters.get('commit') ?? '';
  if (runId === null || runId === '') return null;
  if (/^\d{1,9}$/.test(checkpoint)) return { runId, side: Number(checkpoint) };
  return /^[0-9a-f]{40,64}$/.test(commit) ? { runId, side: `commit ${commit}` } : null;
}

/** `path` below `folder`, `/` between parts; null when it is not below it. */
export function pathBelow(folder: string, path: string): string | null {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(prefix) && path.length > prefix.length ? path.slice(prefix.length) : null;
}
