/**
 * Job: what a checkpoint holds beside its git tree: every path with type, mode, digest, and what is not covered.
 * Boundary: data and pure functions; scan.ts makes manifests, pages.ts keeps them. Two manifests that follow each other share
 *   the entries that did not change as the same objects, so that comparing them is cheap.
 * Rules: C2 modes and folders, which git does not store, stand here. C3 what is not covered is named with the reason.
 *   Two manifests are the same content when path, type, mode and digest agree; `stamp`, `size` and times are a cache.
 */
import { limits } from '../../run/limits.ts';
import type { Changeset, PathChange } from '../../run/entry.ts';
import type { NotCovered } from '../../protocol/messages.ts';
import { ancestorsOf, byPath, fitting } from './paths.ts';

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

/** A manifest that can't be read; the message says where. */
export class ManifestDamaged extends Error {
  override readonly name = 'ManifestDamaged';
}

/** Where a path stands in the entries, or would stand. */
export function placeOf({ entries }: Pick<Manifest, 'entries'>, path: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.path ?? '') < path) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What stands at a path; null where nothing does. */
export function entryAt(manifest: Manifest, path: string): ManifestEntry | null {
  const entry = manifest.entries[placeOf(manifest, path)];
  return entry?.path === path ? entry : null;
}

/** The file or symlink at a path; null where there is none, or a folder. */
export function leafAt(manifest: Manifest, path: string): ManifestEntry | null {
  const entry = entryAt(manifest, path);
  return entry && entry.type !== 'directory' ? entry : null;
}

/** The folder at a path; null where there is none. */
export function folderAt(manifest: Manifest, path: string): ManifestEntry | null {
  const entry = entryAt(manifest, path);
  return entry?.type === 'directory' ? entry : null;
}

/** Whether something covered stands in a folder, at any depth. */
export function holdsEntries(manifest: Manifest, folder: string): boolean {
  return manifest.entries[placeOf(manifest, `${folder}/`)]?.path.startsWith(`${folder}/`) === true;
}

/** What stands in a folder ('' is the root) at any depth, in order. */
export function entriesIn(manifest: Manifest, folder: string): readonly ManifestEntry[] {
  if (folder === '') return manifest.entries;
  return manifest.entries.slice(placeOf(manifest, `${folder}/`), placeOf(manifest, `${folder}${afterSlash}`));
}

/** What stands directly in a folder ('' is the root), in order. */
export function* childrenOf(manifest: Manifest, folder: string): Generator<ManifestEntry> {
  const start = folder === '' ? '' : `${folder}/`;
  const { entries } = manifest;
  for (let at = placeOf(manifest, start); ;) {
    const entry = entries[at];
    if (entry?.path.startsWith(start) !== true) return;
    const slash = entry.path.indexOf('/', start.length);
    if (slash < 0) {
      yield entry;
      at += 1;
    } else at = placeOf(manifest, `${entry.path.slice(0, slash)}${afterSlash}`); // past all that is in this subfolder
  }
}

/** The code unit after `/`: a folder's name with it stands behind everything in the folder. */
const afterSlash = '0';

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

/** The manifest with these files and the folders above them only. */
export function onlyFiles(manifest: Manifest, paths: ReadonlySet<string>): Manifest {
  const folders = new Set([...paths].flatMap(ancestorsOf));
  const entries = manifest.entries.filter(({ path, type }) => (type === 'directory' ? folders : paths).has(path));
  return { ...manifest, entries };
}

/** The key of an entry in changes, plans and histories: a folder's ends with `/`. */
export function keyOf(entry: ManifestEntry): string {
  return entry.type === 'directory' ? `${entry.path}/` : entry.path;
}

/** Calls back wherever two sorted lists don't hold the same object: what is shared costs one comparison. */
export function eachDifference(
  from: Manifest,
  to: Manifest,
  visit: (before: ManifestEntry | null, after: ManifestEntry | null) => void,
): void {
  let [left, right] = [0, 0];
  for (;;) {
    const before = from.entries[left];
    const after = to.entries[right];
    if (before === undefined && after === undefined) return;
    if (before !== after) {
      const [past, next] = [before?.path ?? null, after?.path ?? null];
      const isGone = next === null || (past !== null && past < next);
      const isNew = past === null || (next !== null && next < past);
      visit(isNew ? null : (before ?? null), isGone ? null : (after ?? null));
      if (isGone) right -= 1;
      else if (isNew) left -= 1;
    }
    left += 1;
    right += 1;
  }
}

/**
 * Everything that differs, complete, sorted by path: files, symlinks and all folders (path with a trailing `/`).
 * A file that became a folder is a deletion and an addition.
 */
export function changesBetween(from: Manifest, to: Manifest): PathChange[] {
  const changes: PathChange[] = [];
  eachDifference(from, to, (before, after) => {
    const sameKind =
      before !== null && after !== null && (before.type === 'directory') === (after.type === 'directory');
    if (!sameKind) {
      if (before !== null) changes.push({ path: keyOf(before), change: 'deleted' });
      if (after !== null) changes.push({ path: keyOf(after), change: 'added' });
    } else if (before.digest !== after.digest || before.type !== after.type)
      changes.push({ path: after.path, change: 'modified' });
    else if (before.mode !== after.mode) changes.push({ path: keyOf(after), change: 'mode' });
  });
  return changes.sort(byPath);
}

/** What a person is shown: as `changesBetween`, but a folder only where it is empty or its mode changed. */
export function changesetOf(from: Manifest, to: Manifest, changes: readonly PathChange[]): Changeset {
  const shown = changes.filter(({ path, change }) => {
    if (!path.endsWith('/') || change === 'mode') return true;
    const manifest = change === 'deleted' ? from : to;
    return !holdsEntries(manifest, path.slice(0, -1));
  });
  const count = (kinds: readonly PathChange['change'][]) => shown.filter((item) => kinds.includes(item.change)).length;
  return {
    added: count(['added']),
    modified: count(['modified', 'mode']),
    deleted: count(['deleted']),
    paths: fitting(shown, limits.pathsInChangeset, ({ path }) => path),
  };
}
