/**
 * Job: delete a run of this machine: what that frees, and doing it, by the engine's bundle in a process of its own.
 * Boundary: the run directory and nothing else; no link is followed. A run that goes on is refused; what holds it besides, the
 *   run's own lock tells.
 */
import { execFile } from 'node:child_process';
import { lstat, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { messageOf } from '../base/assert.ts';
import type { Deletion } from '../protocol/places.ts';
import { installEngine } from './installEngine.ts';
import { engineEnvironment, StartFailed, type LaunchOptions } from './launch.ts';
import { nodeForEngine } from './nodeForEngine.ts';
import { answers, readStoredState, type FoundRun } from './runs.ts';

const leaveMs = 5_000;
const leaveLookMs = 50;

export interface WhatDeleting {
  readonly bytes: number;
  readonly files: number;
  /** What goes, in sentences for a person. */
  readonly words: string;
}

/** What there is to be freed. Changes nothing. @throws StartFailed for a run that goes on */
export async function whatDeleting(run: FoundRun): Promise<WhatDeleting> {
  const state = await readStoredState(run.folder);
  if (run.alive && state?.ended === null) refuse(run);
  const goesOn = state !== null && state.ended === null ? ' It has not ended: it could still be resumed.' : '';
  const words = `Deletes run ${run.runId} with its journal, checkpoints and report; the folder that it worked on stays as it is.${goesOn}`;
  return { ...(await sizeOf(run.folder)), words };
}

/** @throws StartFailed when it can't be deleted; then all of it is there, or what is left is no run any more */
export async function deleteRun(run: FoundRun, options: Omit<LaunchOptions, 'client'>): Promise<void> {
  if (run.alive) await freeEnded(run);
  const [node, engine] = await Promise.all([
    nodeForEngine({ ...options.nodePlaces, ...(options.nodePath !== undefined && { configured: options.nodePath }) }),
    installEngine(options.engineBundle, options.state),
  ]);
  let deletion: Deletion;
  try {
    const { stdout } = await promisify(execFile)(node.path, [engine.main, '--delete', run.folder], {
      env: { ...engineEnvironment(process.env), ...node.env },
    });
    deletion = JSON.parse(stdout) as Deletion;
  } catch (error) {
    throw new StartFailed('failure', `${run.folder} could not be deleted: ${messageOf(error)}`, error);
  }
  if (!deletion.ok) throw new StartFailed('locked', deletion.message);
}

/** An engine that only shows a finished run leaves when it is asked to. */
async function freeEnded(run: FoundRun): Promise<void> {
  const ended = (await readStoredState(run.folder))?.ended ?? null;
  if (ended === null || run.engine === null) refuse(run);
  process.kill(run.engine.pid, 'SIGTERM');
  for (let waitedMs = 0; await answers(run.engine.socket); waitedMs += leaveLookMs) {
    if (waitedMs > leaveMs) refuse(run);
    await sleep(leaveLookMs);
  }
}

function refuse({ runId }: FoundRun): never {
  throw new StartFailed(
    'locked',
    `Run ${runId} is active: an engine serves it. Stop it, and close the windows that show it; then it can be deleted.`,
  );
}

async function sizeOf(folder: string): Promise<{ readonly bytes: number; readonly files: number }> {
  let [bytes, files] = [0, 0];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    // What can't be looked into is not counted; it may vanish meanwhile, too.
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const below = await sizeOf(path);
      bytes += below.bytes;
      files += below.files;
      continue;
    }
    bytes += (await lstat(path).catch(() => null))?.size ?? 0;
    files += 1;
  }
  return { bytes, files };
}
