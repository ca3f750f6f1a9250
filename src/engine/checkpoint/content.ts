/**
 * Job: read what stands at one path, without following a link and without being fooled by a write at the same moment.
 * Boundary: node:fs on the workspace, read only.
 * Rules: C2 raw bytes. A pipe or a device that takes a file's place can't hang the reader. What changed while it was read
 *   gets the stamp '', so that the next look reads it again.
 */
import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  type BigIntStats,
} from 'node:fs';
import { assert } from '../../base/assert.ts';
import { ancestorsOf, onDisk } from './paths.ts';
import type { ManifestEntry } from './manifest.ts';

/** Where content goes that was read: the object store, or nowhere when only its digest is asked for. */
export interface ContentSink {
  /** Returns the blob id. */
  blob(content: Buffer): string;
  /** The same for a file too large to hold; `size` is what fstat says. Throws ContentMoved when fewer bytes come; more are left. */
  large(file: number, size: number): Promise<string>;
  /** Not null when content has piled up: the reader waits before it goes on. */
  room(): Promise<void> | null;
}

/** Computes ids and keeps nothing. */
export const digestOnly: ContentSink = {
  blob: (content) => blobId(content),
  large: async (file, size) => {
    const sum = createHash('sha1').update(`blob ${String(size)}\0`);
    let seen = 0;
    for await (const chunk of createReadStream('', { fd: file, start: 0, end: size - 1, autoClose: false })) {
      assert(chunk instanceof Buffer, 'a stream without encoding yields buffers');
      sum.update(chunk);
      seen += chunk.length;
    }
    if (seen !== size) throw new ContentMoved(`${String(seen)} bytes where ${String(size)} were expected`);
    return sum.digest('hex');
  },
  room: () => null,
};

/** A file changed while it was read. */
export class ContentMoved extends Error {
  override readonly name = 'ContentMoved';
}

/** Above this a file is streamed instead of being held in memory. */
export const largeBytes = 32 * 1024 * 1024;

/** The git id of a blob with these bytes. */
export function blobId(content: Buffer): string {
  return hash('sha1', Buffer.concat([Buffer.from(`blob ${String(content.length)}\0`), content]));
}

export function stampOf(stat: BigIntStats): string {
  return `${String(stat.mtimeNs)}:${String(stat.ctimeNs)}:${String(stat.ino)}`;
}

/** What tells an untouched file, as lstat gives it without BigInts: ms since the epoch, exact to about 0.25 µs. */
export interface Marks {
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/**
 * Whether a stamp is of a file with these marks. That they are less exact lets no change through: a stamp counts only for what
 * was changed last long before it was made (scan.ts), and a change sets ctime to its own time.
 */
export function isStampOf(stamp: string, { mtimeMs, ctimeMs, ino }: Marks): boolean {
  const [mtimeNs, ctimeNs, inode] = stamp.split(':');
  if (mtimeNs === undefined || ctimeNs === undefined || inode === undefined) return false;
  return msOf(mtimeNs) === mtimeMs && msOf(ctimeNs) === ctimeMs && Number(inode) === ino;
}

/** As Node rounds it; of a time before 1970 another number, so that such a file is read again. */
function msOf(ns: string): number {
  return Number(ns.slice(0, -9)) * 1000 + Number(ns.slice(-9)) / 1e6;
}

const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export type Read = Pick<ManifestEntry, 'type' | 'mode' | 'size' | 'digest' | 'stamp'>;

/** lstat; null where there is nothing, also where a parent is not a folder. Throws what else lstat throws. */
export function lstatOf(path: string | Buffer): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/**
 * What lstat says of a path inside a tree: null where there is nothing, also where a parent is a link, for then the path
 * is somewhere else.
 */
export function lstatInside(root: string, path: string): BigIntStats | null {
  for (const folder of ancestorsOf(path)) {
    if (!lstatOf(onDisk(root, folder))?.isDirectory()) return null;
  }
  return lstatOf(onDisk(root, path));
}

/** Returns null when no link stands there. Throws EINVAL when it goes while it is read. */
export function readLink(root: string, path: string, sink: ContentSink): Read | null {
  const stat = lstatOf(onDisk(root, path));
  if (!stat?.isSymbolicLink()) return null;
  const target = readlinkSync(onDisk(root, path), { encoding: 'buffer' });
  return { type: 'symlink', mode: 0o777, size: target.length, digest: sink.blob(target), stamp: stampOf(stat) };
}

/**
 * Reads a regular file. Returns null when it is no longer one, or gone.
 * Throws the file system's error when it may not be read, ContentMoved when a large file keeps shrinking under the reader.
 */
export async function readFile(root: string, path: string, sink: ContentSink): Promise<Read | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      const read = await readOnce(root, path, sink);
      if (read?.stamp !== '' || attempt === 3) return read;
    } catch (error) {
      if (!(error instanceof ContentMoved) || attempt === 3) throw error;
    }
  }
}

/** As `readFile`, for a file that the caller knows to be small; does not yield to the event loop. */
export function readSmallFile(root: string, path: string, sink: ContentSink): Read | null {
  let read: Read | null = null;
  for (let attempt = 1; attempt <= 3; attempt++) {
    const file = openFile(root, path);
    if (file === null) return null;
    try {
      const before = fstatSync(file, { bigint: true });
      if (!before.isFile()) return null;
      const content = readFileSync(file);
      read = readOf(before, fstatSync(file, { bigint: true }), content.length, sink.blob(content));
    } finally {
      closeSync(file);
    }
    if (read.stamp !== '') return read;
  }
  return read;
}

/**
 * The bytes of a file that only informs Belay (rules, a repository's own files); null where no regular file stands there, a
 * link included, where it may not be read, and where it is larger than `mostBytes`. Throws for a failure of the machine.
 */
export function readSide(path: string | Buffer, mostBytes: number): Buffer | null {
  return orNull(() => {
    const file = openSync(path, readFlags);
    try {
      const stat = fstatSync(file);
      return stat.isFile() && stat.size <= mostBytes ? readFileSync(file) : null;
    } finally {
      closeSync(file);
    }
  });
}

const noAnswer = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG'];

/** What the file system answers; null where a path can't be asked for what it is or for want of permission. */
export function orNull<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    if (noAnswer.includes(codeOf(error) ?? '')) return null;
    throw error;
  }
}

async function readOnce(root: string, path: string, sink: ContentSink): Promise<Read | null> {
  const file = openFile(root, path);
  if (file === null) return null;
  try {
    const before = fstatSync(file, { bigint: true });
    if (!before.isFile()) return null;
    const size = Number(before.size);
    if (size > largeBytes) {
      const digest = await sink.large(file, size);
      return readOf(before, fstatSync(file, { bigint: true }), size, digest);
    }
    const content = readFileSync(file);
    return readOf(before, fstatSync(file, { bigint: true }), content.length, sink.blob(content));
  } finally {
    closeSync(file);
  }
}

function readOf(before: BigIntStats, after: BigIntStats, size: number, digest: string): Read {
  const still = stampOf(before) === stampOf(after) && Number(after.size) === size;
  return { type: 'file', mode: Number(after.mode) & 0o7777, size, digest, stamp: still ? stampOf(after) : '' };
}

function openFile(root: string, path: string): number | null {
  try {
    return openSync(onDisk(root, path), readFlags);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO') return null;
    throw error;
  }
}

/** The code of a file system's error, such as ENOENT; undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
