/**
 * Job: a commit of the supervisor's repository as one side of a comparison with a checkpoint or the workspace.
 * Boundary: pure. A commit knows no folders, no modes but "can be run", nothing of what it ignores and nothing within other
 *   repositories: the other side is compared without these, or everything would differ.
 */
import { emptyManifest, leafAt, type Manifest, type ManifestEntry } from './manifest.ts';
import { byPath, pathText } from './paths.ts';

/** What git tells of a file of a commit; names are bytes. */
export interface CommitFile {
  readonly path: Buffer;
  readonly type: 'file' | 'symlink';
  readonly executable: boolean;
  readonly size: number;
  readonly digest: string;
}

export interface CommitSides {
  readonly commit: Manifest;
  readonly other: Manifest;
}

export function besideCommit(files: readonly CommitFile[], nested: readonly Buffer[], other: Manifest): CommitSides {
  const entries = files.map((file) => entryOf(file, other)).sort(byPath);
  const commit: Manifest = { ...emptyManifest, stored: false, entries };
  const inside = [...nested.map(pathText), ...Object.keys(other.repositories).filter((folder) => folder !== '')];
  const isInside = (path: string) => inside.some((folder) => path.startsWith(`${folder}/`));
  const kept = other.entries.filter(({ path, type, ignored }) => {
    if (type === 'directory') return false;
    return leafAt(commit, path) !== null || (!ignored && !isInside(path));
  });
  return { commit, other: { ...other, entries: kept } };
}

/** With the mode that the other side has, where git would not tell them apart. */
function entryOf({ path: name, type, executable, size, digest }: CommitFile, other: Manifest): ManifestEntry {
  const path = pathText(name);
  const beside = leafAt(other, path);
  const alike = beside?.type === type && ((beside.mode & 0o100) !== 0) === executable;
  const plain = type === 'symlink' ? 0o777 : executable ? 0o755 : 0o644;
  const mode = beside !== null && (alike || (type === 'symlink' && beside.type === type)) ? beside.mode : plain;
  return { path, type, mode, size, digest, stamp: '', ignored: false };
}
