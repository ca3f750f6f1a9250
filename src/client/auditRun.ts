/**
 * Job: have a run's journal audited, by the engine's bundle in a process of its own.
 * Boundary: starts no engine and changes nothing of the run; safe beside a living one.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../base/assert.ts';
import type { Audit } from '../protocol/places.ts';
import { installEngine } from './installEngine.ts';
import { engineEnvironment, StartFailed, type LaunchOptions } from './launch.ts';
import { nodeForEngine } from './nodeForEngine.ts';

const reportBytes = 64 * 1024 * 1024;

/** @param run the run directory; `full` checks the bytes of every object of its checkpoints too. @throws StartFailed, NoNode, EngineNotInstalled where it can't be audited at all */
export async function auditRun(
  run: string,
  options: Omit<LaunchOptions, 'client'> & { readonly full?: boolean },
): Promise<Audit> {
  const [node, engine] = await Promise.all([
    nodeForEngine(options.nodePath === undefined ? {} : { configured: options.nodePath }),
    installEngine(options.engineBundle, options.state),
  ]);
  try {
    const { stdout } = await promisify(execFile)(
      node.path,
      [engine.main, '--audit', run, ...(options.full === true ? ['--full'] : [])],
      {
        env: { ...engineEnvironment(process.env), ...node.env },
        maxBuffer: reportBytes,
      },
    );
    return JSON.parse(stdout) as Audit;
  } catch (error) {
    throw new StartFailed('failure', `${run} could not be audited: ${messageOf(error)}`, error);
  }
}
