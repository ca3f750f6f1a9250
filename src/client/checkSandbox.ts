/**
 * Job: have the engine's bundle test the sandbox of this machine, in a process of its own, and follow how far it is.
 * Boundary: touches no run; cancelled, the process takes its scene away and ends.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../base/assert.ts';
import type { SandboxCheck, SandboxCheckLine } from '../run/sandboxCheck.ts';
import { engineEnvironment, StartFailed, type LaunchOptions } from './launch.ts';
import { nodeForEngine } from './nodeForEngine.ts';

export interface CheckOptions extends Pick<LaunchOptions, 'state' | 'engineBundle' | 'nodePath'> {
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** A machine that is too busy for this is told so. */
const wallMs = 15 * 60_000;

/** null: cancelled. @throws StartFailed where it could not be made */
export async function checkSandbox(options: CheckOptions): Promise<SandboxCheck | null> {
  const { state, engineBundle, nodePath, onProgress, signal } = options;
  try {
    const node = await nodeForEngine(nodePath === undefined ? {} : { configured: nodePath });
    const child = spawn(node.path, [join(engineBundle, 'main.mjs'), '--check-sandbox', state], {
      env: { ...engineEnvironment(process.env), BELAY_STATE_DIR: state, ...node.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(wallMs)]),
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => {
        resolve();
      });
    });
    ended.catch(() => undefined); // told below, when the lines have ended
    let check: SandboxCheck | null = null;
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as SandboxCheckLine;
      if ('check' in line) check = line.check;
      else onProgress(line.done, line.total);
    }
    await ended;
    if (check === null) throw new Error(said.trim() || 'it ended without a result');
    return check;
  } catch (error) {
    if (signal.aborted) return null;
    throw new StartFailed('failure', `The sandbox could not be checked: ${messageOf(error)}`, error);
  }
}
