/**
 * Job: "belay fork".
 * Boundary: asks the engine; nothing is started.
 */
import { resolve } from 'node:path';
import type { RunConnection } from '../client/connection.ts';
import { forkBranch } from '../run/forDisplay.ts';

interface Wanted {
  readonly checkpoint: number;
  readonly to: string;
  readonly worktree: string | null;
}

/** @throws RequestRefused where it can't be made there */
export async function forked({ checkpoint, to, worktree }: Wanted, connection: RunConnection, cwd: string) {
  const branch = worktree === '' ? forkBranch(connection.state.run?.runId ?? '', checkpoint) : worktree;
  const params = { checkpoint, to: resolve(cwd, to), ...(branch !== null && { branch }) };
  const { workspace } = await connection.request('fork', params);
  const where = branch === null ? '' : `, on the new branch ${branch}`;
  return `Checkpoint ${String(checkpoint)} is in ${workspace}${where}. Nothing was started; do so with: belay run ${workspace}`;
}
