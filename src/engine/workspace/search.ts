/**
 * Job: list the workspace's files, and compose the command that searches them.
 * Boundary: listing reads folder names here; the search itself runs inside the sandbox, through the caller's `runShell`.
 * Rules: B3 both are bounded and say what they left out. `.git` and links are not entered, a linked rule file has no rules.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { limits } from '../../run/limits.ts';
import { isTemporaryName, readText } from './files.ts';
import type { WorkspacePlace } from './paths.ts';

export interface Listing {
  /** Relative to the workspace, sorted folder by folder; a link ends in "@", an empty folder in "/". */
  readonly paths: readonly string[];
  readonly truncated: boolean;
}

/** Files under a folder of the workspace that no .gitignore excludes; cut short on `signal`. Rejects when the folder can't be read. */
export async function listFiles(
  place: WorkspacePlace,
  folder: string,
  most: number = limits.listedFiles,
  signal?: AbortSignal,
): Promise<Listing> {
  const rules = await rulesAbove(place.root, folder);
  const found: string[] = [];
  const truncated = !(await listInto({ found, place, most: most + 1, signal }, folder, rules));
  return { paths: found.slice(0, most), truncated: truncated || found.length > most };
}

/** The ignore rules of one folder, with the path that they are relative to. */
interface Rules {
  readonly base: string;
  readonly rules: Ignore;
}

interface Walk {
  readonly found: string[];
  readonly place: WorkspacePlace;
  readonly most: number;
  readonly signal: AbortSignal | undefined;
}

/** False when it stopped at the limit, or was told to stop. */
async function listInto(walk: Walk, folder: string, above: readonly Rules[]): Promise<boolean> {
  const { found, place, most } = walk;
  if (walk.signal?.aborted) return false;
  const own = await rulesOf(place.root, folder);
  const rules = own ? [...above, own] : above;
  const entries = await readdir(join(place.root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  let shown = 0;
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name === '.git' || isTemporaryName(entry.name) || place.hidden.includes(join(place.root, path))) continue;
    const isFolder = entry.isDirectory();
    if (isIgnored(rules, isFolder ? `${path}/` : path)) continue;
    if (found.length >= most) return false;
    shown += 1;
    if (isFolder) {
      if (!(await listInto(walk, path, rules))) return false;
    } else found.push(entry.isSymbolicLink() ? `${path}@` : path);
  }
  if (shown === 0 && folder !== '' && found.length < most) found.push(`${folder}/`);
  return true;
}

async function rulesAbove(root: string, folder: string): Promise<Rules[]> {
  const parts = folder === '' ? [] : folder.split('/');
  const all: Rules[] = [];
  for (let depth = 0; depth < parts.length; depth += 1) {
    const own = await rulesOf(root, parts.slice(0, depth).join('/'));
    if (own) all.push(own);
  }
  return all;
}

/** Null without rules, as git has it: no regular file, or not readable; also where it is too large to be believed. */
async function rulesOf(root: string, folder: string): Promise<Rules | null> {
  const file = await readText(join(root, folder, '.gitignore'));
  if (!file.ok || file.bytes > limits.ruleFileBytes) return null;
  return { base: folder === '' ? '' : `${folder}/`, rules: ignore().add(file.text) };
}

/** The innermost file with an opinion wins, as in git. */
function isIgnored(rules: readonly Rules[], path: string): boolean {
  for (const one of [...rules].reverse()) {
    const { ignored, unignored } = one.rules.test(path.slice(one.base.length));
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}

/**
 * A shell command that prints `path:line:text` a match: `rg` where the sandbox has it, else `git grep --no-index`. Exit 1
 * and no output: nothing found; more: the pattern is wrong, and the output says why.
 */
export function searchCommand(pattern: string, path: string): string {
  const where = quoted(path === '' ? '.' : `./${path}`);
  const what = quoted(pattern);
  const rg =
    "rg --line-number --no-heading --with-filename --color never --max-columns 400 --max-columns-preview --sort path --hidden --no-require-git --glob '!.git'" +
    ` --max-count ${String(limits.searchMatches)} --regexp ${what} -- ${where}`;
  const git = `git grep --no-index --exclude-standard -n -I --color=never -E -e ${what} -- ${where}`;
  return `if command -v rg >/dev/null 2>&1; then exec ${rg}; else exec ${git}; fi`;
}

/** The matches of `searchCommand`'s output, bounded. */
export function searchMatches(
  output: string,
  most: number = limits.searchMatches,
): { readonly lines: readonly string[]; readonly more: number } {
  const all = output.split('\n').filter((line) => line !== '');
  const lines = all.slice(0, most).map((line) => shortened(line.startsWith('./') ? line.slice(2) : line));
  return { lines, more: all.length - lines.length };
}

const matchCharsMost = 400;

function shortened(line: string): string {
  return line.length > matchCharsMost ? `${line.slice(0, matchCharsMost)}…` : line;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
