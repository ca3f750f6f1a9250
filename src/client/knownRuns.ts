/**
 * Job: every run directory of this machine with how its run stands, the damaged ones named too: the list of "Open Run…".
 * Boundary: reads the state folder; starts nothing and changes nothing. A living run is asked, the journal of the others is folded.
 */
import { readdir } from 'node:fs/promises';
import { messageOf } from '../base/assert.ts';
import { runFolder, runsFolder } from '../protocol/places.ts';
import type { RunState } from '../run/state.ts';
import { findRun, foldStored, readStoredSnapshot, type FoundRun } from './runs.ts';
import { runIdPattern } from './runId.ts';

/** Older runs than this many are not listed: each has to be read. */
const listedMost = 100;

export interface KnownRun {
  readonly runId: string;
  readonly workspace: string | null;
  readonly createdAt: number | null;
  readonly alive: boolean;
  readonly state: RunState | null;
  /** Why it can't be opened; null: it can. */
  readonly damage: string | null;
}

/** Newest first, each as soon as it is read; who has seen enough stops asking. */
export async function* listRuns(state: string): AsyncGenerator<KnownRun> {
  const names = (await namesIn(runsFolder(state))).filter((name) => runIdPattern.test(name)).sort();
  // One after the other: a long run's journal is large, and nobody needs the list in parallel.
  for (const runId of names.reverse().slice(0, listedMost)) yield await knownRun(state, runId);
}

/** One run, however old it is; null: there is no such run. */
export async function findKnownRun(state: string, runId: string): Promise<KnownRun | null> {
  const names = await namesIn(runsFolder(state));
  return runIdPattern.test(runId) && names.includes(runId) ? knownRun(state, runId) : null;
}

async function knownRun(state: string, runId: string): Promise<KnownRun> {
  let found: FoundRun | null = null;
  const folder = runFolder(state, runId);
  try {
    found = await findRun(state, runId);
    if (found === null) return nothing(runId, null, 'its start.json is missing or can’t be read');
    const { state: folded, brokenAt } = await foldStored(folder, await readStoredSnapshot(folder));
    const known = { ...nothing(runId, found, null), state: folded };
    if (brokenAt !== null) return { ...known, damage: `its journal is damaged: ${brokenAt}` };
    return folded === null ? { ...known, damage: 'it has no entry: its engine never came so far' } : known;
  } catch (error) {
    return nothing(runId, found, messageOf(error)); // one run that can't be read must not hide the others
  }
}

function nothing(runId: string, found: FoundRun | null, damage: string | null): KnownRun {
  const { workspace = null, createdAt = null } = found?.start ?? {};
  return { runId, workspace, createdAt, alive: found?.alive ?? false, state: null, damage };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // no run was ever started here
    throw error;
  }
}
