/**
 * Job: what the supervisor's repository is at when the run begins: branch, HEAD, dirty or not.
 * Boundary: reads only (C1): no locks are taken, and git is given a clean environment without any key. It runs outside the
 *   sandbox in a repository that the agent may have made, so no program that the repository's configuration or attributes
 *   name is started: no filter, monitor, hook, text conversion or transport. Therefore git is never asked to compare with a
 *   file of the work tree (`status`, `diff-files` and `ls-files -m` filter it); that is done here, on the plain bytes.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readlinkSync, realpathSync, type BigIntStats } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { simpleGit, type SimpleGit } from 'simple-git';
import { messageOf } from '../../base/assert.ts';
import type { Baseline } from '../../run/entry.ts';

export interface BaselineRead {
  readonly baseline: Baseline;
  /** Why a repository that is there could not be read. */
  readonly problem?: string;
}

/**
 * `dirty` may say yes too often, never too seldom by git's own rules: a file that a filter or a line ending conversion changes
 * counts as changed when its times differ from the index, or are too new to tell. Not looked into: changes within a submodule.
 * Rejects only where git itself can't be started.
 */
export async function readBaseline(workspace: string): Promise<BaselineRead> {
  const git = readOnlyGit(workspace);
  try {
    const inside = (await git.raw('rev-parse', '--is-inside-work-tree')).trim();
    if (inside !== 'true') return { baseline: { git: null } };
  } catch (error) {
    const message = messageOf(error);
    if (message.includes('ENOENT')) throw error;
    const none = message.includes('not a git repository');
    return { baseline: { git: null }, ...(none ? {} : { problem: firstLine(message) }) };
  }
  const branch = await oneLine(git, 'symbolic-ref', '--short', '-q', 'HEAD');
  const head = await oneLine(git, 'rev-parse', '--verify', '-q', 'HEAD');
  const prefix = (await oneLine(git, 'rev-parse', '--show-prefix')) ?? '';
  return { baseline: { git: { branch, head, dirty: await isDirty(git, workspace, head), prefix } } };
}

/** From the cheapest answer to the dearest; none of these three looks at the content of a file in the work tree. */
async function isDirty(git: SimpleGit, workspace: string, head: string | null): Promise<boolean> {
  const others = ['ls-files', '--others', '--exclude-standard', '--directory', '--no-empty-directory', '-z', '--', '.'];
  if ((await git.raw(...others)) !== '') return true;
  const index = await git.raw('ls-files', '--stage', '--debug', '-z', '--', '.');
  if (head === null) return index !== '';
  const plain = ['--raw', '--no-renames', '--no-ext-diff', '--no-textconv', '--ignore-submodules=none'];
  if ((await git.raw('diff-index', '--cached', ...plain, head, '--', '.')) !== '') return true;
  return index !== '' && (await workTreeDiffers(git, workspace, index));
}

/** One entry of the index, as `ls-files --stage --debug -z` shows it. */
const entryForm = /(\d{6}) ([0-9a-f]{40,64}) (\d)\t([^\0]*)\0((?: {2}.*\n)*)/y;
const statForm = / {2}ctime: (\d+):(\d+)\n {2}mtime: (\d+):(\d+)\n[^]* {2}size: (\d+)\tflags: ([0-9a-f]+)\n/;
/** Flags of an entry: "assume unchanged", and "skip the work tree" of a sparse checkout. */
const assumedFlags = 0x8000n | 0x40000000n;

async function workTreeDiffers(git: SimpleGit, workspace: string, index: string): Promise<boolean> {
  const root = realpathSync(workspace);
  const indexFile = (await git.raw('rev-parse', '--git-path', 'index')).trim();
  const writtenNs = statOf(indexFile.startsWith('/') ? indexFile : join(root, indexFile))?.mtimeNs ?? 0n;
  const executableKept = (await oneLine(git, 'config', '--type=bool', '--get', 'core.fileMode')) !== 'false';
  const straight = new Map<string, boolean>();
  const form = new RegExp(entryForm);
  while (form.lastIndex < index.length) {
    const [, mode, oid, stage, name, debug] = form.exec(index) ?? [];
    if (mode === undefined || oid === undefined || name === undefined) return true; // a form that we don't know
    if (stage !== '0') return true; // a merge that is not resolved
    const known = statForm.exec(debug ?? '');
    if (known !== null && (BigInt(`0x${known[6] ?? '0'}`) & assumedFlags) !== 0n) continue;
    const path = join(root, name);
    const folder = dirname(path);
    if (!straight.has(folder)) straight.set(folder, isStraight(folder));
    if (straight.get(folder) !== true) return true; // git takes what lies behind a link for deleted
    const stat = statOf(path);
    if (stat === null) return true;
    if (mode === '160000') {
      if (await submoduleMoved(path, stat, oid)) return true;
      continue;
    }
    if (kindDiffers(mode, stat, executableKept)) return true;
    if (known !== null && !isStale(known, stat, writtenNs)) continue;
    if ((await blobId(path, stat, oid.length === 64 ? 'sha256' : 'sha1')) !== oid) return true;
  }
  return false;
}

/** The folder is there, and no part of its path was replaced by a link. */
function isStraight(folder: string): boolean {
  try {
    return realpathSync(folder) === folder;
  } catch {
    return false; // whatever keeps us from it, its files are not as the index has them
  }
}

/** Without following a link; null where nothing can be seen, which counts as changed. */
function statOf(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch {
    return null; // gone, behind a file, or its name is no text: not as the index has it
  }
}

function kindDiffers(mode: string, stat: BigIntStats, executableKept: boolean): boolean {
  if (mode === '120000') return !stat.isSymbolicLink();
  if (!stat.isFile()) return true;
  return executableKept && (mode === '100755') !== ((stat.mode & 0o100n) !== 0n);
}

/** Whether size and times no longer vouch for the content: they differ, or the index is not younger than the file. */
function isStale(known: RegExpExecArray, stat: BigIntStats, writtenNs: bigint): boolean {
  const [ctimeSeconds, ctimeNs, mtimeSeconds, mtimeNs, size] = known.slice(1, 6).map(BigInt);
  const same = (seconds: bigint | undefined, rest: bigint | undefined, ns: bigint) =>
    seconds === BigInt.asUintN(32, ns / 1_000_000_000n) && rest === ns % 1_000_000_000n;
  if (size !== BigInt.asUintN(32, stat.size)) return true;
  if (!same(mtimeSeconds, mtimeNs, stat.mtimeNs) || !same(ctimeSeconds, ctimeNs, stat.ctimeNs)) return true;
  return stat.mtimeNs >= writtenNs;
}

/** The id of a blob with the bytes as they are, unfiltered; null where they can't be read. */
async function blobId(path: string, stat: BigIntStats, algorithm: 'sha1' | 'sha256'): Promise<string | null> {
  const hash = createHash(algorithm);
  try {
    if (stat.isSymbolicLink()) {
      const target = readlinkSync(path, { encoding: 'buffer' });
      return hash
        .update(`blob ${String(target.length)}\0`)
        .update(target)
        .digest('hex');
    }
    // what was a file at the look may be a pipe by now: opening it must not wait
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    hash.update(`blob ${String(stat.size)}\0`);
    const stream = file.createReadStream({ end: Math.max(Number(stat.size) - 1, 0) });
    for await (const bytes of stream) hash.update(bytes as Buffer);
    return hash.digest('hex');
  } catch {
    return null; // unreadable or gone since: not as the index has it
  }
}

/** Whether a submodule that is checked out is at another commit; its own changes are not looked at. */
async function submoduleMoved(path: string, stat: BigIntStats, oid: string): Promise<boolean> {
  if (!stat.isDirectory()) return true;
  if (statOf(join(path, '.git')) === null) return false; // not checked out
  try {
    return (await oneLine(readOnlyGit(path), 'rev-parse', '--verify', '-q', 'HEAD')) !== oid;
  } catch {
    return true; // a repository that git can't read is not as the index has it
  }
}

/** For git that reads the supervisor's repository: without keys, locks, prompts, and without a way to fetch. */
export function readOnlyEnvironment(): Record<string, string> {
  const { PATH, HOME, XDG_CONFIG_HOME } = process.env;
  const kept = Object.entries({ PATH, HOME, XDG_CONFIG_HOME }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  // A missing object makes git fetch it from the repository's own idea of a remote, which may be a command.
  return { ...Object.fromEntries(kept), LC_ALL: 'C', ...quiet };
}

const quiet = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
};

function readOnlyGit(workspace: string): SimpleGit {
  return simpleGit({
    baseDir: workspace,
    maxConcurrentProcesses: 1,
    trimmed: false,
    config: ['core.fsmonitor=false'],
    allowEnvironment: Object.keys(quiet),
    unsafe: { allowUnsafeFsMonitor: true }, // simple-git refuses any word about the monitor, also the one that switches it off
  }).env(readOnlyEnvironment());
}

/** null where git has no answer: a detached HEAD has no branch, a fresh repository no commit. */
async function oneLine(git: SimpleGit, ...command: string[]): Promise<string | null> {
  try {
    const line = (await git.raw(...command)).trim();
    return line === '' ? null : line;
  } catch (error) {
    if (messageOf(error).includes('fatal')) throw error;
    return null; // `-q` answers by exit status alone
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
