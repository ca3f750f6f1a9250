/**
 * Job: the folder of a fork: whether it may be made there, as a plain folder or as a new worktree of the supervisor's repository;
 *   its task file; and the mark by which the run that is started in it knows where it came from.
 * Boundary: what stands in the checkpoint is written by the caller. Of the repository only what `git worktree add` writes is
 *   touched, and only when a worktree was asked for.
 * Rules: H2 held-out files stay where they are: the task file of the fork names them by their whole path.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { applyEdits, findNodeAtLocation, modify, parseTree, type JSONPath } from 'jsonc-parser';
import { forksFolder } from '../../protocol/places.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import type { Baseline, ForkOrigin } from '../../run/entry.ts';
import { git, gitOrNull, type GitPlace } from './userGit.ts';

export interface ForkPlace {
  /** Real path of the workspace that was forked. */
  readonly workspace: string;
  /** The state folder. */
  readonly state: string;
}

/** Makes the folder where it is missing. @throws RequestRefused where a fork can't stand there */
export function makeForkFolder({ workspace, state }: ForkPlace, to: string): string {
  if (!isAbsolute(to)) throw new RequestRefused(`${to} is no whole path: name the folder from the root.`);
  const folder = normalize(to).replace(/(.)\/$/, '$1');
  const real = realOfExisting(folder);
  for (const [other, what] of [
    [workspace, 'the folder of the run'],
    [realOfExisting(state), 'the folder where Belay keeps its runs'],
  ] as const)
    if (isWithin(real, other) || isWithin(other, real))
      throw new RequestRefused(`${folder} overlaps ${what} (${other}): choose a folder beside it.`);
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat !== undefined && (!stat.isDirectory() || readdirSync(folder).length > 0))
    throw new RequestRefused(`${folder} is there and not empty: choose a new folder.`);
  mkdirSync(folder, { recursive: true });
  return realpathSync(folder);
}

const isWithin = (path: string, folder: string) => path === folder || path.startsWith(`${folder}${sep}`);

function realOfExisting(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realOfExisting(above), relative(above, path)); // not there yet
  }
}

export interface WorktreeRequest {
  readonly workspace: string;
  readonly began: Baseline;
  readonly branch: string;
  /** The commit to begin at; null: what HEAD was at when the run began. */
  readonly base: string | null;
  /** An empty folder. */
  readonly folder: string;
}

/** A worktree whose files are still to be written, with the index of its commit. */
export interface Worktree {
  /** The fork's workspace in it: the worktree itself, or the same folder of the repository. */
  readonly workspace: string;
  /** Takes worktree and branch away again. */
  readonly remove: () => Promise<void>;
}

/** @throws RequestRefused with words for a person; then nothing is left behind */
export async function addWorktree({ workspace, began, branch, base, folder }: WorktreeRequest): Promise<Worktree> {
  const here: GitPlace = { folder: workspace };
  if (began.git === null || (await gitOrNull(here, 'rev-parse', '--git-dir')) === null)
    throw new RequestRefused('The folder of the run is in no git repository: fork into a plain folder.');
  const start = await firstCommit(here, [base, began.git.head, 'HEAD']);
  if (start === null)
    throw new RequestRefused(
      'Your repository has no commit yet, so it can have no worktree: fork into a plain folder.',
    );
  if ((await gitOrNull(here, 'check-ref-format', '--branch', branch)) === null)
    throw new RequestRefused(`“${branch}” can't be the name of a branch.`);
  if ((await gitOrNull(here, 'rev-parse', '--verify', '-q', `refs/heads/${branch}`)) !== null)
    throw new RequestRefused(`There is a branch ${branch} already: choose another name.`);
  const prefix = (await gitOrNull(here, 'rev-parse', '--show-prefix')) ?? '';
  await git(here, ['worktree', 'add', '--quiet', '--no-checkout', '-b', branch, '--', folder, start]);
  const remove = async () => {
    await git(here, ['worktree', 'remove', '--force', folder]);
    await git(here, ['branch', '--quiet', '-D', branch]);
  };
  try {
    const there: GitPlace = { folder };
    await git(there, ['read-tree', 'HEAD']);
    // What lies around the workspace in the repository is checked out as it was committed.
    const around = prefix === '' ? '' : await git(there, ['ls-files', '-z', '--', ':(top)', `:(top,exclude)${prefix}`]);
    if (around !== '') await git(there, ['checkout-index', '--quiet', '-z', '--stdin'], around);
    const inside = join(folder, prefix);
    mkdirSync(inside, { recursive: true });
    return { workspace: inside, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function firstCommit(here: GitPlace, names: readonly (string | null)[]): Promise<string | null> {
  for (const name of names) {
    const found = name && (await gitOrNull(here, 'rev-parse', '--verify', '-q', `${name}^{commit}`));
    if (found) return found;
  }
  return null;
}

/** Places of a task file that name a file or a folder. */
const pathPlaces: readonly JSONPath[] = [
  ['suites', 'visible'],
  ['suites', 'heldOut'],
  ['suites', 'split', 'file'],
  ['model', 'file'],
];
const listPlaces: readonly JSONPath[] = [['docs'], ['sandbox', 'toolchains']];

/** The text of a task file for another folder: relative names of what lies outside become whole paths; all else stays. */
export function taskTextFor(text: string, folder: string): string {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  if (tree === undefined) return text; // whoever starts it is told what is wrong with it
  const lists = listPlaces.flatMap((place) =>
    (findNodeAtLocation(tree, place)?.children ?? []).map((_, index) => [...place, index]),
  );
  let changed = text;
  for (const place of [...pathPlaces, ...lists]) {
    const value: unknown = findNodeAtLocation(tree, place)?.value;
    if (typeof value !== 'string' || !/^\.\.(\/|$)/.test(normalize(value))) continue;
    changed = applyEdits(changed, modify(changed, place, resolve(folder, value), {}));
  }
  return changed;
}

/** Writes the fork's task file: the checkpoint's own, else the one that the run was started with. */
export function writeTaskFile(from: string, folder: string): void {
  const file = join(folder, 'belay.json');
  const stat = lstatSync(file, { throwIfNoEntry: false });
  const text = readFileSync(stat?.isFile() === true ? file : from, 'utf8');
  const made = taskTextFor(text, dirname(from));
  if (stat?.isFile() === true && made === text) return;
  rmSync(file, { force: true });
  writeFileSync(file, made, { mode: stat?.isFile() === true ? stat.mode & 0o777 : 0o644 });
}

const markFile = (state: string, workspace: string) =>
  join(forksFolder(state), `${createHash('sha256').update(workspace).digest('hex')}.json`);

/** Remembers where a folder came from until a run is started in it. */
export function markFork(state: string, workspace: string, origin: ForkOrigin): void {
  mkdirSync(forksFolder(state), { recursive: true, mode: 0o700 });
  writeFileSync(markFile(state, realpathSync(workspace)), JSON.stringify({ workspace, ...origin }), { mode: 0o600 });
}

/** Where this folder came from; null where it is no fork, or one whose run has begun. */
export function forkOriginOf(state: string, workspace: string): ForkOrigin | null {
  try {
    const { run, checkpoint } = JSON.parse(readFileSync(markFile(state, workspace), 'utf8')) as Partial<ForkOrigin>;
    return typeof run === 'string' && typeof checkpoint === 'number' ? { run, checkpoint } : null;
  } catch {
    return null; // no mark, or none that can be read: the run begins without an origin
  }
}

export function forgetFork(state: string, workspace: string): void {
  rmSync(markFile(state, workspace), { force: true });
}
