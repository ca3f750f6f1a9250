/**
 * Job: folders of the verifier: removing what a candidate left, however it left it, and copying a workspace.
 * Rules: nothing here follows a symbolic link; a candidate and an agent may have planted one.
 */
import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';

/** Removes a folder and all in it, folders without permissions too. Absent is fine. */
export function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!isDenied(error)) throw error;
    openFolders(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function openFolders(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openFolders(join(path, name));
}

const isDenied = (error: unknown) =>
  ['EACCES', 'EPERM', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '');

/** A workspace larger than this is not copied for a test run. */
const copiedBytesMost = 4 * 1024 * 1024 * 1024;

/**
 * Copies a workspace as it stands: files with modes, links as links, no `.git` at any depth, no sockets or devices.
 * @throws Error with a message for a person when it is too large.
 */
export async function copyWorkspace(from: string, to: string, signal?: AbortSignal): Promise<void> {
  let bytes = 0;
  const copy = async (source: string, target: string): Promise<void> => {
    signal?.throwIfAborted();
    const stat = await lstat(source);
    if (stat.isSymbolicLink()) {
      await symlink(await readlink(source), target);
    } else if (stat.isDirectory()) {
      await mkdir(target, { recursive: true });
      for (const name of await readdir(source)) if (name !== '.git') await copy(join(source, name), join(target, name));
      await chmod(target, (stat.mode & 0o7777) | 0o700);
    } else if (stat.isFile()) {
      bytes += stat.size;
      if (bytes > copiedBytesMost) throw new Error(`${from} is too large to be copied for a test run (over 4 GiB)`);
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, stat.mode & 0o7777);
    }
  };
  await copy(from, to);
}
