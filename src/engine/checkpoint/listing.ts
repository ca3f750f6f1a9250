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

/** What lstat says of a path. */
export interface PathStat {
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

/** A folder's names in order, and what each is; without those that went away meanwhile. */
export interface Listing {
  readonly names: readonly string[];
  readonly stats: readonly PathStat[];
}

/** Listings as a thread hands them over: texts and numbers in a row, for a message of few objects is a quick one. */
export interface PackedListings {
  /** Of each folder: its own stamp, '' where it can't be listed, and how many names are its. */
  readonly folders: readonly { readonly stamp: string; readonly count: number }[];
  /** All names, and all stamps, with a slash after each: neither holds one. */
  readonly names: string;
  readonly stamps: string;
  /** Four for each name: type as its place in `types`, mode, size, changedMs. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** Throws where the folder can't be listed. */
export function listFolder(root: string, folder: string): Listing {
  return statsOf(root, folder, namesIn(onDisk(root, folder)));
}

/** What these names in a folder are. */
export function statsOf(root: string, folder: string, names: readonly string[]): Listing {
  const there: string[] = [];
  const stats: PathStat[] = [];
  for (const name of names) {
    const stat = statOf(onDisk(root, joined(folder, name)));
    if (stat === null) continue;
    there.push(name);
    stats.push(stat);
  }
  return { names: there, stats };
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
    const listed = listedAt(root, folder);
    heads.push({ stamp: listed?.stamp ?? '', count: listed?.listing.names.length ?? 0 });
    for (const name of listed?.listing.names ?? []) names.push(name);
    for (const { type, mode, size, changedMs, stamp } of listed?.listing.stats ?? []) {
      stamps.push(stamp);
      numbers.push(types.indexOf(type), mode, size, changedMs);
    }
  }
  return {
    folders: heads,
    names: `${names.join('/')}/`,
    stamps: `${stamps.join('/')}/`,
    numbers: Float64Array.from(numbers),
  };
}

/** @returns of each folder its own stamp when it was listed, '' where it could not be, and its listing */
export function unpack({ folders, names, stamps, numbers }: PackedListings): { stamp: string; listing: Listing }[] {
  const allNames = names.split('/');
  const allStamps = stamps.split('/');
  let at = 0;
  return folders.map(({ stamp, count }) => {
    const listing = { names: allNames.slice(at, at + count), stats: new Array<PathStat>(count) };
    for (let i = 0; i < count; i++, at++) {
      const type = types[numbers[4 * at] ?? -1];
      assert(type !== undefined, 'a type is one of the known');
      listing.stats[i] = {
        type,
        mode: numbers[4 * at + 1] ?? 0,
        size: numbers[4 * at + 2] ?? 0,
        changedMs: numbers[4 * at + 3] ?? 0,
        stamp: allStamps[at] ?? '',
      };
    }
    return { stamp, listing };
  });
}

/** null where there is no folder now, or one that lets nobody look: who asks looks again, and says why. */
function listedAt(root: string, folder: string): { readonly stamp: string; readonly listing: Listing } | null {
  try {
    const stat = statOf(onDisk(root, folder));
    return stat?.type === 'directory' ? { stamp: stat.stamp, listing: listFolder(root, folder) } : null;
  } catch {
    return null; // who asks looks again, and gets the error
  }
}

function statOf(path: string | Buffer): PathStat | null {
  try {
    const stat = lstatOf(path);
    return stat && pathStat(stat);
  } catch (error) {
    return { type: 'unreadable', mode: 0, size: 0, changedMs: 0, stamp: codeOf(error) ?? String(error) };
  }
}

function pathStat(stat: BigIntStats): PathStat {
  const changedNs = stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs;
  return {
    type: typeOf(stat),
    mode: Number(stat.mode) & 0o7777,
    size: Number(stat.size),
    changedMs: Number(changedNs) / 1e6,
    stamp: stampOf(stat),
  };
}

function typeOf(stat: BigIntStats): PathStat['type'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isSocket()) return 'socket';
  return stat.isFIFO() ? 'pipe' : 'device';
}
