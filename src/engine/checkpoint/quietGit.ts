/**
 * Job: run git on the private store in the background: at the lowest priority, in a group of processes that is ended whole.
 * Boundary: the store only, without the user's settings. Git names a pack when it is complete: who is ended leaves only
 *   temporary files, which `clearHalfPacks` removes.
 * Rules: B3 memory is bounded: large files are not compared with each other.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { limits } from '../../run/limits.ts';
import { codeOf } from './content.ts';
import { storeEnvironment } from './catFile.ts';
import { namesIfThere } from './durable.ts';

export interface QuietGit {
  /** What it wrote to stdout. Rejects with what it said when it failed. */
  readonly done: Promise<string>;
  /** Ends it and what it started; `done` rejects. */
  cancel(): void;
}

const bounds = ['-c', 'pack.threads=1', '-c', 'pack.windowMemory=64m', '-c', 'core.bigFileThreshold=16m'];
const saidMost = 2_000;
/** In the environment of what works in the background: the store that it works in. */
const mark = 'BELAY_UPKEEP_OF';

/** @param folder the bare repository. @param input goes to its stdin */
export function startQuietGit(folder: string, args: readonly string[], input = ''): QuietGit {
  const env = { ...storeEnvironment(folder), [mark]: folder };
  const child = spawn('git', [...bounds, ...args], { cwd: folder, env, detached: true });
  const { pid } = child;
  if (pid !== undefined) lower(pid);
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
      if (code === 0) resolve(out);
      else reject(new Error(`git ${args[0] ?? ''} ended with ${signal ?? String(code)}: ${said.trim()}`));
    });
  });
  return {
    done,
    cancel: () => {
      if (pid !== undefined) end(-pid);
    },
  };
}

/**
 * Ends what an engine that was killed left at work in its store, and resolves when it is gone: a kill is not heeded at once,
 * and what is in the middle of a rename finishes it. Processes are told by their mark, for the engine may have been killed
 * before it could note which they are. Throws when one outlives its kill.
 */
export async function endLeftOver(folder: string): Promise<void> {
  const giveUpAt = performance.now() + limits.leftOverEndMs;
  for (let left = leftOver(folder); left.length > 0; left = leftOver(folder)) {
    for (const pid of left) end(pid);
    if (performance.now() > giveUpAt)
      throw new Error(`process ${left.join(', ')} works in ${folder} and can't be ended: end it, and try again`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Also of processes that these have started. Where there is no /proc nothing is found. */
function leftOver(folder: string): number[] {
  const pids = namesIfThere('/proc').filter((name) => /^[0-9]+$/.test(name));
  return pids.filter((pid) => environmentOf(pid).includes(`${mark}=${folder}`)).map(Number);
}

/** Empty where it has ended, or is another's. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
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

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
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
