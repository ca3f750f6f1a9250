/**
 * Job: read, and only read, what the user's repository says about coverage: which paths it tracks, what it excludes. The workspace
 *   is its top, or a folder in it.
 * Boundary: files below `.git`; no git process, no lock, nothing written (C1).
 * Rules: a tracked file is covered although a rule or its folder's rule ignores it. What can't be read or has a format
 *   that is not known counts as nothing tracked: then the ignore rules decide, and C3 names what is left out. A program of
 *   the run may have written `.git`: no link is followed, no pipe waited for, every read is bounded (B3).
 */
import { realpathSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { limits } from '../../run/limits.ts';
import { lstatOf, orNull, readSide, stampOf } from './content.ts';
import { IgnoreRules, ignoreMatcher, ruleTexts } from './ignoreRules.ts';
import { ancestorsOf, joined, onDisk, parentOf, pathText } from './paths.ts';

export interface Tracked {
  readonly files: ReadonlySet<string>;
  /** Every folder above a tracked file. */
  readonly folders: ReadonlySet<string>;
}

const nothing: Tracked = { files: new Set(), folders: new Set() };

/** Rule files of one folder above the workspace. */
export interface RulesAbove {
  /** The way from that folder to the workspace, with a slash at its end. */
  readonly way: string;
  /** Weakest first. */
  readonly texts: readonly string[];
}

export class UserRepository {
  private readonly workspace: string;
  private stamp = '';
  private known = nothing;

  /** @param workspace its real path */
  constructor(workspace: string) {
    this.workspace = workspace;
  }

  /** The paths in the user's index, relative to the workspace; read again only when the index file changed. */
  tracked(): Tracked {
    const top = topOf(this.workspace);
    const git = top && gitFolder(top, '');
    const index = `${git ?? ''}/index`;
    const stat = git === null ? null : orNull(() => lstatOf(index));
    const stamp = top !== null && stat ? `${top}:${stampOf(stat)}:${String(stat.size)}` : '';
    if (stamp !== this.stamp) {
      const tracked = trackedIn((stat && readSide(index, limits.gitIndexBytes)) ?? Buffer.alloc(0));
      this.known = trackedBelow(tracked, wayFrom(top ?? this.workspace, this.workspace));
      this.stamp = stamp;
    }
    return this.known;
  }

  /** From the top of the repository as it is now to the workspace, with a slash at its end; null without a repository. */
  way(): string | null {
    const top = topOf(this.workspace);
    return top && wayFrom(top, this.workspace);
  }

  /** The rules above the workspace as they are now, outermost first; none where they ignore the workspace itself. */
  rulesAbove(): readonly RulesAbove[] {
    const top = topOf(this.workspace);
    if (top === null || top === this.workspace) return [];
    const way = wayFrom(top, this.workspace);
    const folders = ['', ...ancestorsOf(way.slice(0, -1))];
    const rules = folders.map((folder) => {
      const gitignore = ruleFileText(onDisk(top, joined(folder, '.gitignore')));
      const exclude = folder === '' ? excludeText(top, '') : undefined;
      return { way: folder === '' ? way : way.slice(folder.length + 1), texts: ruleTexts(exclude, gitignore) };
    });
    const ignored = ignoreMatcher(
      new IgnoreRules(),
      new Map(folders.map((folder, at) => [folder, rules[at]?.texts ?? []])),
    );
    return ignored(way.slice(0, -1), true) ? [] : rules.filter(({ texts }) => texts.length > 0);
  }
}

/**
 * The top of the repository that a folder lies in; null without one. As git does it, one that belongs to somebody else is passed
 * over: who may write in a folder above would say what is covered.
 */
function topOf(workspace: string): string | null {
  for (let folder = workspace; ; folder = dirname(folder)) {
    const stat = orNull(() => lstatOf(`${folder}/.git`));
    if (stat) return folder === workspace || Number(stat.uid) === process.getuid?.() ? folder : null;
    if (dirname(folder) === folder) return null;
  }
}

/** From a folder down to one in it, with a slash at the end; '' where they are the same. */
function wayFrom(top: string, folder: string): string {
  return top === folder ? '' : `${relative(top, folder)}/`;
}

function trackedBelow({ files, folders }: Tracked, way: string): Tracked {
  if (way === '') return { files, folders };
  const below = (paths: ReadonlySet<string>) =>
    new Set([...paths].filter((path) => path.startsWith(way)).map((path) => path.slice(way.length)));
  return { files: below(files), folders: below(folders) };
}

/**
 * The text of a rule file; undefined where none stands there that counts: git does not follow a linked one either, and one
 * over limits.ruleFileBytes is taken for no rules (it is covered as any file, so that more is covered, not less).
 */
export function ruleFileText(path: string | Buffer): string | undefined {
  const bytes = readSide(path, limits.ruleFileBytes);
  return bytes ? pathText(bytes) : undefined;
}

/** The text of the `info/exclude` of the repository at `folder`, a path below `root`; undefined without one. */
export function excludeText(root: string, folder: string): string | undefined {
  const git = gitFolder(root, folder);
  if (git === null) return undefined;
  const common = ruleFileText(`${git}/commondir`)?.trim();
  const info = common ? realFolder(root, git, `${resolve(git, common)}/info`) : `${git}/info`;
  return info !== null && isFolder(info) ? ruleFileText(`${info}/exclude`) : undefined;
}

/**
 * `.git` itself, or where a `.git` file points (worktree, submodule), without links in its path; null without a repository.
 * Whoever writes in the workspace writes such a file too: what it names outside counts only if it points back.
 */
function gitFolder(root: string, folder: string): string | null {
  if (!folder.isWellFormed()) return null; // the paths below are text
  const base = String(onDisk(root, folder));
  const git = `${base}/.git`;
  if (isFolder(git)) return git;
  const target = /^gitdir: (.+)$/m.exec(ruleFileText(git) ?? '')?.[1];
  if (target === undefined || target.includes('\0')) return null;
  const real = orNull(() => realpathSync(resolve(base, target)));
  if (real === null || !isFolder(real)) return null;
  return isInside(root, real) || pointsBack(real, base) ? real : null;
}

/** As git leaves it: a worktree's folder names the `.git` file, a submodule's config the working tree. */
function pointsBack(git: string, base: string): boolean {
  const file = ruleFileText(`${git}/gitdir`)?.trim();
  if (file !== undefined) return leadsTo(resolve(git, dirname(file)), base);
  const tree = /^\s*worktree = (.+)$/m.exec(ruleFileText(`${git}/config`) ?? '')?.[1];
  return tree !== undefined && leadsTo(resolve(git, tree), base);
}

/** A folder that a repository inside the workspace names must be inside too; one outside is not the workspace's to write. */
function realFolder(root: string, git: string, path: string): string | null {
  const real = path.includes('\0') ? null : orNull(() => realpathSync(path));
  return real !== null && (isInside(root, real) || !isInside(root, git)) ? real : null;
}

function leadsTo(path: string, folder: string): boolean {
  return !path.includes('\0') && orNull(() => realpathSync(path)) === orNull(() => realpathSync(folder));
}

function isInside(root: string, real: string): boolean {
  return `${real}/`.startsWith(`${realpathSync(root)}/`);
}

function isFolder(path: string): boolean {
  return orNull(() => lstatOf(path))?.isDirectory() === true;
}

/** Index versions 2 to 4, with SHA-1 or SHA-256 ids (git's Documentation/gitformat-index). */
export function trackedIn(index: Buffer): Tracked {
  if (index.length < 12 || index.toString('latin1', 0, 4) !== 'DIRC') return nothing;
  const version = index.readUInt32BE(4);
  if (version < 2 || version > 4) return nothing;
  return entriesIn(index, version, 20) ?? entriesIn(index, version, 32) ?? nothing;
}

/** null where it is cut, or ids are of another length: an entry says how long its name is. */
function entriesIn(index: Buffer, version: number, idBytes: number): Tracked | null {
  const files = new Set<string>();
  const folders = new Set<string>();
  const flagsAt = 40 + idBytes;
  let at = 12;
  let previous = Buffer.alloc(0);
  let bytes = 0;
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    if (at + flagsAt + 2 > index.length) return null;
    const start = at;
    const flags = index.readUInt16BE(at + flagsAt);
    at += flagsAt + (version >= 3 && (flags & 0x4000) !== 0 ? 4 : 2);
    let kept = 0;
    if (version === 4) {
      const strip = offsetAt(index, at);
      at = strip.next;
      kept = previous.length - strip.value;
    }
    const end = index.indexOf(0, at);
    if (end < 0 || kept < 0) return null;
    previous = Buffer.concat([previous.subarray(0, kept), index.subarray(at, end)]);
    if ((flags & nameLengthMost) !== Math.min(previous.length, nameLengthMost)) return null;
    bytes += previous.length;
    // Version 4 repeats a path's start for nothing: a small index could hold more text than fits into memory.
    if (previous.length > pathBytesMost || bytes > limits.gitIndexBytes) return nothing;
    const path = pathText(previous);
    files.add(path);
    for (let above = parentOf(path); above !== '' && !folders.has(above); above = parentOf(above)) folders.add(above);
    at = version === 4 ? end + 1 : start + ((end - start + 8) & ~7);
  }
  return { files, folders };
}

/** Of twelve bits. */
const nameLengthMost = 0xfff;

/** PATH_MAX of Linux; no longer path can be opened. */
const pathBytesMost = 4096;

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
