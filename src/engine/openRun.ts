/**
 * Job: open a run directory: locks, journal, world, and every part of the engine that works on them, joined.
 * Boundary: makes and joins; the loop, the server and the process's life are `main`'s.
 * Rules: J7 the operating system's lock is taken before the journal is read. W1 the workspace's lock is held while the run can
 *   go on. S1 a run that is opened again gets its opening entries first, then a safety checkpoint where a step was cut.
 */
import { join } from 'node:path';
import { assert, messageOf } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { DisposableStore } from '../base/disposable.ts';
import type { Delta } from '../run/delta.ts';

import { limits } from '../run/limits.ts';
import { openingEntries } from '../run/recover.ts';
import { parseTask, type Task } from '../run/task.ts';
import {
  quarantineFolder,
  steeringFile,
  workspacesFolder,
  type StartFailure,
  type StartRequest,
} from '../protocol/places.ts';
import { besideEngine } from './build.ts';
import { openCheckpointStore, type CheckpointStore } from './checkpoint/store.ts';
import { creationEntry, taskDigestName } from './createRun.ts';
import type { Editors } from './editors.ts';
import { agentPorts } from './effects/agentPorts.ts';
import { Checkpoints } from './effects/checkpoints.ts';
import { settleCommit } from './effects/commits.ts';
import { Housekeeping } from './effects/housekeeping.ts';
import type { IntegrityChecks } from './effects/integrityChecks.ts';
import { Rejections } from './effects/rejections.ts';
import { Rollbacks } from './effects/rollbacks.ts';
import { shadowsOf } from './effects/shadows.ts';
import { Turns } from './effects/turns.ts';
import { Verifications } from './effects/verifications.ts';
import { Bisections } from './effects/bisections.ts';
import { VisibleCases, type VisibleCasesPorts } from './effects/visibleCases.ts';
import type { AgentPorts } from './agent/tool.ts';
import { Blobs } from './journal/blobs.ts';
import { takeRunLock } from './lock/runLock.ts';
import { takeWorkspaceLock } from './lock/workspaceLock.ts';
import { openIntegrity } from './openIntegrity.ts';
import { openFolds, type UncheckedSnapshot } from './openFolds.ts';
import { openModel, recordingFromFile, recordingFromJournal, type OpenedModel } from './openModel.ts';
import { startRefused } from './policies.ts';
import type { Records } from './records.ts';
import { openVerifiers } from './openVerifiers.ts';
import type { Run } from './run.ts';
import { programOn, sandboxProblem } from './sandbox/probe.ts';
import type { HeldOutSuite, VisibleSuite } from './verification/suite.ts';
import type { VerifierClient } from './verification/verifierClient.ts';
import { checkAtFirst } from './firstCheck.ts';
import { forgetFork, forkOriginOf } from './workspace/forkFolder.ts';
import { Steering } from './workspace/steering.ts';
import { loadTask } from './workspace/taskFile.ts';
import { makeWorld, type World } from './world.ts';

export interface OpenedRun {
  readonly run: Run;
  readonly records: Records;
  /** What the run goes on from, to be checked against the journal; null: it was folded whole. */
  readonly snapshot: UncheckedSnapshot | null;
  readonly blobs: Blobs;
  readonly store: CheckpointStore;
  readonly checkpoints: Checkpoints;
  readonly rollbacks: Rollbacks;
  readonly rejections: Rejections;
  readonly visibleCases: VisibleCases;
  readonly bisections: Bisections;
  readonly housekeeping: Housekeeping;
  /** null for a run that has ended: it is only shown. */
  readonly active: ActiveRun | null;
  /** Frees locks, store and child processes. */
  readonly close: () => Promise<void>;
}

/** What only a run that goes on has. */
export interface ActiveRun {
  readonly world: World;
  readonly verifications: Verifications;
  readonly integrity: IntegrityChecks;
  /** Runs visible cases for a person. */
  readonly tryVisible: NonNullable<VisibleCasesPorts['verify']>;
  readonly agent: AgentPorts;
  readonly model: OpenedModel;
  /** Frees what only a run that goes on needs: the workspace for another run, the verifiers' processes. */
  readonly retire: () => Promise<void>;
}

export interface OpenOptions {
  readonly folder: string;
  readonly state: string;
  readonly start: StartRequest;
  readonly clock: Clock;
  readonly random: () => number;
  readonly sendDelta: (delta: Delta) => void;
  readonly editors: Editors;
}

/** Why a run could not be opened; the message is for a person, the code for the launcher. */
export class OpenFailed extends Error {
  override readonly name = 'OpenFailed';
  readonly code: StartFailure;

  constructor(code: StartFailure, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws OpenFailed, JournalDamaged, NoSandbox, VerificationFailed, DiskFull; then everything is freed again. */
export async function openRun(options: OpenOptions): Promise<OpenedRun> {
  const owned = new DisposableStore();
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closing.reverse()) await end();
    owned.dispose();
  };
  try {
    return await open(options, owned, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  options: OpenOptions,
  owned: DisposableStore,
  closing: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<OpenedRun> {
  const { folder, clock } = options;
  refuseWithoutGit();
  const lock = takeRunLock(folder);
  if (lock.held) throw new OpenFailed('locked', 'another engine serves this run');
  owned.add(lock.lock);
  const blobs = new Blobs(folder);
  const { run, records, snapshot } = await openFolds({ folder, blobs, clock }, closing);
  const ended = run.state.ended !== null;
  const freeWorkspace = ended ? null : await lockWorkspace(options, closing);
  const store = owned.add(
    await openCheckpointStore({
      folder: join(folder, 'store.git'),
      workspace: options.start.workspace,
      lister: besideEngine('lister.mjs', 'checkpoint/listWorker.ts'),
    }),
  );
  closing.push(() => settled(store));
  const checkpoints = new Checkpoints(run, store, blobs, clock, options.editors);
  if (ended) await settleCommit(run, folder);
  const rollbacks = new Rollbacks(run, checkpoints, store, blobs, options.editors);
  const rejections = new Rejections(run, checkpoints, rollbacks);
  const active =
    freeWorkspace && (await activate(options, { run, records, blobs, store, checkpoints, freeWorkspace }, closing));
  const housekeeping = keepHouse(run, store, clock, closing);
  const verify = active?.tryVisible ?? null;
  const visibleCases = new VisibleCases({
    run,
    blobs,
    suite: visibleSuiteIn(folder),
    source: active && sourceOf(active.world),
    verify,
  });
  const bisections = new Bisections({ run, blobs, results: () => records.folded.visibleResults, verify });
  const looks = { visibleCases, bisections };
  const parts = { run, records, snapshot, blobs, store, checkpoints, rollbacks, rejections };
  return { ...parts, ...looks, housekeeping, active, close };
}

/** So that git can read the store of a run that nobody serves. Where it fails nothing is lost, and the next start tries again. */
async function settled(store: CheckpointStore): Promise<void> {
  await store.settle().catch((error: unknown) => {
    console.error(`the newest checkpoints stay in the store's log: ${messageOf(error)}`);
  });
}

const visibleSuiteIn = (folder: string): VisibleSuite => ({
  kind: 'visible',
  file: join(folder, 'visible', 'visible.jsonl'),
});

/** The file of the visible cases in the workspace; a split one is none that the agent may see. */
const sourceOf = ({ suiteFiles }: World) => ('visible' in suiteFiles ? suiteFiles.visible : null);

/** A line of the engine's log. */
const logWith = (clock: Clock) => (line: string) => {
  console.error(`${new Date(clock.now()).toISOString()} ${line}`);
};

function keepHouse(run: Run, store: CheckpointStore, clock: Clock, closing: (() => Promise<void>)[]): Housekeeping {
  const housekeeping = new Housekeeping({ run, upkeep: store.upkeep, clock, say: logWith(clock) });
  closing.push(() => housekeeping.close());
  return housekeeping;
}

/** Checkpoints are kept and read with it, baseline and seal are asked of it: said once, before anything is begun. */
function refuseWithoutGit(): void {
  if (process.platform === 'win32' || programOn(process.env['PATH'] ?? '', 'git') !== null) return;
  throw new OpenFailed(
    'version',
    'git was not found on the PATH, and Belay keeps its checkpoints with it. Install it (the package git of your system), then start again.',
  );
}

/** Returns how to free it, which may be done again: it frees once, since by then another run may hold it. */
async function lockWorkspace(
  { state, start }: OpenOptions,
  closing: (() => Promise<void>)[],
): Promise<() => Promise<void>> {
  const { workspace, runId } = start;
  const taken = await takeWorkspaceLock(workspacesFolder(state), { workspace, runId, pid: process.pid });
  if (!taken.ok) throw new OpenFailed('workspace-busy', sentence(taken.message));
  let freed: Promise<void> | null = null;
  const free = () => (freed ??= taken.lock.release());
  closing.push(free);
  return free;
}

/** A run that has begun goes on with the limits that it has. @throws OpenFailed */
async function refuseByPolicy(fresh: boolean, { task, sandbox }: World): Promise<void> {
  const refused = await startRefused(fresh ? { task, unsealed: sandbox.kind === 'unsealed' } : null);
  if (refused !== null) throw new OpenFailed('policy', refused);
}

interface Parts {
  readonly run: Run;
  readonly records: Records;
  readonly blobs: Blobs;
  readonly store: CheckpointStore;
  readonly checkpoints: Checkpoints;
  readonly freeWorkspace: () => Promise<void>;
}

async function activate(options: OpenOptions, parts: Parts, closing: (() => Promise<void>)[]): Promise<ActiveRun> {
  const { folder, start, random, state } = options;
  const { run, records, blobs, checkpoints, freeWorkspace } = parts;
  const fresh = run.state.run === null;
  const task = fresh ? await taskFromFile(start) : await taskFromJournal(run, blobs);
  const unsealedAllowed = start.unsealed || run.state.run?.seal.unsealedBy !== undefined;
  const { workspace, taskFile } = start;
  const unchecked = checkAtFirst(state);
  const world = await makeWorld({ state, run: folder, workspace, taskFile, task, unsealedAllowed, unchecked });
  await refuseByPolicy(fresh, world);
  const steering = await openSteering(options, run);
  const turns = new Turns();
  const { visible, heldOut } = openVerifiers(folder, turns, closing);
  const suites = { visible: join(folder, 'visible'), heldOut: join(folder, 'heldOut') };
  if (fresh) {
    const report = await heldOut.seal({
      workspace: world.workspace,
      visibleFolder: suites.visible,
      heldOutFolder: suites.heldOut,
      suites: world.suiteFiles,
      toolchains: world.view.toolchains,
    });
    const recording = await recordingFromFile(start, task);
    const created = await creationEntry(start, world, report, recording, blobs, forkOriginOf(options.state, workspace));
    await run.record(created, ...openingEntries(run.state, process.pid));
    forgetFork(options.state, workspace);
  } else {
    await run.record(...openingEntries(run.state, process.pid));
    await settleCommit(run, folder);
    if (run.state.step !== null)
      await checkpoints.take({ kind: 'safety', step: run.state.step.step, title: 'After an interruption' });
  }
  const recording = await recordingFromJournal(run, blobs);
  const visibleSuite = visibleSuiteIn(folder);
  const heldOutSuite: HeldOutSuite = {
    kind: 'heldOut',
    file: join(suites.heldOut, 'heldOut.jsonl'),
    visible: visibleSuite.file,
  };
  const { verifications, tryVisible } = measuring(options, parts, world, {
    visible,
    heldOut,
    visibleSuite,
    heldOutSuite,
    turns,
  });
  closing.push(() => verifications.close());
  const integrity = openIntegrity(
    { run, blobs, random, checkpoints, world, visible, visibleSuite, clock: options.clock },
    closing,
  );
  const agent = agentPorts({
    world,
    steering,
    turns,
    shadows: shadowsOf({ ...parts, state, world, say: logWith(options.clock) }),
    dirtyEditors: () => options.editors.dirty(),
    random,
    probesMade: records.folded.probesMade,
    toolOutput: (callId) => records.outputByNumber(callId),
    recording,
    visible: { suite: visibleSuite, verifier: visible },
  });
  const retire = async () => {
    await Promise.all([visible.close(), heldOut.close()]);
    await freeWorkspace();
  };
  const model = openModel({ folder, task, run, records, checkpoints, recording });
  return { world, verifications, integrity, tryVisible, agent, model, retire };
}

interface Measures {
  readonly visible: VerifierClient<'visible'>;
  readonly heldOut: VerifierClient<'heldOut'>;
  readonly visibleSuite: VisibleSuite;
  readonly heldOutSuite: HeldOutSuite;
  readonly turns: Turns;
}

/** What verifies checkpoints: for the figures, and visible cases for a person. */
function measuring(
  { clock, random, sendDelta }: OpenOptions,
  { run, blobs, checkpoints }: Parts,
  world: World,
  { visible, heldOut, visibleSuite, heldOutSuite, turns }: Measures,
): Pick<ActiveRun, 'verifications' | 'tryVisible'> {
  const contentOf = (checkpoint: number) => ({
    recipe: world.recipe,
    tree: checkpoints.summary(checkpoint).tree,
    checkOut: (to: string) => checkpoints.exportTo(checkpoint, to),
  });
  const tryVisible = (checkpoint: number, ids: readonly string[]) =>
    visible.verify({
      ...contentOf(checkpoint),
      suite: visibleSuite,
      seed: Math.floor(random() * 2 ** 32),
      only: { ids },
      show: ids.length,
      showChars: limits.triedChars,
    });
  const verifications = new Verifications({
    run,
    clock,
    blobs,
    sendDelta,
    random,
    turns,
    sandboxProblem: () => sandboxProblem(world.sandbox),
    verifyCheckpoint: ({ checkpoint, suite, seed, sample }, signal, onProgress) => {
      const common = { ...contentOf(checkpoint), seed, signal, onProgress };
      return suite === 'visible'
        ? visible.verify({ ...common, suite: visibleSuite, ...(sample && { sample }) })
        : heldOut.verify({ ...common, suite: heldOutSuite });
    },
  });
  return { verifications, tryVisible };
}

/** A command that the engine before this one did not see end is over by now, and may have left something. */
function openSteering({ folder, start, editors }: OpenOptions, { state }: Run): Promise<Steering> {
  const isCut = state.step?.calls?.some((call) => call.startedAt !== null && call.result === null) === true;
  const place = {
    workspace: start.workspace,
    record: steeringFile(folder),
    quarantine: quarantineFolder(folder),
    saved: () => editors.saved(),
  };
  return Steering.open(place, isCut);
}

async function taskFromFile({ taskFile, workspace }: StartRequest): Promise<Task> {
  const loaded = await loadTask({ taskFile, workspace, env: process.env });
  if (loaded.ok) return loaded.task;
  const problems = loaded.problems.filter((p) => p.severity === 'error').map((p) => p.text);
  throw new OpenFailed('task', problems.join('\n'));
}

async function taskFromJournal(run: Run, blobs: Blobs): Promise<Task> {
  const digest = run.state.run?.provenance.digests[taskDigestName];
  assert(digest !== undefined, 'a run names its task');
  const parsed = parseTask(JSON.parse((await blobs.getBlob(digest)).toString('utf8')));
  if (!parsed.ok)
    throw new OpenFailed(
      'version',
      'The task of this run is of another version of Belay; resume it with the version that started it.',
    );
  return parsed.task;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
