/**
 * Job: reach the engine of a run that is only to be read.
 * Boundary: a run that has not ended goes on, and spends, as soon as an engine serves it: nothing here starts that.
 */
import type { RunConnection } from '../client/connection.ts';
import { resumeRun, type LaunchOptions } from '../client/launch.ts';
import { readStoredState, type FoundRun } from '../client/runs.ts';
import { UsageError } from './args.ts';

export interface ServedPorts {
  readonly launch: LaunchOptions;
  readonly open: (found: FoundRun) => Promise<RunConnection>;
}

/**
 * A finished run has no engine any more: one is started to read it, and leaves with this command.
 * @throws UsageError where the run has not ended and no engine serves it; StartFailed
 */
export async function served(found: FoundRun, { open, launch }: ServedPorts): Promise<RunConnection> {
  if (found.alive) return open(found);
  const stored = await readStoredState(found.folder);
  const hasEnded = stored !== null && stored.ended !== null;
  if (!hasEnded) throw new UsageError(`No engine serves ${found.runId}. Go on with: belay resume ${found.runId}`);
  return resumeRun(found.runId, launch);
}
