/**
 * Job: what a folder holds, as names and what lstat says of each, in few objects: a thread hands them over quickly, and two
 *   listings are compared quickly.
 * Boundary: reads names and lstat, never content, never through a link. What is covered is scan.ts's to say.
 * Rules: C2 names as in paths.ts. A listing says which folder it is of: another may have its name by now.
 */
import { constants, lstatSync, readdirSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { codeOf, type Marks } from './content.ts';
import { joined, onDisk, pathText } from './paths.ts';

/** A name in a folder, and what lstat says of it. */
export interface Listed extends Marks {
  /** As in paths.ts. */
  readonly name: string;
  /** `unreadable`: it is there and may not be asked for. */
  readonly type: 'file' | 'directory' | 'symlink' | 'socket' | 'pipe' | 'device' | 'unreadable';
  /** Permission bits, 0o7777. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Of an `unreadable` one the error's code; else ''. */
  readonly error: string;
}

export interface Listing {
  /** In order, with a slash between: none holds one. */
  readonly names: string;
  /** For each name as many numbers as `numbersEach`: st_mode, or the number of an error; size, mtimeMs, ctimeMs, inode. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** A listing, and what lstat said of the folder itself before. */
export interface OwnListing {
  readonly own: Marks;
  readonly listing: Listing;
}

/** Listings of several folders as a thread hands them over. */
export interface PackedListings {
  /** Of each folder its names as in a listing; null where it can't be listed. */
  readonly names: readonly (string | null)[];
  /** Of each folder that could be listed its own numbers, with the count of its names for a size, then those of its listing. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

const numbersEach = 5;

/** What a folder holds, by name. Throws where it can't be listed. */
export function listFolder(root: string, folder: string): Listing {
  return lookAt(root, folder, namesIn(onDisk(root, folder)));
}

/** What these names in a folder are; without those that are not there. */
export function lookAt(root: string, folder: string, names: readonly string[]): Listing {
  const base = onDisk(root, folder);
  const numbers = new Float64Array(names.length * numbersEach);
  const found: string[] = [];
  for (const name of names) {
    const isText = typeof base === 'string' && name.isWellFormed();
    const path = isText ? `${base}/${name}` : onDisk(root, joined(folder, name));
    if (putNumbers(path, numbers, found.length * numbersEach)) found.push(name);
  }
  return { names: found.join('/'), numbers: numbers.subarray(0, found.length * numbersEach) };
}

/** The names in a folder as text, sorted; bytes are asked for only where the quick answer may have lost some. */
export function namesIn(folder: string | Buffer): string[] {
  let names = readdirSync(folder);
  if (names.some((name) => name.includes('\uFFFD'))) names = readdirSync(folder, { encoding: 'buffer' }).map(pathText);
  return names.sort();
}

export function namesOf({ names }: Pick<Listing, 'names'>): string[] {
  return names === '' ? [] : names.split('/');
}

export function* listedIn(listing: Listing): Generator<Listed> {
  const { numbers } = listing;
  let at = 0;
  for (const name of namesOf(listing)) {
    const mode = numbers[at] ?? 0;
    const error = mode < 0 ? getSystemErrorName(mode) : '';
    yield { name, type: typeOf(mode), mode: mode & 0o7777, size: numbers[at + 1] ?? 0, ...marksAt(numbers, at), error };
    at += numbersEach;
  }
}

/** Whether two listings say the same, times and inodes included. */
export function sameListing(a: Listing, b: Listing): boolean {
  if (a.names !== b.names || a.numbers.length !== b.numbers.length) return false;
  for (let at = 0; at < a.numbers.length; at++) if (a.numbers[at] !== b.numbers[at]) return false;
  return true;
}

/** The later one of both times of change of what was changed last, folders aside, ms since the epoch; 0 where there is nothing. */
export function newestMsIn({ numbers }: Listing): number {
  let newestMs = 0;
  for (let at = 0; at < numbers.length; at += numbersEach) {
    if (typeOf(numbers[at] ?? 0) === 'directory') continue;
    newestMs = Math.max(newestMs, numbers[at + 2] ?? 0, numbers[at + 3] ?? 0);
  }
  return newestMs;
}

/** Whoever needs a folder that could not be listed looks again, and gets the error. */
export function pack(root: string, folders: readonly string[]): PackedListings {
  const listings = folders.map((folder) => numbersWithOwn(root, folder));
  const numbers = new Float64Array(listings.reduce((sum, one) => sum + (one?.numbers.length ?? 0), 0));
  let at = 0;
  for (const one of listings) {
    numbers.set(one?.numbers ?? [], at);
    at += one?.numbers.length ?? 0;
  }
  return { names: listings.map((one) => one?.names ?? null), numbers };
}

/** In the order in which they were packed; null where a folder could not be listed. */
export function unpack({ names, numbers }: PackedListings): (OwnListing | null)[] {
  let at = 0;
  return names.map((inFolder) => {
    if (inFolder === null) return null;
    const own = marksAt(numbers, at);
    const start = at + numbersEach;
    at = start + (numbers[at + 1] ?? 0) * numbersEach;
    return { own, listing: { names: inFolder, numbers: numbers.subarray(start, at) } };
  });
}

function marksAt(numbers: Float64Array, at: number): Marks {
  return { mtimeMs: numbers[at + 2] ?? 0, ctimeMs: numbers[at + 3] ?? 0, ino: numbers[at + 4] ?? 0 };
}

function numbersWithOwn(root: string, folder: string): Listing | null {
  try {
    const own = new Float64Array(numbersEach);
    if (!putNumbers(onDisk(root, folder), own, 0) || typeOf(own[0] ?? 0) !== 'directory') return null;
    const { names, numbers } = listFolder(root, folder);
    const all = new Float64Array(numbersEach + numbers.length);
    own[1] = numbers.length / numbersEach;
    all.set(own);
    all.set(numbers, numbersEach);
    return { names, numbers: all };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return null;
  }
}

const orUndefined = { throwIfNoEntry: false } as const;

/** lstat in numbers, for BigInts cost more than the call itself. @returns false where nothing stands */
function putNumbers(path: string | Buffer, into: Float64Array, at: number): boolean {
  try {
    const stat = lstatSync(path, orUndefined);
    if (stat === undefined) return false;
    into[at] = stat.mode;
    into[at + 1] = stat.size;
    into[at + 2] = stat.mtimeMs;
    into[at + 3] = stat.ctimeMs;
    into[at + 4] = stat.ino;
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return false;
    if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number')) throw error;
    into.fill(0, at, at + numbersEach);
    into[at] = error.errno;
  }
  return true;
}

function typeOf(mode: number): Listed['type'] {
  if (mode < 0) return 'unreadable';
  const kind = mode & constants.S_IFMT;
  if (kind === constants.S_IFREG) return 'file';
  if (kind === constants.S_IFDIR) return 'directory';
  if (kind === constants.S_IFLNK) return 'symlink';
  if (kind === constants.S_IFSOCK) return 'socket';
  return kind === constants.S_IFIFO ? 'pipe' : 'device';
}
