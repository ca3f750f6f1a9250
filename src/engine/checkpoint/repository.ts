/**
 * Job: read, and only read, what the user's repository says about coverage: which paths it tracks, what it excludes.
 * Boundary: files below `.git`; no git process, no lock, nothing written (C1).
 * Rules: a tracked file is covered although a rule or its folder's rule ignores it. What can't be read or has a format
 *   that is not known counts as nothing tracked: then the ignore rules decide, and C3 names what is left out.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ancestorsOf, pathText } from './paths.ts';
import { codeOf } from './content.ts';

export interface Tracked {
  readonly files: ReadonlySet<string>;
  /** Every folder above a tracked file. */
  readonly folders: ReadonlySet<string>;
}

const nothing: Tracked = { files: new Set(), folders: new Set() };

export class UserRepository {
  private readonly folder: string;
  private stamp = '';
  private known = nothing;

  /** @param folder the folder that may hold `.git`. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** The paths in the user's index, read again only when the index file changed. */
  tracked(): Tracked {
    const index = `${gitFolder(this.folder) ?? ''}/index`;
    const stat = statSync(index, { throwIfNoEntry: false, bigint: true });
    const stamp = stat ? `${String(stat.mtimeNs)}:${String(stat.size)}:${String(stat.ino)}` : '';
    if (stamp !== this.stamp) {
      this.known = stat ? trackedIn(readFileSync(index)) : nothing;
      this.stamp = stamp;
    }
    return this.known;
  }
}

/** The text of a repository's `info/exclude`; undefined without one. */
export function excludeText(folder: string): string | undefined {
  const git = gitFolder(folder);
  if (git === null) return undefined;
  const common = readText(`${git}/commondir`)?.trim();
  return readText(`${common ? resolve(git, common) : git}/info/exclude`);
}

/** `.git` itself, or where a `.git` file points (worktree, submodule); null without a repository. */
function gitFolder(folder: string): string | null {
  const git = `${folder}/.git`;
  const stat = statSync(git, { throwIfNoEntry: false });
  if (!stat) return null;
  if (stat.isDirectory()) return git;
  const target = /^gitdir: (.+)$/m.exec(readText(git) ?? '')?.[1];
  return target === undefined ? null : resolve(folder, target);
}

function readText(path: string): string | undefined {
  try {
    return pathText(readFileSync(path));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Index versions 2 to 4 with SHA-1 ids (git's Documentation/gitformat-index). */
export function trackedIn(index: Buffer): Tracked {
  if (index.length < 12 || index.toString('latin1', 0, 4) !== 'DIRC') return nothing;
  const version = index.readUInt32BE(4);
  if (version < 2 || version > 4) return nothing;
  const files = new Set<string>();
  let at = 12;
  let previous = Buffer.alloc(0);
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    if (at + 62 > index.length) return nothing; // another id length, or cut
    const start = at;
    const extended = version >= 3 && (index.readUInt16BE(at + 60) & 0x4000) !== 0;
    at += extended ? 64 : 62;
    let kept = 0;
    if (version === 4) {
      const strip = offsetAt(index, at);
      at = strip.next;
      kept = previous.length - strip.value;
    }
    const end = index.indexOf(0, at);
    if (end < 0 || kept < 0) return nothing;
    previous = Buffer.concat([previous.subarray(0, kept), index.subarray(at, end)]);
    files.add(pathText(previous));
    at = version === 4 ? end + 1 : start + ((end - start + 8) & ~7);
  }
  return { files, folders: new Set([...files].flatMap(ancestorsOf)) };
}

/** Git's variable-width offset. */
function offsetAt(bytes: Buffer, start: number): { value: number; next: number } {
  let at = start;
  let byte = bytes[at++] ?? 0;
  let value = byte & 0x7f;
  while ((byte & 0x80) !== 0) {
    byte = bytes[at++] ?? 0;
    value = ((value + 1) << 7) | (byte & 0x7f);
  }
  return { value, next: at };
}
