/**
 * Job: have the snapshot that a run was opened from checked against its journal, in a process of its own, behind all other work.
 * Boundary: starts the check and says what came of it once; what the run does then is its engine's.
 * Rules: J4 damage in a sealed segment stops the run. A snapshot that lies is thrown away, and so is what was folded on it.
 */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { messageOf } from '../base/assert.ts';
import type { Disposable } from '../base/disposable.ts';
import type { SnapshotCheck } from './checkSnapshot.ts';

/** What a resumed run has to do first comes first. */
const waitMs = 5_000;
const leastPriority = 19;

/** @param stop told once, where the run must not go on from what it has folded; it may reject */
export function watchSnapshot(folder: string, stop: (message: string) => Promise<void>): Disposable {
  const ended = new AbortController();
  const timer = setTimeout(() => {
    judged(folder, ended.signal, stop).catch((error: unknown) => {
      if (!ended.signal.aborted) console.error(`the snapshot could not be checked: ${messageOf(error)}`);
    });
  }, waitMs);
  timer.unref();
  return {
    dispose: () => {
      clearTimeout(timer);
      ended.abort();
    },
  };
}

async function judged(folder: string, signal: AbortSignal, stop: (message: string) => Promise<void>): Promise<void> {
  const check = await checkApart(folder, signal);
  if (check.kind === 'damaged') await stop(check.message);
  if (check.kind === 'lies')
    await stop(
      `The run was opened from a snapshot that is not what its journal says (${check.message}). The snapshot was thrown away; resume the run.`,
    );
}

async function checkApart(folder: string, signal: AbortSignal): Promise<SnapshotCheck> {
  const [program = ''] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, program, '--check-snapshot', folder], {
    signal,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.on('error', () => undefined); // an aborted one; its output ends then
  if (child.pid !== undefined) setPriority(child.pid, leastPriority);
  return JSON.parse(await text(child.stdout)) as SnapshotCheck;
}
