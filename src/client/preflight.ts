/**
 * Job: ask the engine's bundle, in a process of its own, what a start would find.
 * Boundary: makes no run; run from the bundle itself, as the process ends before an update could replace it.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../base/assert.ts';
import type { Preflight, PreflightRequest, ReferenceLook, ReferenceRequest } from '../protocol/places.ts';
import { engineEnvironment, StartFailed, type LaunchOptions } from './launch.ts';
import { nodeForEngine, NoNode } from './nodeForEngine.ts';

const reportBytes = 16 * 1024 * 1024;
/** A workspace of half a million files is walked in this time. */
const reportWallMs = 120_000;

type Places = Pick<LaunchOptions, 'state' | 'engineBundle' | 'nodePath'>;

/** @throws StartFailed where it can't be told */
export async function preflight(place: Omit<PreflightRequest, 'state'>, places: Places): Promise<Preflight> {
  const { taskFile, workspace } = place;
  const request: PreflightRequest = { taskFile, workspace, state: places.state };
  return (await look('--preflight', request, places)) as Preflight;
}

/** @throws StartFailed where it can't be told */
export async function lookAtReference(request: ReferenceRequest, places: Places): Promise<ReferenceLook> {
  return (await look('--reference', request, places)) as ReferenceLook;
}

async function look(flag: string, request: object, { state, engineBundle, nodePath }: Places): Promise<unknown> {
  try {
    const node = await nodeForEngine(nodePath === undefined ? {} : { configured: nodePath });
    const main = join(engineBundle, 'main.mjs');
    const { stdout } = await promisify(execFile)(node.path, [main, flag, JSON.stringify(request)], {
      env: { ...engineEnvironment(process.env), BELAY_STATE_DIR: state, ...node.env },
      maxBuffer: reportBytes,
      timeout: reportWallMs,
    });
    return JSON.parse(stdout);
  } catch (error) {
    if (error instanceof NoNode) throw new StartFailed('version', error.message, error);
    throw new StartFailed('failure', `The task could not be checked: ${messageOf(error)}`, error);
  }
}
