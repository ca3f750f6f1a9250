/**
 * Job: where a bench takes place: a temporary folder with the extension as it is shipped (production bundles), a tiny task,
 *   and engines that are started by hand so that their start can be timed.
 * Boundary: builds from the sources into the folder and touches nothing of the project's own. `close` ends every engine, deletes
 *   the folder and fails when a process that knows it is left.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { messageOf } from '../../src/base/assert.ts';
import { engineEnvironment, engineFlags } from '../../src/client/launch.ts';
import { newRunId } from '../../src/client/runId.ts';
import { runFolder, startFile, type StartReport, type StartRequest } from '../../src/protocol/places.ts';
import { buildScript, layOutExtension } from '../fixtures/extensionFolder.ts';
import { writeTinyTask } from '../fixtures/tinyTask.ts';
import { tell } from './figures.ts';
import { outliving, processesNaming } from '../contract/processes.ts';

const root = join(import.meta.dirname, '..', '..');
export const modelKey = 'test-key';

export interface StartedEngine {
  readonly pid: number;
  readonly runId: string;
  /** The run directory. */
  readonly run: string;
  /** From the spawn to the report that it serves, ms. */
  readonly readyMs: number;
  /** Asks it to leave, as a machine that shuts down does. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Workspace {
  readonly dir: string;
  readonly taskFile: string;
}

export class Scene {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-bench-')));
  readonly state = join(this.folder, 'state');
  /** The extension's folder: package.json, dist, media. */
  readonly extension = join(this.folder, 'extension');
  private readonly engines = new Set<ChildProcess>();
  private readonly endAll = (): void => {
    for (const engine of this.engines) engine.kill('SIGKILL');
  };

  constructor() {
    process.once('exit', this.endAll);
  }

  /** Bundles for production; with `vsix` the package is made too. Returns the package's size in MB, 0 without one. */
  async build({ vsix }: { readonly vsix: boolean }): Promise<number> {
    layOutExtension(this.extension);
    const command = vsix ? [buildScript('package.ts')] : [buildScript('bundle.ts'), '--production'];
    await promisify(execFile)(process.execPath, command, { cwd: this.extension });
    const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>;
    return vsix ? statSync(join(this.extension, `${name ?? ''}-${version ?? ''}.vsix`)).size / 1e6 : 0;
  }

  /** A task of four cases whose candidate is one line of shell. */
  tinyWorkspace(name: string, modelUrl: string): Workspace {
    const dir = join(this.folder, name);
    writeTinyTask(dir, { modelUrl, heldOut: null });
    return { dir, taskFile: join(dir, 'belay.json') };
  }

  /** A new run and its engine, which waits for the key (`provideKey`) before it does anything. Rejects when it does not start. */
  async startEngine({ dir, taskFile }: Workspace): Promise<StartedEngine> {
    const runId = newRunId(Date.now(), Math.random);
    const run = runFolder(this.state, runId);
    const request: StartRequest = {
      runId,
      workspace: dir,
      taskFile,
      supervisor: 'bench',
      unsealed: false,
      createdAt: Date.now(),
    };
    mkdirSync(run, { recursive: true, mode: 0o700 });
    writeFileSync(startFile(run), JSON.stringify(request), { mode: 0o600 });
    return this.launch(runId);
  }

  /** Starts the engine of a run again. */
  resumeEngine(runId: string): Promise<StartedEngine> {
    return this.launch(runId);
  }

  private async launch(runId: string): Promise<StartedEngine> {
    const run = runFolder(this.state, runId);
    const env = { ...engineEnvironment(process.env), BELAY_STATE_DIR: this.state };
    const main = join(this.extension, 'dist', 'engine', 'main.mjs');
    const startedAt = performance.now();
    const engine = spawn(process.execPath, [...engineFlags, main, '--run', run, '--key-follows'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.engines.add(engine);
    const ended = once(engine, 'exit').then(() => this.engines.delete(engine));
    const lines = createInterface({ input: engine.stdout });
    const [line] = (await Promise.race([once(lines, 'line'), ended.then(() => [''])])) as [string];
    const readyMs = performance.now() - startedAt;
    const report = (line === '' ? null : JSON.parse(line)) as StartReport | null;
    if (report?.ready !== true)
      throw new Error(`the engine did not start: ${report?.message ?? 'it ended without a word'}`);
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      engine.kill(signal);
      await ended;
    };
    return { pid: report.record.pid, runId, run, readyMs, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
  }

  /** How many engines serve runs of this scene. */
  enginesAlive(): number {
    return processesNaming(this.state).filter(({ command }) => command.includes('main.mjs --run ')).length;
  }

  /** Can be called twice. */
  async close(): Promise<void> {
    process.removeListener('exit', this.endAll);
    this.endAll();
    const left = await outliving(processesNaming(this.folder));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`processes left: ${JSON.stringify(left)}`);
  }
}

/** Runs the work in a scene of its own and leaves nothing behind. */
export async function inScene<T>(work: (scene: Scene) => Promise<T>): Promise<T> {
  const scene = new Scene();
  try {
    return await work(scene);
  } catch (error) {
    // The first failure is the one to tell: what is left is its consequence.
    await scene.close().catch((left: unknown) => {
      tell(messageOf(left));
    });
    throw error;
  } finally {
    await scene.close();
  }
}
