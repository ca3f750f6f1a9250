/**
 * Job: check that a store has what the journal's checkpoints name.
 * Boundary: reads only; safe beside a living engine, whose upkeep may move objects from one pack to another meanwhile.
 * Rules: J9 commit, manifest and every file of it are there. What an object's bytes are worth, `full` asks git to say.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { messageOf } from '../../base/assert.ts';
import { storeEnvironment } from './catFile.ts';
import { eachDifference, emptyManifest, type Manifest } from './manifest.ts';
import { ManifestObjects } from './manifestObjects.ts';
import { ObjectStore } from './objects.ts';

export interface NamedCheckpoint {
  readonly checkpoint: number;
  readonly commit: string;
  readonly tree: string;
}

export interface StoreProblem {
  /** null: of the store as a whole. */
  readonly checkpoint: number | null;
  readonly message: string;
}

const saidLinesMost = 20;
const saidBytesMost = 16 * 1024 * 1024;

/** @param folder `<run>/store.git` @param checkpoints in the order of the chain: what one shares with the one before is read once */
export async function auditStore(
  folder: string,
  checkpoints: readonly NamedCheckpoint[],
  { full }: { readonly full: boolean },
): Promise<readonly StoreProblem[]> {
  if (checkpoints.length === 0) return [];
  if (!existsSync(`${folder}/HEAD`)) return [{ checkpoint: null, message: `${folder} is missing` }];
  const objects = new ObjectStore(folder);
  try {
    const problems = await auditCheckpoints(objects, checkpoints);
    return full ? [...problems, ...(await auditObjects(folder))] : problems;
  } finally {
    objects.dispose();
  }
}

async function auditCheckpoints(
  objects: ObjectStore,
  checkpoints: readonly NamedCheckpoint[],
): Promise<readonly StoreProblem[]> {
  const manifests = new ManifestObjects(objects);
  const problems: StoreProblem[] = [];
  let near: Manifest | null = null;
  for (const named of checkpoints) {
    const look = async (): Promise<string | null> => {
      const manifest = await manifests.read(named.commit, near);
      const missing = objects.has(named.tree) ? missingIn(objects, manifest, near) : `its tree ${named.tree}`;
      near = missing === null ? (manifest ?? near) : near;
      return missing === null ? null : `${missing} is missing`;
    };
    const problem = (await said(look)) === null ? null : await said(() => objects.reload().then(look));
    if (problem !== null) problems.push({ checkpoint: named.checkpoint, message: problem });
  }
  return problems;
}

/** The first file that differs from the manifest before and is not in the store; null: all are. */
function missingIn(objects: ObjectStore, manifest: Manifest | null, near: Manifest | null): string | null {
  let missing: string | null = null;
  eachDifference(near ?? emptyManifest, manifest ?? emptyManifest, (_, after) => {
    if (after === null || after.type === 'directory' || missing !== null || objects.has(after.digest)) return;
    missing = `the content of ${after.path}, object ${after.digest},`;
  });
  return missing;
}

async function said(look: () => Promise<string | null>): Promise<string | null> {
  try {
    return await look();
  } catch (error) {
    return messageOf(error);
  }
}

async function auditObjects(folder: string): Promise<readonly StoreProblem[]> {
  const options = { cwd: folder, env: storeEnvironment(folder), maxBuffer: saidBytesMost };
  try {
    await promisify(execFile)('git', ['fsck', '--full', '--strict', '--no-dangling', '--no-progress'], options);
    return [];
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
    const told = lines.length === 0 ? [messageOf(error)] : lines.slice(0, saidLinesMost);
    return told.map((line) => ({ checkpoint: null, message: `git fsck: ${line}` }));
  }
}
