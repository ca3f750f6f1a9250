/**
 * Job: find single held-out cases in the files and in the history that commands may read: a part of the suite under another name,
 *   an excerpt, an earlier version of its file.
 * Boundary: lines of cases as they stand in the suite's file; told in other words they are not found.
 * Rules: H2 what could not be searched is told, and never taken for searched. B3 so many lines, so much time, so many bytes.
 */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Case } from '../../run/case.ts';

/** Of so many held-out cases a line is searched for: a part of the suite has several of them. */
const linesSought = 1_000;
/** Less than the shortest case: what is shorter is none. */
const lineCharsLeast = 16;
const searchWallMs = 60_000;
/** A blob that is longer or shorter than the suite's file by more than this factor is no earlier version of it. */
const versionFactor = 4;
const historyBytesMost = 256 * 1024 * 1024;
const historyWallMs = 10_000;
const namedMost = 5;
const searchOptions = {
  timeout: searchWallMs,
  maxBuffer: 16 * 1024 * 1024,
  env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
};

/** What a search found, and what it could not look into; sentences without a full stop, phrases. */
export interface Searched {
  /** Why the held-out cases are not sealed. */
  readonly reasons: readonly string[];
  readonly notSearched: readonly string[];
}

export const nothingFound: Searched = { reasons: [], notSearched: [] };

/** Regular files on the folder's own file system that pass `find`'s tests; null: it could not be searched. */
export function foundIn(folder: string, tests: readonly string[]): Promise<readonly string[] | null> {
  const args = [folder, '-xdev', '-type', 'f', '(', ...tests, ')', '-print0'];
  return new Promise((resolve) => {
    execFile('find', args, searchOptions, (error, stdout) => {
      // 1: a folder could not be read, which is no business of the agent's either
      if (error === null || error.code === 1) resolve(stdout.split('\0').filter((path) => path !== ''));
      else resolve(null);
    });
  });
}

/** Lines that hold one held-out case each, evenly chosen. */
export function tellingLines(texts: readonly string[], heldOut: readonly Case[]): readonly string[] {
  const ids = new Set(heldOut.map(({ id }) => id));
  const own = new Set(texts.flatMap((text) => text.split(/\r?\n/)).filter((line) => ids.has(idIn(line) ?? '')));
  const lines = [...own].filter((line) => line.length >= lineCharsLeast);
  const step = Math.max(1, lines.length / linesSought);
  return Array.from({ length: Math.min(lines.length, linesSought) }, (_, i) => lines[Math.floor(i * step)] ?? '');
}

function idIn(line: string): string | null {
  try {
    const { id } = JSON.parse(line) as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null; // no line of a case
  }
}

/** Searches folders for the lines; `grep` reads as fast as the disk gives. */
export async function searchForLines(lines: readonly string[], folders: readonly string[]): Promise<Searched> {
  if (lines.length === 0) return nothingFound;
  const args = ['-rlaFZ', '-m', '1', '--devices=skip', '--exclude-dir=.git', '-f', '-', '--', ...folders];
  return new Promise((resolve) => {
    const child = execFile('grep', args, searchOptions, (error, stdout, stderr) => {
      const found = stdout.split('\0').filter((path) => path !== '');
      const unread = unreadIn(stderr);
      // 1: nothing found; 2: something could not be read, and standard error names it
      const searched = error === null || error.code === 1 || (error.code === 2 && unread !== null);
      resolve({
        reasons: [
          ...found.slice(0, namedMost).map((path) => `${path} holds held-out cases`),
          ...(unread ?? []).slice(0, namedMost).map((path) => `${path} can't be read, so it was not searched for them`),
          ...(searched ? [] : ['the folders that commands may read could not be searched for held-out cases']),
        ],
        notSearched: [],
      });
    });
    child.stdin?.on('error', () => undefined); // it ended before it had read all: its exit says why
    child.stdin?.end(`${lines.join('\n')}\n`);
  });
}

/** What this user could not read but could open, as an agent could; null where `grep` says something else. */
function unreadIn(said: string): readonly string[] | null {
  const paths: string[] = [];
  for (const line of said.split('\n').filter((one) => one !== '')) {
    const [, path, why] = /^grep: (.*): ([^:]*)$/.exec(line) ?? [];
    if (path === undefined || !['Permission denied', 'No such file or directory'].includes(why ?? '')) return null;
    if (lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.()) paths.push(path);
  }
  return paths;
}

/**
 * Searches every blob of the workspace's repository, reachable or not, that is about as long as the suite's file.
 * @param sizes of the files that hold held-out cases, bytes
 */
export async function searchHistory(
  workspace: string,
  lines: readonly string[],
  sizes: readonly number[],
  env: NodeJS.ProcessEnv,
): Promise<Searched> {
  const deadline = AbortSignal.timeout(historyWallMs);
  const git = (...args: string[]) =>
    spawn('git', ['-C', workspace, 'cat-file', '--buffer', ...args], { env, signal: deadline, stdio: 'pipe' });
  const wanted = new Set(lines);
  const isNear = (size: number) => sizes.some((one) => size <= one * versionFactor && size >= one / versionFactor);
  try {
    const blobs: string[] = [];
    let bytes = 0;
    let left = 0;
    const all = git('--batch-all-objects', '--batch-check=%(objecttype) %(objectsize) %(objectname)');
    all.stdin.end();
    for await (const line of linesOf(all)) {
      const [type, size, id = ''] = line.split(' ');
      if (type !== 'blob' || !isNear(Number(size))) continue;
      if ((bytes += Number(size)) > historyBytesMost) left += 1;
      else blobs.push(id);
    }
    const contents = git('--batch');
    contents.stdin.on('error', () => undefined); // it ends early when a line was found
    contents.stdin.end(blobs.map((id) => `${id}\n`).join(''));
    for await (const line of linesOf(contents)) {
      if (!wanted.has(line)) continue;
      contents.kill();
      return { reasons: ["the history of the workspace's git repository holds held-out cases"], notSearched: [] };
    }
    return { reasons: [], notSearched: left === 0 ? [] : [`${String(left)} files of the workspace's history`] };
  } catch {
    return { reasons: [], notSearched: ["earlier versions of the held-out file in the workspace's history"] };
  }
}

/** @throws where the program can't be started, is cut off by the deadline or fails */
async function* linesOf(child: ChildProcessWithoutNullStreams): AsyncGenerator<string> {
  const closed = once(child, 'close');
  closed.catch(() => undefined); // who stops reading early does not wait for it
  child.stderr.resume();
  yield* createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`git ended with ${String(code)}`);
}
