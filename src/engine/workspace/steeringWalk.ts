/**
 * Job: find every name in the workspace that steers the supervisor's editor or git, as quickly as before and after each command.
 * Boundary: looks at names only; whose they are is steering.ts's to say. Paths are text as in checkpoint/paths.ts.
 * Rules: H2 a folder is read again unless the times that only the kernel sets say that it holds the names that it held. What could
 *   not be looked into is told, and never taken for empty. B3 a look ends after so many names, the deepest ones last.
 */
import { readdirSync, readlinkSync, type Dirent } from 'node:fs';
import { lstatOf, stampOf } from '../checkpoint/content.ts';
import { joined, onDisk, pathText } from '../checkpoint/paths.ts';
import { steeringNames } from './paths.ts';

/** `folder`, `file`, or `link TARGET`: a link that leads elsewhere is another one. */
export type Kind = string;

export interface Look {
  /** By path relative to the workspace. Nothing is looked for inside of these. */
  readonly found: ReadonlyMap<string, Kind>;
  /** Folders that could not be read. */
  readonly closed: ReadonlySet<string>;
  /** All that were looked at. */
  readonly names: number;
  /** There are more names than were asked for. */
  readonly isCut: boolean;
}

/** What a folder held when it was read. */
interface Listing {
  /** null: it was changed so shortly before that it may change again and keep its times. */
  readonly stamp: string | null;
  readonly folders: readonly string[];
  readonly steering: readonly (readonly [name: string, kind: Kind])[];
  readonly names: number;
}

/** File systems round times by up to two seconds (FAT). */
const racyMs = 2_000;
/** So long the engine may be busy with it at a stretch. */
const sliceMs = 12;
/** In here the editor takes no settings from a folder, and packages bring many; a repository is one wherever it stands. */
const packagesFolder = 'node_modules';

export class SteeringWalk {
  private readonly root: string;
  private listings = new Map<string, Listing>();

  /** @param root real path of the workspace */
  constructor(root: string) {
    this.root = root;
  }

  /** Links are not entered. @param most names to be looked at */
  async look(most: number): Promise<Look> {
    const found = new Map<string, Kind>();
    const closed = new Set<string>();
    const listings = new Map<string, Listing>();
    const waiting = [''];
    let names = 0;
    let at = 0;
    let sliceEnds = performance.now() + sliceMs;
    for (; at < waiting.length && names <= most; at++) {
      if (performance.now() > sliceEnds) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnds = performance.now() + sliceMs;
      }
      const folder = waiting[at] ?? '';
      const listing = this.list(folder, closed);
      if (listing === null) continue;
      listings.set(folder, listing);
      names += listing.names;
      for (const [name, kind] of listing.steering) found.set(joined(folder, name), kind);
      for (const name of listing.folders) waiting.push(joined(folder, name));
    }
    this.listings = listings;
    return { found, closed, names, isCut: at < waiting.length };
  }

  /** null where there is no such folder, or it can't be read, which `closed` then tells. */
  private list(folder: string, closed: Set<string>): Listing | null {
    const path = onDisk(this.root, folder);
    try {
      const stat = lstatOf(path);
      if (stat?.isDirectory() !== true) return null; // it has gone since its parent was read
      const stamp = stampOf(stat);
      const known = this.listings.get(folder);
      if (known?.stamp === stamp) return known;
      const changedMs = Math.max(Number(stat.ctimeMs), Number(stat.mtimeMs));
      return { ...read(path, folder), stamp: changedMs < Date.now() - racyMs ? stamp : null };
    } catch {
      closed.add(folder);
      return null;
    }
  }
}

function read(path: string | Buffer, folder: string): Omit<Listing, 'stamp'> {
  const entries = entriesOf(path);
  const inPackages = `/${folder}/`.includes(`/${packagesFolder}/`);
  const steering: [string, Kind][] = [];
  const folders: string[] = [];
  for (const { name, is } of entries) {
    if (!steeringNames.has(name.toLowerCase())) {
      if (is.isDirectory()) folders.push(name);
    } else if (!inPackages || name.toLowerCase() === '.git') steering.push([name, kindOf(path, name, is)]);
  }
  return { folders, steering, names: entries.length };
}

/** Bytes are asked for only where the quick answer may have lost some. */
function entriesOf(path: string | Buffer): { readonly name: string; readonly is: Dirent | Dirent<Buffer> }[] {
  const entries = readdirSync(path, { withFileTypes: true });
  if (!entries.some(({ name }) => name.includes('\uFFFD'))) return entries.map((is) => ({ name: is.name, is }));
  const raw = readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
  return raw.map((is) => ({ name: pathText(is.name), is }));
}

function kindOf(folder: string | Buffer, name: string, is: Dirent | Dirent<Buffer>): Kind {
  if (!is.isSymbolicLink()) return is.isDirectory() ? 'folder' : 'file';
  // names that steer are plain text
  const path = Buffer.concat([Buffer.from(folder), Buffer.from(`/${name}`)]);
  return `link ${pathText(readlinkSync(path, { encoding: 'buffer' }))}`;
}
