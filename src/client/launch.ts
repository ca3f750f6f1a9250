/**
 * Job: start the engine of a new run, or of one that is there, and attach to it.
 * Boundary: node, no vscode. Makes the run directory; from the first entry on everything in it is the engine's.
 * Rules: the engine is detached and outlives the launcher. Its environment is a short list: the model's key is never in it, it
 *   goes over the socket. A start that was refused leaves nothing behind. An engine that was started here and that can't be
 *   reached is ended, as nobody could steer it; one that can goes on, and the error says how to get hold of it.
 *
 * The engine is run as `node main.mjs --run <run directory>` and prints one StartReport on stdout.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, messageOf } from '../base/assert.ts';
import type { AskWindowModel } from '../protocol/brokering.ts';
import {
  engineLogFile,
  runFolder,
  runsFolder,
  startFile,
  type StartFailure,
  type StartReport,
  type StartRequest,
} from '../protocol/places.ts';
import { RunConnection } from './connection.ts';
import { installEngine, EngineNotInstalled } from './installEngine.ts';
import { EngineGone, EngineHangs } from './link.ts';
import { nodeForEngine, NoNode, type NodePlaces } from './nodeForEngine.ts';
import { newRunId } from './runId.ts';
import { findRun } from './runs.ts';

export interface LaunchOptions {
  /** The state folder. */
  readonly state: string;
  /** The folder of the engine's bundle, `dist/engine`. */
  readonly engineBundle: string;
  /** Who attaches, for the journal: "anna@host (window)". */
  readonly client: string;
  /** The setting; absent or empty when not set. */
  readonly nodePath?: string;
  /** Where else a Node is looked for, and how a person names one. */
  readonly nodePlaces?: NodePlaces;
  /** Asks VS Code's models for the engine; absent: this client can't. */
  readonly askModel?: AskWindowModel;
}

export interface StartOptions extends LaunchOptions {
  readonly taskFile: string;
  /** The folder that is worked on. */
  readonly workspace: string;
  readonly unsealed: boolean;
  readonly storeQuotaBytes?: number;
  readonly supervisor: string;
  /** The model's key, handed over the socket. */
  readonly key?: string;
}

/** The engine could not start; the message is for a person. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  readonly code: StartFailure;

  constructor(code: StartFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

const reportWallMs = 90_000;
const attachAttempts = 24;
const attachRetryMs = 250;
const attemptsPerLaunch = 6;
const logTailChars = 2_000;
/** How long an engine that was asked to leave may take. */
const endMs = 5_000;

/** Makes a run, starts its engine and attaches. @throws StartFailed */
export async function startRun(options: StartOptions): Promise<RunConnection> {
  const [workspace, taskFile] = await Promise.all([realOf(options.workspace), realOf(options.taskFile)]);
  const runId = await newRunFolder(options.state);
  const folder = runFolder(options.state, runId);
  const start: StartRequest = {
    runId,
    workspace,
    taskFile,
    supervisor: options.supervisor,
    unsealed: options.unsealed,
    ...(options.storeQuotaBytes !== undefined && { storeQuotaBytes: options.storeQuotaBytes }),
    createdAt: Date.now(),
  };
  let engine: ChildProcess;
  try {
    await writeFile(startFile(folder), JSON.stringify(start, null, 2), { mode: 0o600 });
    engine = await launch(folder, options, hasKey(options));
  } catch (error) {
    if (!(await hasJournal(folder))) await rm(folder, { recursive: true, force: true });
    throw asStartFailed(error);
  }
  return launchOrAttach(folder, options, engine);
}

/**
 * Attaches to a run; starts its engine again when none serves it. The engine goes on from the last entry, or only shows a run
 * that has ended.
 * @throws StartFailed
 */
export async function resumeRun(
  runId: string,
  options: LaunchOptions & { readonly key?: string },
): Promise<RunConnection> {
  const run = await findRun(options.state, runId);
  if (!run) throw new StartFailed('failure', `There is no run ${runId} in ${runsFolder(options.state)}`);
  return launchOrAttach(run.folder, options, run.alive ? 'alive' : 'none');
}

/**
 * Until one serves and has the key: ours, one that another window started at the same time, or one that was about to die when
 * it was found. @param engine the one that was started just now, or what is known of one
 */
async function launchOrAttach(
  folder: string,
  options: LaunchOptions & WithKey,
  engine: ChildProcess | 'alive' | 'none',
): Promise<RunConnection> {
  let started = typeof engine === 'string' ? null : engine;
  let launchNext = engine === 'none';
  for (let attempt = 1; ; attempt++) {
    try {
      if (launchNext) started = await launch(folder, options, hasKey(options));
      return await attach(folder, options);
    } catch (error) {
      const locked = error instanceof StartFailed && error.code === 'locked';
      const unreachable = locked || error instanceof EngineGone;
      if (attempt === attachAttempts || !unreachable || error instanceof EngineHangs) {
        if (error instanceof StartFailed || started === null || hasEnded(started)) throw asStartFailed(error);
        throw await withoutWindow(basename(folder), unreachable ? started : null, error);
      }
      // Who holds the lock will serve in a moment; if it doesn't, it may have died, and the next launch finds out.
      if (locked) await sleep(attachRetryMs);
      launchNext = !locked || attempt % attemptsPerLaunch === 0;
    }
  }
}

/** Attaches and hands the key over. @throws EngineGone, RequestRefused; then nothing is attached */
async function attach(folder: string, options: LaunchOptions & WithKey): Promise<RunConnection> {
  const connection = await RunConnection.open({
    run: folder,
    client: options.client,
    ...(options.askModel !== undefined && { askModel: options.askModel }),
  });
  try {
    if (hasKey(options) && !connection.readOnly) await connection.request('provideKey', { key: options.key });
    return connection;
  } catch (error) {
    connection.dispose();
    throw error;
  }
}

/** What became of an engine that was started and got no window. @param unreachable is ended; null: it can be reached */
async function withoutWindow(runId: string, unreachable: ChildProcess | null, cause: unknown): Promise<StartFailed> {
  const why = messageOf(cause).replace(/\.$/, '');
  if (unreachable === null) {
    const how = `The engine of run ${runId} has started and goes on: "belay attach ${runId}" follows it, "belay stop ${runId}" ends it.`;
    return new StartFailed('failure', `${why}. ${how}`, cause);
  }
  await endEngine(unreachable);
  const how = `Run ${runId} has started but could not be reached, so its engine was ended; "belay resume ${runId}" goes on with it.`;
  return new StartFailed('failure', `${why}. ${how}`, cause);
}

async function endEngine(engine: ChildProcess): Promise<void> {
  const gone = once(engine, 'exit');
  if (hasEnded(engine)) return;
  engine.ref();
  engine.kill('SIGTERM');
  const late = setTimeout(() => engine.kill('SIGKILL'), endMs);
  await gone;
  clearTimeout(late);
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

interface WithKey {
  readonly key?: string;
}

function hasKey<T extends WithKey>(options: T): options is T & { readonly key: string } {
  return options.key !== undefined && options.key.trim() !== '';
}

/**
 * For the engine's Node, MB: it lives for weeks beside an editor. V8 would let its young generation grow to ten times that and
 * keep it, which is more than all that a long run has in memory.
 */
export const engineFlags: readonly string[] = ['--max-semi-space-size=4'];

/**
 * Starts an engine on a run directory; resolves when it serves. With `keyFollows` the engine waits for the key before it does
 * anything. @throws StartFailed, NoNode, EngineNotInstalled
 */
async function launch(folder: string, options: LaunchOptions, keyFollows: boolean): Promise<ChildProcess> {
  const [node, engine] = await Promise.all([
    nodeForEngine({ ...options.nodePlaces, ...(options.nodePath !== undefined && { configured: options.nodePath }) }),
    installEngine(options.engineBundle, options.state),
  ]);
  const log = await open(engineLogFile(folder), 'a', 0o600);
  try {
    const args = [...engineFlags, engine.main, '--run', folder, ...(keyFollows ? ['--key-follows'] : [])];
    const child = spawn(node.path, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', log.fd],
      env: { ...engineEnvironment(process.env), BELAY_STATE_DIR: options.state, ...node.env },
      windowsHide: true,
    });
    const report = await startReport(child, folder);
    child.unref();
    if (!report.ready) throw new StartFailed(report.code, report.message);
    return child;
  } finally {
    await log.close();
  }
}

/** Beside the usual: what a firm's network asks of whoever calls the model. Proxies are named in both cases of letters. */
const passedOn =
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|PATH|HOME|LANG|LC_\w+|TZ|XDG_\w+|BELAY_POLICY|TMPDIR|SystemRoot|windir|USERPROFILE|LOCALAPPDATA|APPDATA|PATHEXT|TEMP|TMP)$/;

const loopback = 'localhost,127.0.0.1,::1';

/**
 * The few names that an engine needs of the launcher's environment; keys and tokens of other programs are not among them. A
 * proxy's URL may hold a password: commands, builds and candidates get an environment of their own and never see it. Node asks
 * a proxy only when told to, and then for a model on this machine too unless that is told as well.
 */
export function engineEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && passedOn.test(name)) kept[name] = value;
  if (!Object.keys(kept).some((name) => /^https?_proxy$/i.test(name))) return kept;
  const { NO_PROXY: upper, no_proxy: lower, ...rest } = kept;
  const without = lower ?? upper;
  const noProxy = without === undefined || without === '' ? loopback : `${without},${loopback}`;
  return { ...rest, no_proxy: noProxy, NO_PROXY: noProxy, NODE_USE_ENV_PROXY: '1' };
}

/** The first line of stdout; an engine that says nothing in time is ended. */
async function startReport(child: ChildProcess, folder: string): Promise<StartReport> {
  const { stdout } = child;
  assert(stdout, 'stdout is a pipe');
  const lines = createInterface({ input: stdout });
  const late = new AbortController();
  try {
    return await Promise.race([
      new Promise<StartReport>((resolve) =>
        lines.once('line', (line) => {
          resolve(asReport(line));
        }),
      ),
      new Promise<never>((_, reject) => child.once('error', reject)),
      new Promise<never>((_, reject) =>
        child.once('close', (code, signal) => {
          reject(new StartFailed('failure', `The engine ended while it started (${signal ?? `exit ${String(code)}`})`));
        }),
      ),
      sleep(reportWallMs, undefined, { signal: late.signal }).then(() => {
        child.kill('SIGKILL');
        throw new StartFailed('failure', `The engine did not start within ${String(reportWallMs / 1000)} s`);
      }),
    ]);
  } catch (error) {
    const said = (await readFile(engineLogFile(folder), 'utf8')).slice(-logTailChars).trim();
    throw new StartFailed(
      'failure',
      said === '' ? messageOf(error) : `${messageOf(error)}. Its log ends:\n${said}`,
      error,
    );
  } finally {
    late.abort();
    lines.close();
    stdout.destroy();
  }
}

function asReport(line: string): StartReport {
  try {
    const value = JSON.parse(line) as Partial<StartReport> | null;
    if (value?.ready === true || (value?.ready === false && typeof value.message === 'string'))
      return value as StartReport;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return {
    ready: false,
    code: 'failure',
    message: `The engine said something unexpected while it started: ${line.slice(0, 200)}`,
  };
}

async function newRunFolder(state: string): Promise<string> {
  await mkdir(runsFolder(state), { recursive: true, mode: 0o700 });
  for (;;) {
    const runId = newRunId(Date.now(), Math.random);
    try {
      await mkdir(runFolder(state, runId), { mode: 0o700 });
      return runId;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw asStartFailed(error);
    }
  }
}

async function hasJournal(folder: string): Promise<boolean> {
  const names = await readdir(`${folder}/journal`).catch(() => []); // absent: the engine didn't get that far
  return names.some((name) => name.endsWith('.jsonl'));
}

async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new StartFailed('task', `${path} can't be opened: ${messageOf(error)}`, error);
  }
}

function asStartFailed(error: unknown): StartFailed {
  if (error instanceof StartFailed) return error;
  const code = error instanceof NoNode || error instanceof EngineNotInstalled ? 'version' : 'failure';
  return new StartFailed(code, messageOf(error), error);
}
