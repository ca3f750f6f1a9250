/**
 * Job: record a suite with the engine's bundle, in a process of its own, and follow how far it is.
 * Boundary: run from the bundle itself, as the process ends before an update could replace it; the suites are written by it.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../base/assert.ts';
import type { RecordMessage, RecordRequest } from '../protocol/recordSuite.ts';
import type { RecordSummary } from '../run/suiteMaking/summary.ts';
import { engineEnvironment, StartFailed, type LaunchOptions } from './launch.ts';
import { nodeForEngine, NoNode } from './nodeForEngine.ts';

export type Recorded =
  | { readonly ok: true; readonly summary: RecordSummary }
  /** Nothing was written. */
  | {
      readonly ok: false;
      readonly message: string;
      /** Files that are in the way. */ readonly exists: readonly string[];
    };

export interface RecordPorts extends Pick<LaunchOptions, 'state' | 'engineBundle' | 'nodePath' | 'nodePlaces'> {
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

const errorChars = 2_000;

/** @throws StartFailed where the process could not do its work; what it refuses is in the result. */
export async function recordSuite(request: RecordRequest, ports: RecordPorts): Promise<Recorded> {
  const { state, engineBundle, nodePath, nodePlaces, onProgress, signal } = ports;
  try {
    const node = await nodeForEngine({ ...nodePlaces, ...(nodePath !== undefined && { configured: nodePath }) });
    const main = join(engineBundle, 'main.mjs');
    const child = spawn(node.path, [main, '--record-suite', JSON.stringify(request)], {
      env: { ...engineEnvironment(process.env), BELAY_STATE_DIR: state, ...node.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const cancel = () => child.kill('SIGTERM');
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-errorChars)));
    const gone = new Promise<Error | null>((resolve) => {
      child.once('error', resolve);
      child.once('close', () => {
        resolve(null);
      });
    });
    let end: Recorded | null = null;
    for await (const line of createInterface({ input: child.stdout })) {
      const message = JSON.parse(line) as RecordMessage;
      if (message.kind === 'progress') onProgress(message.done, message.total);
      else if (message.kind === 'recorded') end = { ok: true, summary: message.summary };
      else end = { ok: false, message: message.message, exists: message.exists ?? [] };
    }
    const failure = await gone;
    signal.removeEventListener('abort', cancel);
    if (end !== null) return end;
    if (signal.aborted) return { ok: false, message: 'Cancelled: nothing was written.', exists: [] };
    throw failure ?? new Error(said.trim() === '' ? 'its process ended early' : said.trim());
  } catch (error) {
    if (error instanceof NoNode) throw new StartFailed('version', error.message, error);
    throw new StartFailed('failure', `The suite could not be recorded: ${messageOf(error)}`, error);
  }
}
