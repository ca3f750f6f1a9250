/**
 * Job: what a checkpoint holds beside its git tree: every path with type, mode, digest, and what is not covered.
 * Boundary: data and pure functions; `scan.ts` makes manifests, the caller keeps them in the blob store.
 * Rules: C2 modes and folders, which git does not store, stand here. C3 what is not covered is named with the reason.
 *   Two manifests are the same content when path, type, mode and digest agree; `stamp`, `size` and times are a cache.
 */
import { limits } from '../../run/limits.ts';
import type { Changeset, PathChange } from '../../run/entry.ts';
import type { NotCovered } from '../../protocol/messages.ts';
import { byPath, fitting, parentOf } from './paths.ts';

export type ManifestType = 'file' | 'symlink' | 'directory';

export interface ManifestEntry {
  /** As in paths.ts, relative to the workspace, without a trailing slash. */
  readonly path: string;
  readonly type: ManifestType;
  /** Permission bits, 0o7777; 0o777 for a symlink. */
  readonly mode: number;
  /** Bytes; of a symlink's target text; 0 for a folder. */
  readonly size: number;
  /** The git blob id (SHA-1, 40 hex digits) of the raw bytes, of a symlink's target; '' for a folder. */
  readonly digest: string;
  /** What lstat said when the content was read, to tell an untouched file; '' is never untouched. */
  readonly stamp: string;
  /** An ignore rule matches it; it is covered all the same, but no rollback deletes it (C5). */
  readonly ignored: boolean;
}

export interface Manifest {
  /** Time of the file system when the walk began, ns since the epoch, as decimal text. */
  readonly takenNs: string;
  /** True when every digest is in the store: false for a mere detection. */
  readonly stored: boolean;
  /** Folders that hold a `.git` ('' is the workspace), with the text of its `info/exclude`; such a folder is never removed. */
  readonly repositories: Readonly<Record<string, string | null>>;
  /** Sorted by path; all folders are in it, the root is not. */
  readonly entries: readonly ManifestEntry[];
  /** Sorted by path; a folder's path ends with `/`. */
  readonly notCovered: readonly NotCovered[];
}

export const emptyManifest: Manifest = { takenNs: '0', stored: true, repositories: {}, entries: [], notCovered: [] };

/** A manifest's text that can't be read; the message names the line. */
export class ManifestDamaged extends Error {
  override readonly name = 'ManifestDamaged';
}

export interface ManifestIndex {
  readonly byPath: ReadonlyMap<string, ManifestEntry>;
  /** Folders that hold a covered entry. */
  readonly parents: ReadonlySet<string>;
}

const indexes = new WeakMap<Manifest, ManifestIndex>();

export function indexOf(manifest: Manifest): ManifestIndex {
  const known = indexes.get(manifest);
  if (known) return known;
  const index = {
    byPath: new Map(manifest.entries.map((entry) => [entry.path, entry])),
    parents: new Set(manifest.entries.map((entry) => parentOf(entry.path))),
  };
  indexes.set(manifest, index);
  return index;
}

/** The file or symlink at a path; null where there is none, or a folder. */
export function leafAt(manifest: Manifest, path: string): ManifestEntry | null {
  const entry = indexOf(manifest).byPath.get(path);
  return entry && entry.type !== 'directory' ? entry : null;
}

/** The folder at a path; null where there is none. */
export function folderAt(manifest: Manifest, path: string): ManifestEntry | null {
  const entry = indexOf(manifest).byPath.get(path);
  return entry?.type === 'directory' ? entry : null;
}

/** True when a rollback has nothing to do between the two. */
export function sameEntry(a: ManifestEntry | null, b: ManifestEntry | null): boolean {
  if (a === null || b === null) return a === b;
  return a.type === b.type && a.digest === b.digest && a.mode === b.mode;
}

/** A name for what a file is: type, mode and bytes. The same name is the same file. null: there is none. */
export function versionOf(entry: ManifestEntry | null): string | null {
  return entry && `${entry.type} ${entry.mode.toString(8)} ${entry.digest}`;
}

/** The manifest with some of its files as they are elsewhere; null: not there. */
export function overlaid(manifest: Manifest, files: ReadonlyMap<string, ManifestEntry | null>): Manifest {
  if (files.size === 0) return manifest;
  const kept = manifest.entries.filter(({ path, type }) => type === 'directory' || !files.has(path));
  const over = [...files.values()].filter((entry) => entry !== null);
  return { ...manifest, entries: [...kept, ...over].sort(byPath) };
}

/** The key of an entry in changes, plans and histories: a folder's ends with `/`. */
export function keyOf(entry: ManifestEntry): string {
  return entry.type === 'directory' ? `${entry.path}/` : entry.path;
}

/**
 * Everything that differs, complete, sorted by path: files, symlinks and all folders (path with a trailing `/`).
 * A file that became a folder is a deletion and an addition.
 */
export function changesBetween(from: Manifest, to: Manifest): PathChange[] {
  const changes: PathChange[] = [];
  const before = indexOf(from).byPath;
  const after = indexOf(to).byPath;
  for (const entry of to.entries) {
    const old = before.get(entry.path);
    const sameKind = old !== undefined && (old.type === 'directory') === (entry.type === 'directory');
    if (!sameKind) changes.push({ path: keyOf(entry), change: 'added' });
    else if (old.digest !== entry.digest || old.type !== entry.type)
      changes.push({ path: entry.path, change: 'modified' });
    else if (old.mode !== entry.mode) changes.push({ path: keyOf(entry), change: 'mode' });
  }
  for (const entry of from.entries) {
    const next = after.get(entry.path);
    const gone = next === undefined || (next.type === 'directory') !== (entry.type === 'directory');
    if (gone) changes.push({ path: keyOf(entry), change: 'deleted' });
  }
  return changes.sort(byPath);
}

/** What a person is shown: as `changesBetween`, but a folder only where it is empty or its mode changed. */
export function changesetOf(from: Manifest, to: Manifest, changes: readonly PathChange[]): Changeset {
  const shown = changes.filter(({ path, change }) => {
    if (!path.endsWith('/') || change === 'mode') return true;
    const manifest = change === 'deleted' ? from : to;
    return !indexOf(manifest).parents.has(path.slice(0, -1));
  });
  const count = (kinds: readonly PathChange['change'][]) => shown.filter((item) => kinds.includes(item.change)).length;
  return {
    added: count(['added']),
    modified: count(['modified', 'mode']),
    deleted: count(['deleted']),
    paths: fitting(shown, limits.pathsInChangeset, ({ path }) => path),
  };
}

const typeLetters: Readonly<Record<ManifestType, string>> = { file: 'f', symlink: 'l', directory: 'd' };
const typesByLetter: Readonly<Record<string, ManifestType | undefined>> = { f: 'file', l: 'symlink', d: 'directory' };

/**
 * One line of JSON each: a header, then entries as [type letter, path, mode, size, digest, stamp, 1 if ignored], then
 * what is not covered as ["n", path, reason, bytes]. ASCII for any name.
 */
export function serializeManifest(manifest: Manifest): string {
  const lines = [
    JSON.stringify({
      belayManifest: 1,
      takenNs: manifest.takenNs,
      stored: manifest.stored,
      entries: manifest.entries.length,
      notCovered: manifest.notCovered.length,
      repositories: manifest.repositories,
    }),
  ];
  for (const { path, type, mode, size, digest, stamp, ignored } of manifest.entries) {
    if (type === 'directory') lines.push(JSON.stringify(['d', path, mode]));
    else lines.push(JSON.stringify([typeLetters[type], path, mode, size, digest, stamp, ...(ignored ? [1] : [])]));
  }
  for (const { path, reason, bytes } of manifest.notCovered) lines.push(JSON.stringify(['n', path, reason, bytes]));
  return `${lines.join('\n')}\n`;
}

/** The inverse of `serializeManifest`. Throws ManifestDamaged. */
export function parseManifest(text: string): Manifest {
  const lines = text.split('\n');
  const header = parseHeader(lines[0] ?? '');
  const entries: ManifestEntry[] = [];
  const notCovered: NotCovered[] = [];
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at];
    if (line === undefined || line === '') continue;
    const row = parseLine(line, at + 1);
    if (!Array.isArray(row)) throw new ManifestDamaged(`manifest, line ${String(at + 1)}: not a list`);
    if (row[0] === 'n') notCovered.push(notCoveredOf(row, at + 1));
    else entries.push(entryOf(row, at + 1));
  }
  if (entries.length !== header.entries || notCovered.length !== header.notCovered) {
    throw new ManifestDamaged(
      `manifest: ${String(entries.length)} entries where the header says ${String(header.entries)}: it is cut`,
    );
  }
  return { takenNs: header.takenNs, stored: header.stored, repositories: header.repositories, entries, notCovered };
}

interface Header {
  readonly takenNs: string;
  readonly stored: boolean;
  readonly entries: number;
  readonly notCovered: number;
  readonly repositories: Record<string, string | null>;
}

function parseHeader(line: string): Header {
  const value = parseLine(line, 1);
  const header = value as Partial<Header & { belayManifest: number }> | null;
  if (header?.belayManifest !== 1) throw new ManifestDamaged('manifest, line 1: not a manifest of version 1');
  const { takenNs, stored, entries, notCovered, repositories } = header;
  if (
    typeof takenNs !== 'string' ||
    !/^\d+$/.test(takenNs) ||
    typeof stored !== 'boolean' ||
    repositories === undefined
  ) {
    throw new ManifestDamaged('manifest, line 1: the header is not complete');
  }
  return { takenNs, stored, entries: entries ?? -1, notCovered: notCovered ?? -1, repositories };
}

function entryOf(row: readonly unknown[], line: number): ManifestEntry {
  const [letter, path, mode, size = 0, digest = '', stamp = '', ignored = 0] = row;
  const type = typeof letter === 'string' ? typesByLetter[letter] : undefined;
  const whole =
    type !== undefined &&
    typeof path === 'string' &&
    path !== '' &&
    typeof mode === 'number' &&
    typeof size === 'number' &&
    typeof digest === 'string' &&
    typeof stamp === 'string' &&
    (type === 'directory' || /^[0-9a-f]{40}$/.test(digest));
  if (!whole) throw new ManifestDamaged(`manifest, line ${String(line)}: not an entry`);
  return { path, type, mode, size, digest, stamp, ignored: ignored === 1 };
}

function notCoveredOf(row: readonly unknown[], line: number): NotCovered {
  const [, path, reason, bytes] = row;
  if (typeof path !== 'string' || typeof reason !== 'string' || (bytes !== null && typeof bytes !== 'number')) {
    throw new ManifestDamaged(`manifest, line ${String(line)}: not a path that is not covered`);
  }
  return { path, reason, bytes };
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new ManifestDamaged(`manifest, line ${String(number)}: not JSON`, { cause: error });
  }
}
