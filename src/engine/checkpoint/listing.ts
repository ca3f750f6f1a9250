/**
 * Job: what a folder holds, as names and what lstat says of each; and the form in which a thread hands that over.
 * Boundary: reads names and lstat, never content, never through a link. What is covered is scan.ts's to say.
 * Rules: C2 names as in paths.ts. A listing says which folder it is of: another may have its name by now.
 */
import { readdirSync, type BigIntStats } from 'node:fs';
import { assert } from '../../base/assert.ts';
import { codeOf, lstatOf, stampOf } from './content.ts';
import { joined, onDisk, pathText } from './paths.ts';

const types = ['file', 'directory', 'symlink', 'socket', 'pipe', 'device', 'unreadable'] as const;

/** A name in a folder, and what lstat says of it. */
export interface Listed {
  /** As in paths.ts. */
  readonly name: string;
  /** `unreadable`: it is there and may not be asked for. */
  readonly type: (typeof types)[number];
  /** Permission bits, 0o7777. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** The later one of both times of change, ms since the epoch, fractions included. */
  readonly changedMs: number;
  /** As a manifest entry's; of an `unreadable` one the error's code. */
  readonly stamp: string;
}

/** Listings as a thread hands them over: texts and numbers in a row, for a message of few objects is a quick one. */
export interface PackedListings {
  /** Of each folder: its own stamp, '' where it can't be listed, and how many names are its. */
  readonly folders: readonly { readonly stamp: string; readonly count: number }[];
  /** All names, and all stamps, with a slash between: none holds one. */
  readonly names: string;
  readonly stamps: string;
  /** Four for each name: type as its place in `types`, mode, size, changedMs. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** What a folder holds, by name. Throws where it can't be listed. */
export function listFolder(root: string, folder: string): Listed[] {
  return lookAt(root, folder, namesIn(onDisk(root, folder)));
}

/** What these names in a folder are; without those that are not there. */
export function lookAt(root: string, folder: string, names: readonly string[]): Listed[] {
  const found: Listed[] = [];
  for (const name of names) {
    const listed = statOf(name, onDisk(root, joined(folder, name)));
    if (listed !== null) found.push(listed);
  }
  return found;
}

/** The names in a folder as text, sorted; bytes are asked for only where the quick answer may have lost some. */
export function namesIn(folder: string | Buffer): string[] {
  let names = readdirSync(folder);
  if (names.some((name) => name.includes('\uFFFD'))) names = readdirSync(folder, { encoding: 'buffer' }).map(pathText);
  return names.sort();
}

export function pack(root: string, folders: readonly string[]): PackedListings {
  const heads: { stamp: string; count: number }[] = [];
  const names: string[] = [];
  const stamps: string[] = [];
  const numbers: number[] = [];
  for (const folder of folders) {
    const { stamp, listing } = listedAt(root, folder);
    heads.push({ stamp, count: listing.length });
    for (const listed of listing) {
      names.push(listed.name);
      stamps.push(listed.stamp);
      numbers.push(types.indexOf(listed.type), listed.mode, listed.size, listed.changedMs);
    }
  }
  return { folders: heads, names: names.join('/'), stamps: stamps.join('/'), numbers: Float64Array.from(numbers) };
}

/** The listing of a folder, and the folder's own stamp when it was listed; '' where it could not be. */
export interface Listing {
  readonly stamp: string;
  readonly listing: readonly Listed[];
}

/** In the order in which they were packed. */
export function unpack({ folders, names, stamps, numbers }: PackedListings): Listing[] {
  const allNames = names.split('/');
  const allStamps = stamps.split('/');
  let at = 0;
  return folders.map(({ stamp, count }) => {
    const listing: Listed[] = [];
    for (const end = at + count; at < end; at++) {
      const type = types[numbers[4 * at] ?? -1];
      assert(type !== undefined, 'a type is one of the known');
      const [mode = 0, size = 0, changedMs = 0] = [numbers[4 * at + 1], numbers[4 * at + 2], numbers[4 * at + 3]];
      listing.push({ name: allNames[at] ?? '', type, mode, size, changedMs, stamp: allStamps[at] ?? '' });
    }
    return { stamp, listing };
  });
}

/** Whoever needs a folder that could not be listed looks again, and gets the error. */
function listedAt(root: string, folder: string): Listing {
  try {
    const found = statOf('', onDisk(root, folder));
    if (found?.type === 'directory') return { stamp: found.stamp, listing: listFolder(root, folder) };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
  return { stamp: '', listing: [] };
}

/** null where nothing stands. */
function statOf(name: string, path: string | Buffer): Listed | null {
  try {
    const stat = lstatOf(path);
    return stat && listed(name, stat);
  } catch (error) {
    return { name, type: 'unreadable', mode: 0, size: 0, changedMs: 0, stamp: codeOf(error) ?? String(error) };
  }
}

function listed(name: string, stat: BigIntStats): Listed {
  const changedNs = stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs;
  return {
    name,
    type: typeOf(stat),
    mode: Number(stat.mode) & 0o7777,
    size: Number(stat.size),
    changedMs: Number(changedNs) / 1e6,
    stamp: stampOf(stat),
  };
}

function typeOf(stat: BigIntStats): Listed['type'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isSocket()) return 'socket';
  return stat.isFIFO() ? 'pipe' : 'device';
}
