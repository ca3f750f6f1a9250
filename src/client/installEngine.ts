/**
 * Job: copy the engine's bundle into the state folder by its digest, so that an update of the extension doesn't change a run
 * that is on its way.
 * Boundary: files only. A copy appears whole (rename) or not at all, and is checked each time before it is used. When a new one
 * comes, copies that nobody needs go: not the newest, of no living process, and unused for so long that no start is under way.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { enginesFolder, runFolder, runsFolder } from '../protocol/places.ts';
import { readEngineRecord } from './runs.ts';

export interface InstalledEngine {
  /** The copy's folder, `<state>/engines/<digest>`. */
  readonly folder: string;
  /** SHA-256 over the names and contents of its files; also the name of its folder. */
  readonly digest: string;
  readonly main: string;
}

/** The bundle is not there or a copy of it was changed. */
export class EngineNotInstalled extends Error {
  override readonly name = 'EngineNotInstalled';
}

/** @param bundle the folder with `main.mjs`. @throws EngineNotInstalled */
export async function installEngine(bundle: string, state: string): Promise<InstalledEngine> {
  const files = await filesOf(bundle);
  if (!files.includes('main.mjs'))
    throw new EngineNotInstalled(`The engine is missing: ${join(bundle, 'main.mjs')}. Build or reinstall Belay.`);
  const digest = await digestOf(bundle, files);
  const folder = join(enginesFolder(state), digest);
  const installed = { folder, digest, main: join(folder, 'main.mjs') };
  const present = await filesOf(folder);
  if (present.length > 0) {
    await touch(folder); // before the look: from here on nobody takes it for unused
    if ((await digestOf(folder, await filesOf(folder))) === digest) return installed;
    // Somebody changed the copy. Moved aside, not deleted: an engine may still run from it.
    await rename(folder, join(enginesFolder(state), `changed-${digest.slice(0, 16)}-${String(Date.now())}`));
  }
  await copyWhole(bundle, files, folder, digest);
  await removeUnused(state, digest);
  return installed;
}

/** A start takes a minute and a half at most; whoever installs a copy touches it. */
const unusedMs = 60 * 60 * 1_000;
const digestName = /^[0-9a-f]{64}$/;

async function removeUnused(state: string, current: string): Promise<void> {
  const folder = enginesFolder(state);
  const used = await digestsInUse(state);
  for (const name of await readdir(folder)) {
    const leftover = name.startsWith('.new-') || name.startsWith('.old-');
    if (!leftover && (!digestName.test(name) || name === current || used.has(name))) continue;
    const path = join(folder, name);
    if (!(await isUnused(path))) continue;
    try {
      // Whole or gone: half a copy would look like one that somebody changed.
      const aside = leftover ? path : join(folder, `.old-${name.slice(0, 16)}-${String(process.pid)}`);
      if (aside !== path) await rename(path, aside);
      await rm(aside, { recursive: true, force: true });
    } catch (error) {
      // Another window removes it too, or it is not ours to remove: a copy that stays costs a little room.
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
}

/** Of the engines whose process lives, whether they answer or not. */
async function digestsInUse(state: string): Promise<ReadonlySet<string>> {
  const runs = await readdir(runsFolder(state)).catch(() => []); // absent: no run yet
  const records = await Promise.all(runs.map((run) => readEngineRecord(runFolder(state, run))));
  return new Set(records.flatMap((record) => (record !== null && isAlive(record.pid) ? [record.engineDigest] : [])));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function isUnused(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null); // gone meanwhile
  return found !== null && Date.now() - found.mtimeMs > unusedMs;
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // gone meanwhile, or another user's: the look that follows tells
}

async function copyWhole(bundle: string, files: readonly string[], folder: string, digest: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const temporary = await mkdtemp(join(dirname(folder), '.new-'));
  try {
    for (const file of files) {
      await mkdir(join(temporary, dirname(file)), { recursive: true });
      await copyFile(join(bundle, file), join(temporary, file));
    }
    if ((await digestOf(temporary, files)) !== digest)
      throw new EngineNotInstalled(`The engine in ${bundle} changed while it was copied. Try again.`);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another window was first; what it put there has the same digest by its name and is checked at the next use.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')) return;
    throw error;
  }
}

/** Relative paths of all files, sorted; empty when there is no such folder. */
async function filesOf(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function digestOf(folder: string, files: readonly string[]): Promise<string> {
  const total = createHash('sha256');
  for (const file of files) {
    const content = createHash('sha256')
      .update(await readFile(join(folder, file)))
      .digest('hex');
    total.update(`${content}  ${file}\n`);
  }
  return total.digest('hex');
}
