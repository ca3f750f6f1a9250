/**
 * Job: read files of the workspace with their digest, and replace them only when they still are what was read.
 * Boundary: takes paths that `resolveInside` allowed. Expected failures are results; the caller decides what they mean.
 * Rules: S3 a write is compare-and-swap on the digest of the present bytes. J8 a full disk is told apart, and leaves the old
 *   file whole. Written by temp file, fsync, rename, fsync of the folder; the mode stays.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { limits } from '../../run/limits.ts';
import { absent } from './paths.ts';

export interface TextFile {
  readonly ok: true;
  readonly text: string;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
  readonly bytes: number;
}
export type ReadProblem = 'missing' | 'folder' | 'special' | 'too-large' | 'binary' | 'failed';
export interface ReadFailure {
  readonly ok: false;
  readonly problem: ReadProblem;
  readonly bytes?: number;
  readonly detail?: string;
}

export type SwapProblem = 'changed' | 'not-a-file' | 'too-large' | 'disk-full' | 'failed';
export type SwapResult =
  | { readonly ok: true; readonly before: string | null; readonly after: string }
  | {
      readonly ok: false;
      readonly problem: SwapProblem;
      /** What is there now; null: nothing. */ readonly present: string | null;
      readonly detail: string;
    };

// Not on every platform; the lstat before it then is the only guard. NONBLOCK: opening a pipe must not hang.
const readFlags = constants.O_RDONLY | optionalFlag('O_NOFOLLOW') | optionalFlag('O_NONBLOCK');
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | optionalFlag('O_NOFOLLOW');

/** A text file's content, at most limits.writtenFileBytes. Never rejects for what may stand at a path. */
export async function readText(absolute: string): Promise<TextFile | ReadFailure> {
  try {
    const stat = await lstat(absolute).catch(absent);
    if (stat === null) return { ok: false, problem: 'missing' };
    if (stat.isDirectory()) return { ok: false, problem: 'folder' };
    if (!stat.isFile()) return { ok: false, problem: 'special' };
    if (stat.size > limits.writtenFileBytes) return { ok: false, problem: 'too-large', bytes: stat.size };
    const content = await withFile(absolute, (file) => file.readFile());
    const text = decoded(content);
    if (text === null) return { ok: false, problem: 'binary', bytes: content.length };
    return { ok: true, text, digest: digestOf(content), bytes: content.length };
  } catch (error) {
    return { ok: false, problem: 'failed', detail: (error as Error).message };
  }
}

/** SHA-256 of a regular file's bytes, whatever they are; null: no file. Rejects where it can't be read. */
export async function presentDigest(absolute: string): Promise<string | null> {
  const stat = await lstat(absolute).catch(absent);
  if (stat === null) return null;
  if (!stat.isFile()) throw new Error(`${absolute} is not a regular file`);
  return withFile(absolute, async (file) => {
    const hash = createHash('sha256');
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
    return finished(hash);
  });
}

export function digestOf(content: Uint8Array | string): string {
  return finished(createHash('sha256').update(content));
}

export interface Swap {
  readonly absolute: string;
  /** What must be there; null: nothing. */
  readonly expected: string | null;
  readonly content: string;
}

/** Replaces the file if it still is what was expected (S3). Parent folders are made as needed. Never rejects. */
export async function compareAndSwapWrite({ absolute, expected, content }: Swap): Promise<SwapResult> {
  const bytes = Buffer.from(content, 'utf8');
  const after = digestOf(bytes);
  let present: string | null = null;
  try {
    const stat = await lstat(absolute).catch(absent);
    if (stat !== null && !stat.isFile())
      return problem('not-a-file', null, 'there is something that is not a regular file');
    present = stat === null ? null : await presentDigest(absolute);
    if (present !== expected) return changed(present);
    if (bytes.length > limits.writtenFileBytes) {
      return problem('too-large', present, `${String(bytes.length)} bytes; at most ${String(limits.writtenFileBytes)}`);
    }
    await mkdir(dirname(absolute), { recursive: true });
    const temporary = temporaryFor(absolute);
    await writeTemporary(temporary, bytes, stat);
    try {
      present = await presentDigest(absolute); // the last look before the name changes hands
      if (present !== expected) return changed(present);
      if (expected === null) await putNew(temporary, absolute);
      else await rename(temporary, absolute);
    } finally {
      await rm(temporary, { force: true });
    }
    await syncFolder(dirname(absolute));
    return { ok: true, before: expected, after };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return changed(await presentDigest(absolute).catch(() => null)); // gone again: told as nothing there
    return problem(code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'failed', present, message);
  }
}

/** Removes what a write that was cut off left beside the file. */
export async function removeTemporary(absolute: string): Promise<void> {
  await rm(temporaryFor(absolute), { force: true });
}

/** Whether a file name is one of this module's temporary files. */
export function isTemporaryName(name: string): boolean {
  return /^\.belay-[0-9a-f]{16}\.tmp$/.test(name);
}

/** The same name each time, so that recovery finds what a crash left. One writer a workspace (W1) makes it safe. */
function temporaryFor(absolute: string): string {
  return join(dirname(absolute), `.belay-${digestOf(basename(absolute)).slice(0, 16)}.tmp`);
}

async function writeTemporary(
  path: string,
  bytes: Buffer,
  like: { mode: number; uid: number; gid: number } | null,
): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, createFlags, 0o666);
  try {
    await file.writeFile(bytes);
    if (like) await keepOwnerAndMode(file, like);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  await file.close();
}

async function keepOwnerAndMode(file: FileHandle, like: { mode: number; uid: number; gid: number }): Promise<void> {
  const own = await file.stat();
  if (own.uid !== like.uid || own.gid !== like.gid) {
    await file.chown(like.uid, like.gid).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error; // only root may give a file away; the content matters
    });
  }
  await file.chmod(like.mode & 0o7777); // after chown, which clears set-id bits
}

/** A link fails where a name exists, so nothing that appeared meanwhile is overwritten; not every file system has links. */
async function putNew(temporary: string, absolute: string): Promise<void> {
  try {
    await link(temporary, absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    await rename(temporary, absolute);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function withFile<T>(absolute: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(absolute, readFlags);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** null: not text. Strict UTF-8 with its byte order mark kept, so that writing it back gives the same bytes. */
function decoded(content: Buffer): string | null {
  if (content.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return null; // the decoder's only fault: not UTF-8
  }
}

function changed(present: string | null): SwapResult {
  return problem('changed', present, 'it is not what was read');
}

function problem(kind: SwapProblem, present: string | null, detail: string): SwapResult {
  return { ok: false, problem: kind, present, detail };
}

function finished(hash: Hash): string {
  return hash.digest('hex');
}

function optionalFlag(name: 'O_NOFOLLOW' | 'O_NONBLOCK'): number {
  return (constants as Partial<Record<string, number>>)[name] ?? 0;
}
