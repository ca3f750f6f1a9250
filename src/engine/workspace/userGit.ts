/**
 * Job: run git in the supervisor's own repository, as they would: their configuration, their hooks, their signing.
 * Boundary: only for what the supervisor asked for (a commit, its undo, a worktree); everything else reads the repository
 *   without running a program of its (baseline.ts, C1). The environment is a short list; what signing and hooks need of the
 *   supervisor's session comes from the client that asks, and is kept nowhere.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { simpleGit } from 'simple-git';
import { limits } from '../../run/limits.ts';
import { messageOf } from '../../base/assert.ts';
import { RequestRefused } from '../../protocol/refused.ts';

export interface GitPlace {
  readonly folder: string;
  /** Of the client's session. */
  readonly session?: Readonly<Record<string, string>>;
  /** `GIT_…` of one call: the index and the tree that it works on. */
  readonly git?: Readonly<Record<string, string>>;
}

/** @returns stdout. @throws GitFailed with what git and its hooks said */
export async function git(place: GitPlace, args: readonly string[], input?: string | Buffer): Promise<string> {
  const own = { GIT_TERMINAL_PROMPT: '0', ...place.git };
  const { PATH, HOME, XDG_CONFIG_HOME, LANG } = process.env;
  const kept = Object.entries({ PATH, HOME, XDG_CONFIG_HOME, LANG, ...place.session, ...own }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const env = Object.fromEntries(kept);
  const runner = simpleGit({
    baseDir: place.folder,
    trimmed: false,
    allowEnvironment: Object.keys(env).filter((name) => /^(GIT_|SSH_)/.test(name)),
    timeout: { block: limits.gitSilenceMs },
    ...(input !== undefined && { input: () => input }),
  }).env({ ...env, LC_ALL: 'C' });
  try {
    return await runner.raw(...args);
  } catch (error) {
    throw new GitFailed(messageOf(error).trim(), error);
  }
}

/** The answer of a question; null where git has none, which it says by its exit status. */
export async function gitOrNull(place: GitPlace, ...args: string[]): Promise<string | null> {
  try {
    return (await git(place, args)).trim() || null;
  } catch (error) {
    if (error instanceof GitFailed && !/ENOENT|block timeout/.test(error.message)) return null;
    throw error;
  }
}

/**
 * Ends what a git of an engine that died has left running, hooks included, and waits until it is gone: it would make its commit
 * after nobody expects it. Known by the index in their environment. Only where the system tells it (Linux).
 * @param index how the path of their index begins
 */
export async function endOrphans(index: string): Promise<void> {
  const mark = `GIT_INDEX_FILE=${index}`;
  for (let waited = 0; waited < orphanWaitMs; waited += orphanLookMs) {
    const orphans = processesWith(mark);
    if (orphans.length === 0) return;
    // Git takes its locks away when it is asked to leave.
    for (const pid of orphans) signal(pid, waited < orphanWaitMs / 2 ? 'SIGTERM' : 'SIGKILL');
    await sleep(orphanLookMs);
  }
}

const orphanWaitMs = 4_000;
const orphanLookMs = 50;

function processesWith(mark: string): readonly number[] {
  return numbersIn('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${String(pid)}/environ`, 'latin1')
        .split('\0')
        .some((one) => one.startsWith(mark));
    } catch {
      return false; // gone, or another user's
    }
  });
}

function numbersIn(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // a system without it
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // gone meanwhile
  }
}

/** Git or one of its hooks said no; the message is what it said, cut. */
export class GitFailed extends RequestRefused {
  constructor(said: string, cause: unknown) {
    super(said.length > saidChars ? `${said.slice(0, saidChars)} …` : said || 'git said nothing');
    this.cause = cause;
  }
}

const saidChars = 4_000;
