/**
 * Job: gather the many small packs of the store into few, by git, at the lowest priority.
 * Boundary: the private store only. Nothing is dropped: what no commit names is packed as well (C7: only Belay removes objects).
 *
 * Geometric: packs are gathered so that each is at least twice as large as the next smaller one, so that over a long run each
 * object is packed anew a logarithmic number of times (git-repack(1), --geometric).
 */
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { storeEnvironment } from './catFile.ts';

export interface Repack {
  /** Rejects with what git said when it failed; the store is then as it was. */
  readonly done: Promise<void>;
  /** Ends it; what it has not named is cleared at the next start. */
  cancel(): void;
}

/** @param folder the bare repository */
export function startRepack(folder: string): Repack {
  const args = ['-c', 'pack.threads=1', 'repack', '--geometric=2', '-d', '-q', '--no-write-bitmap-index'];
  const child = spawn('git', args, { cwd: folder, env: storeEnvironment(folder), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < saidMost) said += text;
  });
  lower(child.pid);
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`git repack ended with ${String(code)}: ${said.trim().slice(0, saidMost)}`));
    });
  });
  return { done, cancel: () => child.kill('SIGKILL') };
}

const saidMost = 2_000;

/** Removes what a killed git left. */
export function clearHalfPacks(folder: string): void {
  const packs = `${folder}/objects/pack`;
  for (const name of readdirSync(packs))
    if (name.startsWith('tmp_') || name.startsWith('.tmp-')) rmSync(`${packs}/${name}`, { force: true });
}

function lower(pid: number | undefined): void {
  if (pid === undefined) return; // could not be started: 'error' says why
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // already ended
  }
}
