/**
 * Job: a whole run in a temporary place: a tiny task, a scripted model on the loopback, real engines on a state folder of
 * its own, and windows that attach to them.
 * Boundary: real processes, sockets, git and files. Whatever a test does, `close` ends every engine and says what was left.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, vi } from 'vitest';
import { assert } from '../../src/base/assert.ts';
import type { RunConnection } from '../../src/client/connection.ts';
import { resumeRun, startRun } from '../../src/client/launch.ts';
import { findRuns, readEngineRecord } from '../../src/client/runs.ts';
import type { AskWindowModel } from '../../src/protocol/brokering.ts';
import type { Entry, EntryType } from '../../src/run/entry.ts';
import type { RunState } from '../../src/run/state.ts';
import { shownOf } from '../../src/run/shown.ts';
import { ModelServer, type ModelServerOptions, type RecordedRequest } from '../cmark/modelServer.ts';
import type { Answer } from '../cmark/policy.ts';
import { killEngine, readJournal } from '../fixtures/runOnDisk.ts';
import { writeTinyTask } from '../fixtures/tinyTask.ts';
import { engineBundle } from './engineBundle.ts';
import { familyOf, outliving, processesNaming, type ProcessMark } from './processes.ts';

export { killEngine, readJournal } from '../fixtures/runOnDisk.ts';
export { tinyTask, upper } from '../fixtures/tinyTask.ts';
export const modelKey = 'test-key';

/** How long a state may take to come; the machine may be busy. */
const stateWallMs = 25_000;

export interface BenchOptions {
  readonly answer?: NonNullable<ModelServerOptions['answer']>;
  readonly server?: ModelServerOptions;
  /** Merged over the keys of the task file. */
  readonly task?: Readonly<Record<string, unknown>>;
  /** More files of the workspace. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface StartChoice {
  /** null: none is given. */
  readonly key?: string | null;
  readonly unsealed?: boolean;
  readonly workspace?: string;
  readonly askModel?: AskWindowModel;
}

const benches: Bench[] = [];

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

export class Bench {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-contract-')));
  readonly state = join(this.folder, 'state');
  readonly workspace = join(this.folder, 'work');
  readonly heldOutFile = join(this.folder, 'outside', 'heldout.jsonl');
  readonly server: ModelServer;
  /** Entries that reached a window before the journal's file held them (J2). */
  readonly early: number[] = [];
  private readonly bundle: string;
  private readonly connections: RunConnection[] = [];
  private readonly seen: ProcessMark[] = [];

  private constructor(server: ModelServer, bundle: string) {
    this.server = server;
    this.bundle = bundle;
  }

  /** Made anew for each test, and closed after it. */
  static async make(options: BenchOptions = {}): Promise<Bench> {
    const answer = options.answer === undefined ? {} : { answer: options.answer };
    const server = await ModelServer.start({ key: modelKey, ...answer, ...options.server });
    const bench = new Bench(server, await engineBundle());
    benches.push(bench);
    writeTinyTask(bench.workspace, { modelUrl: server.url, ...(options.task && { overrides: options.task }) });
    bench.write('mine.txt', 'The supervisor wrote this.\n');
    for (const [path, content] of Object.entries(options.files ?? {})) bench.write(path, content);
    bench.commitAll();
    return bench;
  }

  commitAll(): void {
    const git = (...args: string[]) => execFileSync('git', ['-C', this.workspace, ...args], { stdio: 'pipe' });
    git('init', '--quiet', '--initial-branch', 'main');
    git('config', 'user.name', 'Supervisor');
    git('config', 'user.email', 'supervisor@example.invalid');
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'The task');
  }

  remove(path: string): void {
    rmSync(join(this.workspace, path));
  }

  write(path: string, content: string): void {
    const file = join(this.workspace, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** null: no such file. */
  read(path: string): string | null {
    const file = join(this.workspace, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  }

  async start({
    key = modelKey,
    unsealed = false,
    workspace = this.workspace,
    askModel,
  }: StartChoice = {}): Promise<RunConnection> {
    const connection = await startRun({
      state: this.state,
      engineBundle: this.bundle,
      client: 'anna@desk (window)',
      taskFile: join(workspace, 'belay.json'),
      workspace,
      unsealed,
      supervisor: 'anna',
      ...(key !== null && { key }),
      ...(askModel !== undefined && { askModel }),
    });
    return this.watch(connection);
  }

  /** Another window on the run, or its engine again after it died. */
  async resume(
    connection: RunConnection,
    client = 'anna@desk (window)',
    key: string | null = modelKey,
    askModel?: AskWindowModel,
  ): Promise<RunConnection> {
    const options = {
      state: this.state,
      engineBundle: this.bundle,
      client,
      ...(key !== null && { key }),
      ...(askModel !== undefined && { askModel }),
    };
    return this.watch(await resumeRun(runIdOf(connection), options));
  }

  /** Resolves with the first state that is as wanted. Fails with what the run looked like after a while, or at its end. */
  async until(connection: RunConnection, what: string, wanted: (state: RunState) => boolean): Promise<RunState> {
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => {
        reject(new Error(`waited for "${what}"\n${this.story(connection)}`));
      }, stateWallMs);
    });
    try {
      return await Promise.race([connection.until(wanted), tooLate]);
    } catch (error) {
      if (error instanceof Error && error.name === 'EngineGone')
        throw new Error(`waited for "${what}": ${error.message}\n${this.story(connection)}`, { cause: error });
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  gate(connection: RunConnection, gate = 1): Promise<RunState> {
    return this.until(connection, `gate ${String(gate)}`, (state) => state.gate?.gate === gate);
  }

  async accept(connection: RunConnection): Promise<void> {
    const { gate } = connection.state;
    assert(gate !== null, 'a gate is open');
    await connection.request('decide', { gate: gate.gate, decision: 'accept', shown: shownOf(connection.state, null) });
  }

  async rollBackAtGate(connection: RunConnection, to: number, reason?: string): Promise<void> {
    const { gate } = connection.state;
    assert(gate !== null, 'a gate is open');
    const { digest } = await connection.request('planRollback', { to });
    await connection.request('decide', {
      gate: gate.gate,
      decision: 'rollback',
      to,
      planDigest: digest,
      ...(reason !== undefined && { reason }),
      shown: shownOf(connection.state, null),
    });
  }

  /** Accepts what opens until the run has ended. */
  async acceptToEnd(connection: RunConnection): Promise<RunState> {
    for (;;) {
      const state = await this.until(connection, 'a gate or the end', (s) => s.gate !== null || s.ended !== null);
      if (state.ended) return state;
      await this.accept(connection);
      await this.until(connection, 'the next gate or the end', (s) => s.gate?.gate !== state.gate?.gate);
    }
  }

  async enginePid(connection: RunConnection): Promise<number> {
    const record = await readEngineRecord(connection.run);
    assert(record !== null, 'an engine serves the run');
    return record.pid;
  }

  /** Everything that this engine runs now; it is looked for again at the end of the test. */
  async family(connection: RunConnection): Promise<readonly ProcessMark[]> {
    const family = familyOf(await this.enginePid(connection));
    this.seen.push(...family);
    return family;
  }

  /** Kills the engine, as a crash does, and waits until nothing of it lives. */
  async crash(connection: RunConnection): Promise<void> {
    const family = await this.family(connection);
    killEngine(connection.run);
    expect(await outliving(family), 'processes that outlived their engine').toEqual([]);
  }

  /** Processes of engines that a test has killed, once they had time to go. */
  left(): Promise<readonly ProcessMark[]> {
    return outliving([...this.seen, ...processesNaming(this.folder)]);
  }

  /** The journal as its files hold it now. */
  journal(connection: { readonly run: string }): readonly Entry[] {
    return readJournal(connection.run);
  }

  entries<T extends EntryType>(connection: { readonly run: string }, type: T): readonly Entry<T>[] {
    return this.journal(connection).filter((entry) => entry.type === type) as unknown as Entry<T>[];
  }

  /** All that the run directory holds as text, for secrets that must not be there. */
  textOfRun(connection: { readonly run: string }): string {
    const files = readdirSync(connection.run, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    return files.map((one) => readFileSync(join(one.parentPath, one.name), 'latin1')).join('\n');
  }

  /** What went over the wire, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return this.server.requests;
  }

  async close(): Promise<void> {
    for (const connection of this.connections.splice(0)) connection.dispose();
    for (const { engine, alive } of await findRuns(this.state)) {
      if (engine === null) continue;
      this.seen.push(...familyOf(engine.pid).filter((one) => alive || one.command.includes(this.state)));
      if (alive) process.kill(engine.pid, 'SIGKILL');
    }
    await this.server.stop();
    this.seen.push(...processesNaming(this.folder));
    const left = await outliving(this.seen);
    rmSync(this.folder, { recursive: true, force: true });
    expect(left, 'processes left').toEqual([]);
    expect(this.early, 'J2: entries told before they were in the journal').toEqual([]);
  }

  private watch(connection: RunConnection): RunConnection {
    this.connections.push(connection);
    connection.onEntry((entry) => {
      if (!isInJournal(connection.run, entry)) this.early.push(entry.seq);
    });
    return connection;
  }

  /** For a failed wait. */
  private story(connection: RunConnection): string {
    const last = this.journal(connection)
      .slice(-12)
      .map((entry) => JSON.stringify(entry).slice(0, 300));
    const log = join(connection.run, 'engine.log');
    return [...last, existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : ''].join('\n');
  }
}

export const runIdOf = (connection: { readonly run: string }) =>
  connection.run.slice(connection.run.lastIndexOf('/') + 1);
export const runsIn = (state: string): readonly string[] =>
  existsSync(`${state}/runs`) ? readdirSync(`${state}/runs`) : [];

/** J2: whether the very line is in the file. */
export function isInJournal(run: string, entry: Entry): boolean {
  return readJournal(run).some((line) => line.seq === entry.seq && JSON.stringify(line) === JSON.stringify(entry));
}

/** Says one answer after the other, by how many the request shows: it keeps nothing between requests. Then it finishes. */
export function script(...answers: readonly Answer[]): NonNullable<ModelServerOptions['answer']> {
  return (messages) =>
    answers[messages.filter((message) => message.role === 'assistant').length] ??
    say('Done.', { name: 'finish', args: { summary: 'all is done' } });
}

export const say = (text: string, ...toolCalls: Answer['toolCalls']): Answer => ({ text, toolCalls });
export const writes = (path: string, content: string) => ({ name: 'write_file', args: { path, content } });
export const reads = (path: string) => ({ name: 'read_file', args: { path } });
export const runs = (command: string) => ({ name: 'run', args: { command } });

export const isAsking = ({ step }: RunState): boolean => step !== null && step.request !== null;
export const isAnswered = ({ step }: RunState): boolean => step !== null && step.calls !== null;
export const isRetrying = ({ step }: RunState): boolean => step !== null && step.retry !== null;
