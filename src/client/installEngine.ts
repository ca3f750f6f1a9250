/**
 * Job: copy the engine's bundle into the state folder by its digest, so that an update of the extension doesn't change a run
 * that is on its way.
 * Boundary: files only. A copy appears whole (rename) or not at all, and is checked each time before it is used.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { enginesFolder } from '../protocol/places.ts';

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
    if ((await digestOf(folder, present)) === digest) return installed;
    // Somebody changed the copy. Moved aside, not deleted: an engine may still run from it.
    await rename(folder, join(enginesFolder(state), `changed-${digest.slice(0, 16)}-${String(Date.now())}`));
  }
  await copyWhole(bundle, files, folder, digest);
  return installed;
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
