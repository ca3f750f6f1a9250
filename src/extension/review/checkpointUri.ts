/**
 * Job: the immutable address of a file's bytes at a checkpoint: `belay-checkpoint:/abs/path?run=ID&checkpoint=388`.
 * Boundary: pure. The path is the workspace file's own, or VS Code draws the pair as a rename.
 */

export const checkpointScheme = 'belay-checkpoint';

export interface CheckpointAddress {
  readonly runId: string;
  readonly checkpoint: number;
}

export function checkpointQuery({ runId, checkpoint }: CheckpointAddress): string {
  return `run=${encodeURIComponent(runId)}&checkpoint=${String(checkpoint)}`;
}

/** null for a query that Belay did not write. */
export function parseCheckpointQuery(query: string): CheckpointAddress | null {
  const parameters = new URLSearchParams(query);
  const runId = parameters.get('run');
  const checkpoint = parameters.get('checkpoint');
  if (runId === null || runId === '' || checkpoint === null || !/^\d{1,9}$/.test(checkpoint)) return null;
  return { runId, checkpoint: Number(checkpoint) };
}

/** `path` below `folder`, `/` between parts; null when it is not below it. */
export function pathBelow(folder: string, path: string): string | null {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(prefix) && path.length > prefix.length ? path.slice(prefix.length) : null;
}
