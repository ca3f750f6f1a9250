/**
 * Job: the few file operations that durability rests on, as an interface, so that a simulation can cut the power between any
 * two of them.
 * Boundary: no knowledge of entries or blobs.
 * Rules: J2 `sync` resolves only when the bytes are on the medium. J8 a full disk is told apart from other failures.
 */
import {
  closeSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * What waits for the medium is asynchronous. The rest is over in microseconds, and handing it to another thread and back costs
 * more CPU than doing it.
 */
const whenSynced = { data: promisify(fdatasync), all: promisify(fsync) };

export interface DiskFile {
  /** Appends all bytes, or throws; then an unknown part of them stands at the end of the file. */
  append(bytes: Uint8Array): Promise<void>;
  /** fdatasync. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  exists(path: string): Promise<boolean>;
  read(file: string): Promise<Buffer>;
  /** The bytes from `from` on, at most `length` of them; fewer where the file ends before. */
  readPart(file: string, from: number, length: number): Promise<Buffer>;
  /** Bytes; null: there is no such file. */
  size(file: string): Promise<number | null>;
  /** Creates a folder (0700) and its parents. */
  makeFolder(folder: string): Promise<void>;
  /** Opens for appending; creates the file (0600) when it is absent. */
  openToAppend(file: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** Makes names that were created, renamed or removed in a folder durable. */
  syncFolder(folder: string): Promise<void>;
}

/** The disk has no room (or the quota is used up). Nothing that was acknowledged is lost (J8). */
export class DiskFull extends Error {
  override readonly name = 'DiskFull';
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`The disk is full: ${path} could not be written. Free some space, then resume the run.`, { cause });
    this.path = path;
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function isDiskFull(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

class RealFile implements DiskFile {
  private readonly descriptor: number;
  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  async append(bytes: Uint8Array): Promise<void> {
    let from = 0;
    while (from < bytes.length) from += writeSync(this.descriptor, bytes, from, bytes.length - from, null);
    return Promise.resolve();
  }

  sync(): Promise<void> {
    return whenSynced.data(this.descriptor);
  }

  async truncate(bytes: number): Promise<void> {
    ftruncateSync(this.descriptor, bytes);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    closeSync(this.descriptor);
    return Promise.resolve();
  }
}

export const realDisk: Disk = {
  async list(folder) {
    try {
      return (await readdir(folder)).sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
  async exists(path) {
    return Promise.resolve(statSync(path, { throwIfNoEntry: false }) !== undefined);
  },
  read: (file) => readFile(file),
  async readPart(file, from, length) {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, fstatSync(descriptor).size - from)));
      let read = 0;
      while (read < bytes.length) {
        const more = readSync(descriptor, bytes, read, bytes.length - read, from + read);
        if (more === 0) break;
        read += more;
      }
      return await Promise.resolve(bytes.subarray(0, read));
    } finally {
      closeSync(descriptor);
    }
  },
  size: (file) => Promise.resolve(statSync(file, { throwIfNoEntry: false })?.size ?? null),
  async makeFolder(folder) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return Promise.resolve();
  },
  async openToAppend(file) {
    return Promise.resolve(new RealFile(openSync(file, 'a', 0o600)));
  },
  async rename(from, to) {
    renameSync(from, to);
    return Promise.resolve();
  },
  async remove(file) {
    rmSync(file, { force: true });
    return Promise.resolve();
  },
  async syncFolder(folder) {
    if (process.platform === 'win32') return; // folders can't be opened there; NTFS journals names itself
    const descriptor = openSync(folder, 'r');
    try {
      await whenSynced.all(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
};
