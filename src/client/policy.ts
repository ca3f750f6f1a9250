/**
 * Job: have the engine's bundle tell which policies hold on this machine, in a process of its own.
 * Boundary: starts no engine and touches no run.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../base/assert.ts';
import type { PolicyLook } from '../protocol/places.ts';
import { engineEnvironment, StartFailed, type LaunchOptions } from './launch.ts';
import { nodeForEngine } from './nodeForEngine.ts';

const wallMs = 60_000;

/** @throws StartFailed where it can't be told at all */
export async function lookAtPolicy({
  engineBundle,
  nodePath,
}: Pick<LaunchOptions, 'engineBundle' | 'nodePath'>): Promise<PolicyLook> {
  try {
    const node = await nodeForEngine(nodePath === undefined ? {} : { configured: nodePath });
    const { stdout } = await promisify(execFile)(node.path, [join(engineBundle, 'main.mjs'), '--policy'], {
      env: { ...engineEnvironment(process.env), ...node.env },
      timeout: wallMs,
    });
    return JSON.parse(stdout) as PolicyLook;
  } catch (error) {
    throw new StartFailed('failure', `The policy could not be read: ${messageOf(error)}`, error);
  }
}
