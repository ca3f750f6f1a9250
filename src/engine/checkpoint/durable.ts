/**
 * Job: files that are whole and durable under their names, and folders that git's gathering may remove at any time.
 * Boundary: files and folders of the store; what they hold is the caller's.
 * Rules: J9 content is synced before it gets its name, the name when the folder is synced.
 */
import { closeSync, fdatasync, fsync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { codeOf } from './content.ts';
import { parentOf } from './paths.ts';

/** How often a folder is made again for one name: each time another process has removed it just now. */
const folderAttempts = 1_000;

/** Only what waits for the medium is asynchronous: handing the rest to another thread costs more CPU than doing it. */
const whenSynced = { data: promisify(fdatasync), all: promisify(fsync) };

/** Writes a new file and syncs its content; its name is durable after `syncFolder`. */
export async function writeSynced(path: string, parts: readonly Buffer[], mode = 0o444): Promise<void> {
  const file = openSync(path, 'wx', mode);
  try {
    for (const part of parts) for (let at = 0; at < part.length;) at += writeSync(file, part, at);
    await whenSynced.data(file);
  } finally {
    closeSync(file);
  }
}

/** Removes what a piece of work was to rename when it fails: half files must not keep a full disk full. */
export async function orRemove(temporaries: readonly string[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    for (const temporary of temporaries) rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Renames a file into a folder, which is made where it is missing: says whether it was. Gathering packs removes the
 * folders that it leaves empty (git-prune-packed(1)), so one that was just seen or made may be gone again.
 */
export function renameIntoFolder(from: string, to: string, folder: string): boolean {
  for (let made = 0; ; made++) {
    if (unless('ENOENT', () => renameSync(from, to), made >= folderAttempts)) return made > 0;
    unless('EEXIST', () => mkdirSync(folder));
  }
}

/** Whether it was done; false where it failed with this code and is not `last`. */
function unless(code: string, act: () => unknown, last = false): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (last || codeOf(error) !== code) throw error;
    return false;
  }
}

/** A folder of objects that is gone was emptied by a gathering, which has these in a pack that is synced. */
export async function syncFolderIfThere(path: string): Promise<void> {
  try {
    await syncFolder(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

export async function syncFolder(path: string | Buffer): Promise<void> {
  const folder = openSync(path, 'r');
  try {
    await whenSynced.all(folder);
  } finally {
    closeSync(folder);
  }
}

/** Replaces a small file of the store durably. */
export async function replaceFile(folder: string, name: string, content: string): Promise<void> {
  const temporary = `${folder}/tmp/${name.replaceAll('/', '-')}`;
  rmSync(temporary, { force: true });
  await writeSynced(temporary, [Buffer.from(content)]);
  renameSync(temporary, `${folder}/${name}`);
  await syncFolder(parentOf(`${folder}/${name}`));
}

/** The names in a folder; none where it was just removed. */
export function namesIfThere(folder: string): string[] {
  let names: string[] = [];
  unless('ENOENT', () => (names = readdirSync(folder)));
  return names;
}
