/**
 * Job: write what a checkpoint holds into an empty folder, for builds and for the proof that it can be restored.
 * Boundary: outside the workspace; not synced: the folder can be made again.
 * Rules: C2 bytes, modes, links and folders as they were.
 */
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Manifest } from './manifest.ts';
import { breather } from './objects.ts';
import { onDisk } from './paths.ts';
import { writeFileSynced } from './writeFile.ts';

/** Throws when the folder is not empty; the `.git` of a new worktree may stand there. */
export async function exportManifest(
  manifest: Manifest,
  folder: string,
  read: (digest: string, size: number) => Promise<Buffer | AsyncIterable<Buffer>>,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).some((name) => name !== '.git'))
    throw new Error(`can't export a checkpoint into ${folder}: it is not empty`);
  const breathe = breather();
  const folders = manifest.entries.filter((entry) => entry.type === 'directory');
  for (const { path } of folders) mkdirSync(onDisk(folder, path), { mode: 0o700 });
  for (const { path, type, mode, digest, size } of manifest.entries) {
    if (type === 'directory') continue;
    await breathe();
    const content = await read(digest, size);
    const place = onDisk(folder, path);
    if (Symbol.asyncIterator in content) await writeFileSynced(place, content, mode);
    else if (type === 'symlink') symlinkSync(content, place);
    else {
      writeFileSync(place, content, { flag: 'wx' });
      chmodSync(place, mode);
    }
  }
  for (const { path, mode } of folders.reverse()) chmodSync(onDisk(folder, path), mode);
}
