/**
 * Job: prove that every checkpoint of a run restores byte-exactly: write each one out and compare what stands on disk with the
 * manifest, by means of this file's own (lstat, read, SHA-1), not the store's.
 * Boundary: reads the run directory; writes into a temporary folder only.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Manifest } from '../../src/engine/checkpoint/manifest.ts';
import { openCheckpointStore } from '../../src/engine/checkpoint/store.ts';
import type { CheckpointSummary } from '../../src/run/state.ts';

/** What differs, one line each; empty when every checkpoint is exact. */
export async function inexactCheckpoints(
  run: string,
  workspace: string,
  checkpoints: readonly CheckpointSummary[],
): Promise<readonly string[]> {
  const store = await openCheckpointStore({ folder: join(run, 'store.git'), workspace });
  const differences: string[] = [];
  try {
    for (const { checkpoint, commit } of checkpoints) {
      const manifest = await store.manifestOf(commit, null);
      if (manifest === null) throw new Error(`the commit of checkpoint ${String(checkpoint)} names no manifest`);
      const folder = await mkdtemp(join(tmpdir(), 'belay-exact-'));
      await store.exportTo(manifest, folder);
      for (const difference of await differencesOf(manifest, folder))
        differences.push(`checkpoint ${String(checkpoint)}: ${difference}`);
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    store.dispose();
  }
  return differences;
}

async function differencesOf(manifest: Manifest, folder: string): Promise<readonly string[]> {
  const wanted = new Map(manifest.entries.map((e) => [e.path, `${e.type} ${e.mode.toString(8)} ${e.digest}`]));
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const absolute = join(entry.parentPath, entry.name);
    found.set(relative(folder, absolute), await describe(absolute));
  }
  const differences: string[] = [];
  for (const [path, what] of wanted)
    if (found.get(path) !== what) differences.push(`${path} is ${found.get(path) ?? 'absent'} instead of ${what}`);
  for (const path of found.keys()) if (!wanted.has(path)) differences.push(`${path} should not be there`);
  return differences;
}

async function describe(absolute: string): Promise<string> {
  const stat = await lstat(absolute);
  if (stat.isSymbolicLink()) return `symlink 777 ${blobId(Buffer.from(await readlink(absolute)))}`;
  const mode = (stat.mode & 0o7777).toString(8);
  return stat.isDirectory() ? `directory ${mode} ` : `file ${mode} ${blobId(await readFile(absolute))}`;
}

function blobId(content: Buffer): string {
  return createHash('sha1')
    .update(`blob ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
}
