/** Job: the list of "Open Run…" as a whole, for tests. */
import { listRuns, type KnownRun } from '../../../src/client/knownRuns.ts';

export async function listed(state: string): Promise<readonly KnownRun[]> {
  const runs: KnownRun[] = [];
  for await (const run of listRuns(state)) runs.push(run);
  return runs;
}
