/**
 * Job: folders of the verifier: removing what a candidate left, however it left it, copying a workspace, telling two apart.
 * Rules: nothing here follows a symbolic link; a candidate and an agent may have planted one. No removal throws.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  constants,
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readFile, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/assert.ts';

/** Of a folder that is being taken apart: its parts stand in a folder beside it, whose name has this in it. */
const removedMark = '.removed-';

/**
 * Removes a folder or file and all in it, however deep and closed. Absent is fine. What can't be removed all the same is put aside
 * and told in the log, for `removeAside`: what a candidate left must not decide what becomes of a verdict or a run.
 */
export function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    try {
      takeApart(path);
    } catch (error) {
      console.error(`${path} could not be removed: ${messageOf(error)}`);
    }
  }
}

/** Gives a folder or file another name beside its own, to be removed by `removeAside`: at once, whatever it holds. Absent is fine. */
export function putAside(path: string): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })) renameSync(path, `${path}${removedMark}${randomUUID()}`);
  } catch (error) {
    console.error(`${path} could not be put aside: ${messageOf(error)}`);
  }
}

export const isAside = (name: string): boolean => name.includes(removedMark);

/** Removes what was put aside in this folder. */
export function removeAside(folder: string): void {
  for (const name of readdirSync(folder)) if (isAside(name)) removeFolder(join(folder, name));
}

/**
 * A path that is longer than the system takes has no name to be removed by, and a closed folder lets nothing go. So each folder is
 * opened and put beside the one that it stood in, one after the other: no path gets any longer.
 */
function takeApart(path: string): void {
  const aside = mkdtempSync(`${path}${removedMark}`);
  let folders = 0;
  const setAside = (from: string | Buffer) => {
    chmodSync(from, 0o700); // a folder that moves has another parent then, and must be writable for that
    renameSync(from, join(aside, String(folders++)));
  };
  setAside(path);
  for (let at = 0; at < folders; at++) {
    const folder = join(aside, String(at));
    for (const name of readdirSync(folder, { encoding: 'buffer' })) {
      const child = Buffer.concat([Buffer.from(`${folder}/`), name]);
      if (lstatSync(child).isDirectory()) setAside(child);
      else unlinkSync(child);
    }
    rmdirSync(folder);
  }
  rmdirSync(aside);
}

const mebibyte = 1024 * 1024;
/** A workspace larger than this is not copied for a test run. */
const copiedBytesMost = 4096 * mebibyte;

/**
 * Copies a workspace, or any file or folder, as it stands: files with modes, links as links, no `.git` at any depth, no sockets or devices.
 * @throws Error with a message for a person when it is too large.
 */
export async function copyWorkspace(
  from: string,
  to: string,
  signal?: AbortSignal,
  bytesMost = copiedBytesMost,
): Promise<void> {
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
      if (bytes > bytesMost)
        throw new Error(`${from} is too large to be copied for a test run (over ${String(bytesMost / mebibyte)} MiB)`);
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, stat.mode & 0o7777);
    }
  };
  await copy(from, to);
}

/** A tree with more than this is verified sooner than it is read. */
const digestedFilesMost = 5_000;
const digestedBytesMost = 64 * 1024 * 1024;

/**
 * SHA-256 (hex) over names, links, and files with content and mode; times, owners and the modes of folders are left out. null where
 * there is too much to read, or something that can't be read.
 */
export async function digestOfFolder(folder: string): Promise<string | null> {
  const hash = createHash('sha256');
  const left = { files: digestedFilesMost, bytes: digestedBytesMost };
  const add = async (path: string, name: string): Promise<boolean> => {
    const stat = await lstat(path);
    left.files -= 1;
    left.bytes -= stat.isFile() ? stat.size : 0;
    if (left.files < 0 || left.bytes < 0) return false;
    if (stat.isSymbolicLink()) hash.update(`link ${name}\0${await readlink(path)}\0`);
    else if (stat.isFile())
      hash.update(`file ${name}\0${String(stat.mode & 0o7777)} ${String(stat.size)}\0`).update(await readFile(path));
    else if (stat.isDirectory()) {
      hash.update(`folder ${name}\0`);
      for (const child of (await readdir(path)).sort()) if (!(await add(join(path, child), child))) return false;
      hash.update('end\0');
    } else return false;
    return true;
  };
  try {
    return (await add(folder, '')) ? hash.digest('hex') : null;
  } catch {
    return null; // without read permission for us: the cases will say what becomes of it
  }
}
