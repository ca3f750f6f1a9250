/**
 * Job: which run the person means.
 * Boundary: reads the state folder; asks nobody.
 */
import { stat } from 'node:fs/promises';
import { findRunOf, findRuns, type FoundRun } from '../client/runs.ts';
import { UsageError } from './args.ts';

/** By id, the end of an id, or a folder; without a name the run of the present folder, or the only one that is served. @throws UsageError */
export async function namedRun(state: string, name: string | null, cwd: string): Promise<FoundRun> {
  if (name === null) return unnamedRun(state, cwd);
  const runs = await findRuns(state);
  const named = runs.filter((run) => run.runId === name || run.runId.endsWith(`-${name}`));
  if (named.length > 1)
    throw new UsageError(`"${name}" names several runs: ${named.map((run) => run.runId).join(', ')}`);
  const found = named[0] ?? ((await isFolder(name)) ? await findRunOf(state, name) : null);
  if (!found) throw new UsageError(`There is no run "${name}". "belay status" lists them`);
  return found;
}

async function unnamedRun(state: string, cwd: string): Promise<FoundRun> {
  const here = await findRunOf(state, cwd);
  if (here) return here;
  const alive = (await findRuns(state)).filter((run) => run.alive);
  if (alive.length === 1 && alive[0]) return alive[0];
  if (alive.length === 0)
    throw new UsageError('This folder has no run, and no other is active. "belay status" lists all');
  throw new UsageError(`This folder has no run; name one of: ${alive.map((run) => run.runId).join(', ')}`);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // whatever it is, it names no workspace
  }
}
