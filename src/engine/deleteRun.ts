/**
 * Job: delete a run directory.
 * Boundary: that folder and what of it lies beside the runs, the shadow of its repository: no link is followed, and a link in its place is refused.
 * Rules: J7 only under the run's lock, so that no engine serves it. It is renamed first: a deletion that is cut leaves nothing
 *   that looks like a run, and the next deletion removes what it left.
 */
import { chmodSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../base/assert.ts';
import { startFile, type Deletion } from '../protocol/places.ts';
import { removeShadows } from './effects/shadows.ts';
import { takeRunLock } from './lock/runLock.ts';

const goingPrefix = '.deleted-';

export function deleteRun(run: string): Deletion {
  try {
    const isRun = lstatSync(run).isDirectory() && lstatSync(startFile(run)).isFile();
    if (!isRun) return { ok: false, message: `${run} is no run directory, and was not touched.` };
    const taken = takeRunLock(run);
    if (taken.held) return { ok: false, message: `An engine serves ${run}: stop the run first. Nothing was deleted.` };
    const runs = dirname(run);
    const going = join(runs, `${goingPrefix}${basename(run)}-${String(process.pid)}`);
    renameSync(run, going);
    taken.lock.dispose();
    removeAll(going);
    removeShadows(dirname(runs), run);
    for (const name of readdirSync(runs)) if (name.startsWith(goingPrefix)) removeLeftOver(join(runs, name));
    return { ok: true };
  } catch (error) {
    return { ok: false, message: `${run} could not be deleted: ${messageOf(error)}` };
  }
}

function removeLeftOver(folder: string): void {
  try {
    removeAll(folder);
  } catch {
    // whoever deletes it at this moment goes on with it; else the next deletion does
  }
}

/** Also folders that a build has made read-only. */
function removeAll(folder: string): void {
  openUp(folder);
  rmSync(folder, { recursive: true, force: true });
}

function openUp(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) openUp(join(folder, entry.name));
}
