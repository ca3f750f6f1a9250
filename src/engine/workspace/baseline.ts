/**
 * Job: what the supervisor's repository is at when the run begins: branch, HEAD, dirty or not.
 * Boundary: reads only (C1): no locks are taken, no hook or monitor of the repository is started, and git is given a clean
 *   environment without any key.
 */
import { simpleGit, type SimpleGit } from 'simple-git';
import { messageOf } from '../../base/assert.ts';
import type { Baseline } from '../../run/entry.ts';

export interface BaselineRead {
  readonly baseline: Baseline;
  /** Why a repository that is there could not be read. */
  readonly problem?: string;
}

/** Rejects only where git itself can't be started. */
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
  const [branch, head, status] = [
    await oneLine(git, 'symbolic-ref', '--short', '-q', 'HEAD'),
    await oneLine(git, 'rev-parse', '--verify', '-q', 'HEAD'),
    await git.raw('status', '--porcelain=v1', '-z', '--untracked-files=normal', '--ignore-submodules=dirty', '--', '.'),
  ];
  return { baseline: { git: { branch, head, dirty: status !== '' } } };
}

function readOnlyGit(workspace: string): SimpleGit {
  const { PATH, HOME, XDG_CONFIG_HOME } = process.env;
  const kept = Object.entries({ PATH, HOME, XDG_CONFIG_HOME }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const environment = { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
  return simpleGit({
    baseDir: workspace,
    maxConcurrentProcesses: 1,
    trimmed: false,
    config: ['core.fsmonitor=false'],
    allowEnvironment: ['GIT_OPTIONAL_LOCKS', 'GIT_TERMINAL_PROMPT'],
    unsafe: { allowUnsafeFsMonitor: true }, // simple-git refuses any word about the monitor, also the one that switches it off
  }).env(environment);
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
