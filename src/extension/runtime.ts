/**
 * Job: the late bundle (dist/runtime.cjs): what the window does with engines, through the client layer.
 * Boundary: no vscode; adapts `src/client` to the window's RunLink.
 */
import { open } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { basename, sep } from 'node:path';
import { messageOf } from '../base/assert.ts';
import { Emitter } from '../base/emitter.ts';
import { DisposableStore } from '../base/disposable.ts';
import { RunConnection } from '../client/connection.ts';
import { checkSandbox } from '../client/checkSandbox.ts';
import { copySample, SampleFailed } from '../client/copySample.ts';
import { resumeRun, startRun, StartFailed, type LaunchOptions } from '../client/launch.ts';
import { EngineGone } from '../client/link.ts';
import { lookAtReference, preflight } from '../client/preflight.ts';
import { recordSuite } from '../client/recordSuite.ts';

import type { AskWindowModel } from '../protocol/brokering.ts';
import { deleteRun, whatDeleting } from '../client/deleteRun.ts';
import { findKnownRun, listRuns } from '../client/knownRuns.ts';
import { findRun, findRuns, readStoredReport, readStoredState, type FoundRun } from '../client/runs.ts';
import { engineLogFile, runFolder, stateFolder } from '../protocol/places.ts';
import { inspectTask } from './inspectTask.ts';
import { modelCatalogue } from './modelCatalogue.ts';
import type { Closed, LinkResult, RunLink, Runtime } from './runLink.ts';
import { taskMaker } from './newTask/taskMaker.ts';
import { realOf, type RunRecord } from './runRecords.ts';
import { taskEdits } from './taskEdits.ts';

const logTailBytes = 8_192;

export interface RuntimePorts {
  /** The folder of the engine's bundle in the extension. */
  readonly engineFolder: string;
  /** The setting; empty when not set. */
  readonly nodePath: () => string;
  readonly askModel: AskWindowModel;
}

export function createRuntime(ports: RuntimePorts): Runtime {
  const state = stateFolder(process.env, homedir());
  const launch = (): LaunchOptions => ({
    state,
    engineBundle: ports.engineFolder,
    client: clientName(),
    nodePath: ports.nodePath(),
    askModel: ports.askModel,
  });
  return {
    inspectTask,
    models: modelCatalogue,
    taskEdits,
    newTask: taskMaker({
      home: homedir(),
      searchPath: process.env['PATH'] ?? '',
      lookAtReference: (command, folder, keep) => lookAtReference({ command, folder, keep }, launch()),
    }),
    recordSuite: (request, onProgress, signal) => recordSuite(request, { ...launch(), onProgress, signal }),
    preflight: (taskFile, workspace) => preflight({ taskFile, workspace }, launch()),
    checkSandbox: (onProgress, signal) => checkSandbox({ ...launch(), onProgress, signal }),
    copySample: async (sample, parent) => {
      try {
        return { ok: true, ...(await copySample(sample, parent)) };
      } catch (error) {
        if (error instanceof SampleFailed) return { ok: false, reason: error.reason, message: error.message };
        throw error;
      }
    },
    startRun: (options) => linked(() => startRun({ ...options, ...launch(), supervisor: supervisorName() })),
    resumeRun: (runId, key) => linked(() => resumeRun(runId, { ...launch(), ...(key !== undefined && { key }) })),
    runInTheWay: (workspace) => runInTheWay(state, workspace),
    attachRun: (runId) => attachRun(state, runId, ports.askModel),
    whatDeleting: async (runId) => whatDeleting(await foundRun(state, runId)),
    deleteRun: async (runId) => deleteRun(await foundRun(state, runId), launch()),
    storedState: (runId) => readStoredState(runFolder(state, runId)),
    storedReport: (runId) => readStoredReport(runFolder(state, runId)),
    listRuns: () => listRuns(state),
    findRun: (runId) => findKnownRun(state, runId),
    readEngineLog: (runId) => tailOf(engineLogFile(runFolder(state, runId))),
  };
}

const supervisorName = (): string => `${userInfo().username}@${hostname()}`;

/** Who attaches and decides, for the journal: "anna@host (window)". */
const clientName = (): string => `${supervisorName()} (window)`;

async function linked(open: () => Promise<RunConnection>): Promise<LinkResult> {
  try {
    const connection = await open();
    return { ok: true, link: linkOf(basename(connection.run), connection) };
  } catch (error) {
    if (error instanceof StartFailed) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

async function foundRun(state: string, runId: string): Promise<FoundRun> {
  const found = await findRun(state, runId);
  if (found === null) throw new Error(`There is no run ${runId} on this machine, or its start.json can’t be read.`);
  return found;
}

async function runInTheWay(state: string, workspace: string): Promise<RunRecord | null> {
  const real = await realOf(workspace);
  const contains = (folder: string, path: string) => path === folder || path.startsWith(folder + sep);
  const run = (await findRuns(state)).find(
    ({ alive, start }) => alive && (contains(start.workspace, real) || contains(real, start.workspace)),
  );
  return run === undefined ? null : { runId: run.runId, workspace: run.start.workspace };
}

async function attachRun(state: string, runId: string, askModel: AskWindowModel): Promise<RunLink | null> {
  try {
    return linkOf(runId, await RunConnection.open({ run: runFolder(state, runId), client: clientName(), askModel }));
  } catch (error) {
    if (error instanceof EngineGone) return null;
    throw error;
  }
}

/** A connection as the window sees it. */
export function linkOf(runId: string, connection: RunConnection): RunLink {
  const store = new DisposableStore();
  const replaced = store.add(new Emitter<void>());
  const closed = store.add(new Emitter<Closed>());
  let seq = connection.state.seq;
  store.add(
    connection.onEntry((entry) => {
      seq = entry.seq;
    }),
  );
  // A state that no entry led to came as a snapshot, after a connection that was down for long.
  store.add(
    connection.onState((state) => {
      if (state.seq === seq) return;
      ({ seq } = state);
      replaced.fire();
    }),
  );
  store.add(
    connection.onClosed(({ kind, message }) => {
      closed.fire(kind === 'lost' ? { kind: 'died', message } : { kind: 'goodbye', reason: message });
    }),
  );
  return {
    runId,
    get state() {
      return connection.state;
    },
    get readOnly() {
      return connection.readOnly;
    },
    get signs() {
      return connection.signs;
    },
    request: (name, params) => connection.request(name, params),
    onEntry: connection.onEntry,
    onDelta: connection.onDelta,
    onReplaced: replaced.event,
    onClosed: closed.event,
    dispose: () => {
      store.dispose();
      connection.dispose();
    },
  };
}

async function tailOf(file: string): Promise<string> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    const start = Math.max(0, size - logTailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    return `(${file} can't be read: ${messageOf(error)})`;
  }
}
