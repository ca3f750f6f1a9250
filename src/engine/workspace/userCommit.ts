/**
 * Job: one commit on the branch that the supervisor has checked out, with the given files only, and its undo.
 * Boundary: git on the supervisor's repository, as they would run it: filters, hooks and signing are theirs. Which files, in
 *   which version, and what the journal says of it is effects/commits.ts's.
 * Rules: what else is staged stays staged, byte for byte: the commit is made in an index of its own, and of the true index only
 *   entries that were as HEAD had them follow. A commit that a hook refuses leaves branch, index and work tree as they were.
 */
import { copyFileSync, existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { RequestRefused } from '../../protocol/refused.ts';
import type { Baseline } from '../../run/entry.ts';
import { runTrailer } from '../../run/commitMessage.ts';
import { git, gitOrNull, type GitPlace } from './userGit.ts';

/** Where a commit would go. */
export interface Branch extends GitPlace {
  /** The top of the work tree; also `folder`. */
  readonly top: string;
  /** Of the workspace in it: '' or "sub/folder/". */
  readonly prefix: string;
  /** Absolute; of a worktree its own. */
  readonly gitFolder: string;
  readonly branch: string;
  /** null: the branch has no commit yet. */
  readonly head: string | null;
}

/** What git is in the middle of, by the file that says so. */
const inTheMiddle: Readonly<Record<string, string>> = {
  MERGE_HEAD: 'A merge',
  CHERRY_PICK_HEAD: 'A cherry-pick',
  REVERT_HEAD: 'A revert',
  'rebase-merge': 'A rebase',
  'rebase-apply': 'A rebase',
};

/**
 * The branch of the repository that was there when the run began: one that was made since may be the agent's, with its hooks.
 * @throws RequestRefused with words for a person where nothing can be committed
 */
export async function branchAt(
  workspace: string,
  began: Baseline,
  session: Readonly<Record<string, string>> = {},
): Promise<Branch> {
  const here: GitPlace = { folder: workspace, session };
  if (began.git === null)
    throw new RequestRefused(
      'This folder was no git repository when the run began, so there is no branch of yours to commit to.',
    );
  const top = await gitOrNull(here, 'rev-parse', '--show-toplevel');
  const gitFolder = await gitOrNull(here, 'rev-parse', '--absolute-git-dir');
  if (top === null || gitFolder === null)
    throw new RequestRefused('This folder is no git repository any more: nothing can be committed.');
  const prefix = prefixOf(top, workspace);
  if (began.git.prefix !== undefined && began.git.prefix !== prefix)
    throw new RequestRefused(
      'The git repository here is another one than when the run began. Look at it, and commit by hand.',
    );
  for (const [file, what] of Object.entries(inTheMiddle))
    if (existsSync(join(gitFolder, file)))
      throw new RequestRefused(`${what} is in progress in your repository. Finish or abort it, then commit.`);
  const branch = await gitOrNull(here, 'symbolic-ref', '--short', '-q', 'HEAD');
  if (branch === null)
    throw new RequestRefused(
      'HEAD is detached in your repository, so a commit would be on no branch. Switch to one (git switch …), then commit.',
    );
  const head = await gitOrNull(here, 'rev-parse', '--verify', '-q', 'HEAD');
  return { folder: top, session, top, prefix, gitFolder, branch, head };
}

/** @throws RequestRefused where git does not know whose a commit would be */
export async function refuseNobody(branch: Branch): Promise<void> {
  for (const who of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT'])
    if ((await gitOrNull(branch, 'var', who)) === null)
      throw new RequestRefused(
        'git does not know whose commit it would be: set your name and e-mail (git config user.name …, git config user.email …), then commit.',
      );
}

/** The same repository as a branch of a name stands in it, checked out or not, whatever it is in the middle of. */
export async function repositoryAt(
  workspace: string,
  branch: string,
): Promise<Branch & { readonly checkedOut: boolean }> {
  const here: GitPlace = { folder: workspace };
  const top = (await git(here, ['rev-parse', '--show-toplevel'])).trim();
  const gitFolder = (await git(here, ['rev-parse', '--absolute-git-dir'])).trim();
  const head = await gitOrNull(here, 'rev-parse', '--verify', '-q', `refs/heads/${branch}`);
  const checkedOut = (await gitOrNull(here, 'symbolic-ref', '--short', '-q', 'HEAD')) === branch;
  return { folder: top, top, prefix: prefixOf(top, workspace), gitFolder, branch, head, checkedOut };
}

function prefixOf(top: string, workspace: string): string {
  const inside = relative(top, workspace).split(sep).join('/');
  return inside === '' ? '' : `${inside}/`;
}

/** Why a file can't be in a commit, a few words. */
export type LeftOut = 'ignored by your rules' | 'in a repository of its own' | 'its name is no text';

/** Divides files (relative to the workspace) into those that can be committed and the others. Only looks. */
export async function committable(
  branch: Branch,
  workspace: string,
  paths: readonly string[],
): Promise<{ readonly paths: readonly string[]; readonly leftOut: ReadonlyMap<string, LeftOut> }> {
  const leftOut = new Map<string, LeftOut>();
  const known = branch.head === null ? new Map<string, TreeEntry>() : await treeOf(branch, branch.head);
  const links = [...known].filter(([, { mode }]) => mode === '160000').map(([path]) => `${path}/`);
  const nested = new Map<string, boolean>();
  for (const path of paths) {
    const full = branch.prefix + path;
    if (!path.isWellFormed()) leftOut.set(path, 'its name is no text');
    else if (isNested(workspace, path, nested) || links.some((link) => full.startsWith(link)))
      leftOut.set(path, 'in a repository of its own');
  }
  const others = paths.filter((path) => !leftOut.has(path));
  for (const path of await ignored(branch, others, known)) leftOut.set(path, 'ignored by your rules');
  return { paths: others.filter((path) => !leftOut.has(path)), leftOut };
}

/** A folder between the workspace and the file has a `.git` of its own. */
function isNested(workspace: string, path: string, known: Map<string, boolean>): boolean {
  const parts = path.split('/').slice(0, -1);
  return parts.some((_, index) => {
    const folder = parts.slice(0, index + 1).join('/');
    const nested =
      known.get(folder) ?? lstatSync(join(workspace, folder, '.git'), { throwIfNoEntry: false }) !== undefined;
    known.set(folder, nested);
    return nested;
  });
}

/** What git ignores and does not track; the rules are those of the work tree as it is. */
async function ignored(
  branch: Branch,
  paths: readonly string[],
  known: ReadonlyMap<string, TreeEntry>,
): Promise<readonly string[]> {
  const asked = paths.map((path) => branch.prefix + path).filter((path) => !known.has(path));
  if (asked.length === 0) return [];
  // A name may begin as a pattern does.
  const names = asked.map((path) => `./${path}\0`).join('');
  const told = await git(branch, ['check-ignore', '-z', '--stdin'], names);
  return namesIn(told).map((path) => path.slice(2 + branch.prefix.length));
}

export interface CommitRequest {
  /** Relative to the workspace; a file that `writeFiles` does not write is committed as deleted. */
  readonly paths: readonly string[];
  /** Writes the files in the versions that are committed, below a folder that is not there. */
  readonly writeFiles: (folder: string) => Promise<void>;
  /** With its trailers. */
  readonly message: string;
  /** An empty folder of the run, for the index and the files. */
  readonly work: string;
}

/** @returns the commit; null: its tree would be HEAD's. @throws GitFailed with what git and the hooks said; then nothing changed */
export async function commitFiles(branch: Branch, request: CommitRequest): Promise<string | null> {
  const { work } = request;
  if (existsSync(join(branch.gitFolder, 'index.lock')))
    throw new RequestRefused(
      `Another git works on your repository, or one was cut: ${join(branch.gitFolder, 'index.lock')} is there. Nothing was committed.`,
    );
  const apart: Branch = { ...branch, git: { GIT_INDEX_FILE: join(work, 'index') } };
  await indexOfHead(apart);
  await addFiles(apart, request);
  if (await isAsHead(apart)) return null;
  writeFileSync(join(work, 'message'), request.message);
  await git(apart, ['commit', '--quiet', '--file', join(work, 'message')]);
  const commit = await git(branch, ['rev-parse', '--verify', 'HEAD']);
  return commit.trim();
}

/** A copy of the true index, so that git need not read every file anew, with all that is staged put back to HEAD. */
async function indexOfHead(apart: Branch): Promise<void> {
  const index = join(apart.gitFolder, 'index');
  const own = apart.git?.['GIT_INDEX_FILE'] ?? '';
  if (apart.head === null) return; // an index that is not there is an empty one
  if (!existsSync(index)) {
    await git(apart, ['read-tree', apart.head]);
    return;
  }
  copyFileSync(index, own);
  const staged = await git(apart, ['diff-index', '--cached', '--raw', '-z', '--no-renames', '--no-abbrev', apart.head]);
  const lines = changesIn(staged).map(({ before, path }) => indexLine(before, path, apart.head ?? ''));
  if (lines.length > 0) await git(apart, ['update-index', '-z', '--index-info'], lines.join(''));
}

/** Through git, so that the supervisor's filters apply; attributes that are not among the files come from the index. */
async function addFiles(apart: Branch, { paths, writeFiles, work }: CommitRequest): Promise<void> {
  const tree = join(work, 'tree');
  mkdirSync(tree);
  await writeFiles(join(tree, apart.prefix));
  const there = new Set(namesIn(await git(apart, ['ls-files', '-z'])));
  const named = paths
    .map((path) => apart.prefix + path)
    .filter((path) => there.has(path) || lstatSync(join(tree, path), { throwIfNoEntry: false }) !== undefined);
  if (named.length === 0) return;
  const place: GitPlace = {
    ...apart,
    folder: tree,
    git: { ...apart.git, GIT_DIR: apart.gitFolder, GIT_WORK_TREE: tree, GIT_LITERAL_PATHSPECS: '1' },
  };
  const add = ['-c', 'core.safecrlf=false', 'add', '--all', '--force', '--pathspec-from-file=-', '--pathspec-file-nul'];
  await git(place, add, `${named.join('\0')}\0`);
}

async function isAsHead(apart: Branch): Promise<boolean> {
  if (apart.head === null) return (await git(apart, ['ls-files', '-z'])) === '';
  return (await git(apart, ['diff-index', '--cached', '--raw', '-z', '--no-renames', apart.head])) === '';
}

/**
 * Lets the true index follow from one commit to the next: entries that were as the first had them become as the second has
 * them. What was staged in another version stays as it was staged.
 */
export async function followInIndex(branch: Branch, from: string | null, to: string | null): Promise<void> {
  const changes = await changesOf(branch, from, to);
  const staged = new Map<string, TreeEntry>();
  for (const line of namesIn(await git(branch, ['ls-files', '--stage', '-z']))) {
    const [, mode, oid, stage, path] = /^(\d+) ([0-9a-f]+) (\d)\t([^]*)$/.exec(line) ?? [];
    if (mode !== undefined && oid !== undefined && path !== undefined)
      staged.set(path, stage === '0' ? { mode, oid } : { mode: 'unmerged', oid });
  }
  const lines = changes
    .filter(({ path, before }) => isSame(staged.get(path) ?? null, before))
    .map(({ path, after }) => indexLine(after, path, to ?? from ?? ''));
  if (lines.length > 0) await git(branch, ['update-index', '-z', '--index-info'], lines.join(''));
}

/** What a branch that was at `parent` has now: Belay's commit of this run right after it, or null where there is none. */
export async function commitAfter(branch: Branch, parent: string | null, runId: string): Promise<string | null> {
  if (branch.head === null || branch.head === parent) return null;
  const range = parent === null ? branch.head : `${parent}..${branch.head}`;
  const form = `--format=%H%x00%P%x00%(trailers:key=${runTrailer},valueonly,separator=%x2C)`;
  const log = await gitOrNull(branch, 'log', '--max-count=200', form, range);
  for (const line of (log ?? '').split('\n')) {
    const [commit, parents, run] = line.split('\0');
    if (commit !== undefined && parents === (parent ?? '') && run === runId) return commit;
  }
  return null;
}

/**
 * Takes a commit back: branch and index are as before it, the work tree is not touched.
 * @throws RequestRefused where the branch has moved on, or the commit is somewhere else already
 */
export async function undoCommit(branch: Branch, commit: string, parent: string | null): Promise<void> {
  const short = commit.slice(0, 8);
  const revert = `To take it back all the same: git revert ${short}. What it holds stays accepted.`;
  if (branch.head !== commit)
    throw new RequestRefused(`Commit ${short} is not the newest of ${branch.branch} any more. ${revert}`);
  const elsewhere = await git(branch, [
    'for-each-ref',
    '--format=%(refname:short)',
    '--contains',
    commit,
    'refs/remotes',
  ]);
  const [remote] = elsewhere.trim().split('\n');
  if (remote) throw new RequestRefused(`Commit ${short} was pushed (${remote}). ${revert}`);
  const reason = ['-m', 'belay: undo of an accepted commit'];
  if (parent === null) await git(branch, ['update-ref', ...reason, '-d', 'HEAD', commit]);
  else await git(branch, ['update-ref', ...reason, 'HEAD', parent, commit]);
  await followInIndex(branch, commit, parent);
}

interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

interface TreeChange {
  readonly path: string;
  /** null: not there. */
  readonly before: TreeEntry | null;
  readonly after: TreeEntry | null;
}

const isSame = (a: TreeEntry | null, b: TreeEntry | null): boolean => a?.mode === b?.mode && a?.oid === b?.oid;

/** A line of `update-index -z --index-info`; mode 0 takes the entry away. @param like an id of the repository: as long are all */
function indexLine(entry: TreeEntry | null, path: string, like: string): string {
  return entry === null ? `0 ${'0'.repeat(like.length)}\t${path}\0` : `${entry.mode} ${entry.oid}\t${path}\0`;
}

async function changesOf(branch: Branch, from: string | null, to: string | null): Promise<readonly TreeChange[]> {
  if (from !== null && to !== null)
    return changesIn(await git(branch, ['diff-tree', '-r', '--raw', '-z', '--no-renames', '--no-abbrev', from, to]));
  const whole = await treeOf(branch, to ?? from ?? '');
  return [...whole].map(([path, entry]) =>
    from === null ? { path, before: null, after: entry } : { path, before: entry, after: null },
  );
}

/** `:100644 100755 <oid> <oid> M\0path\0` … */
function changesIn(raw: string): readonly TreeChange[] {
  const changes: TreeChange[] = [];
  const form = /:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) \w+\0([^\0]*)\0/g;
  const entry = (mode: string | undefined, oid: string | undefined): TreeEntry | null =>
    mode === undefined || oid === undefined || mode === '000000' ? null : { mode, oid };
  for (const [, before, after, old, young, path] of raw.matchAll(form))
    changes.push({ path: path ?? '', before: entry(before, old), after: entry(after, young) });
  return changes;
}

async function treeOf(branch: GitPlace, commit: string): Promise<Map<string, TreeEntry>> {
  const tree = new Map<string, TreeEntry>();
  for (const line of namesIn(await git(branch, ['ls-tree', '-r', '-z', '--full-tree', commit]))) {
    const [, mode, oid, path] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
    if (mode !== undefined && oid !== undefined && path !== undefined) tree.set(path, { mode, oid });
  }
  return tree;
}

function namesIn(told: string): readonly string[] {
  return told.split('\0').filter((name) => name !== '');
}

/** The folder of hooks where it lies in the workspace, relative to it: the agent can write there. null: it does not. */
export async function hooksInWorkspace(branch: Branch, workspace: string): Promise<string | null> {
  const named = await gitOrNull(branch, 'rev-parse', '--git-path', 'hooks');
  if (named === null) return null;
  const inside = relative(workspace, resolve(branch.top, named)).split(sep).join('/');
  return inside.startsWith('..') || inside.startsWith('.git/') || inside === '' ? null : inside;
}
