/**
 * Job: run git on the private store in the background: at the lowest priority, in a group of processes that is ended whole.
 * Boundary: the store only, without the user's settings. Git names a pack when it is complete: who is ended leaves only
 *   temporary files, which `clearHalfPacks` removes.
 * Rules: B3 memory is bounded: large files are not compared with each other.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { codeOf } from './content.ts';
import { storeEnvironment } from './catFile.ts';

export interface QuietGit {
  /** What it wrote to stdout. Rejects with what it said when it failed. */
  readonly done: Promise<string>;
  /** Ends it and what it started; `done` rejects. */
  cancel(): void;
}

const bounds = ['-c', 'pack.threads=1', '-c', 'pack.windowMemory=64m', '-c', 'core.bigFileThreshold=16m'];
const saidMost = 2_000;

/** @param folder the bare repository. @param input goes to its stdin */
export function startQuietGit(folder: string, args: readonly string[], input = ''): QuietGit {
  const child = spawn('git', [...bounds, ...args], { cwd: folder, env: storeEnvironment(folder), detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    lower(pid);
    writeFileSync(pidFile(folder), String(pid));
  }
  let [out, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < saidMost) said += text;
  });
  child.stdin.on('error', () => undefined); // it ended before it had read all: 'close' says why
  child.stdin.end(input);
  const done = new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      rmSync(pidFile(folder), { force: true });
      if (code === 0) resolve(out);
      else reject(new Error(`git ${args[0] ?? ''} ended with ${signal ?? String(code)}: ${said.trim()}`));
    });
  });
  return {
    done,
    cancel: () => {
      if (pid !== undefined) endGroup(pid);
    },
  };
}

/** Ends what an engine that was killed left at work in its store. */
export function endLeftOver(folder: string): void {
  const pid = Number(readOr(pidFile(folder), ''));
  // Numbers of processes come again: only one that works on this very store is meant.
  const isOurs =
    pid > 1 &&
    readOr(`/proc/${String(pid)}/environ`, '')
      .split('\0')
      .includes(`GIT_DIR=${folder}`);
  if (isOurs) endGroup(pid);
  rmSync(pidFile(folder), { force: true });
}

/** Removes what a git that was ended left; none may be at work. A pack without its index is one that was never named whole. */
export function clearHalfPacks(folder: string): void {
  const packs = `${folder}/objects/pack`;
  const names = new Set(readdirSync(packs));
  for (const name of names) {
    const isHalf = name.startsWith('tmp_') || name.startsWith('.tmp-');
    const isAlone = /^pack-.*\.(pack|rev)$/.test(name) && !names.has(name.replace(/\.(pack|rev)$/, '.idx'));
    if (isHalf || isAlone) rmSync(`${packs}/${name}`, { force: true });
  }
}

const pidFile = (folder: string) => `${folder}/background.pid`;

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise; // it has ended, or is another's
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error; // already ended
  }
}

function lower(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // already ended
  }
}
