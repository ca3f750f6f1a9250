/**
 * Job: one life of an engine in the simulated world: opened as `openRun` does it, looped as `main` does it, out of the real
 * parts; only the edges (disk, provider, verifier, sandbox, workspace) are simulated.
 * Boundary: what a sabotaged engine does otherwise comes in as `parts`; the product has no hook for it.
 */
import { messageOf } from '../../src/base/assert.ts';
import type { BlobRef, Entry, EntryBody, TaskFacts } from '../../src/run/entry.ts';
import { decide } from '../../src/run/decide.ts';
import type { RunState } from '../../src/run/state.ts';
import { openingEntries } from '../../src/run/recover.ts';
import type { Task } from '../../src/run/task.ts';
import { toolDefinitions } from '../../src/engine/agent/tools.ts';
import { CommandQueue } from '../../src/engine/commandQueue.ts';
import { Editors } from '../../src/engine/editors.ts';
import { Acceptances } from '../../src/engine/effects/acceptances.ts';
import { Checkpoints } from '../../src/engine/effects/checkpoints.ts';
import { requestSummary } from '../../src/engine/effects/compaction.ts';
import { requestModel } from '../../src/engine/effects/requestModel.ts';
import { Commits } from '../../src/engine/effects/commits.ts';
import { Rejections } from '../../src/engine/effects/rejections.ts';
import { Rollbacks } from '../../src/engine/effects/rollbacks.ts';
import { IntegrityChecks } from '../../src/engine/effects/integrityChecks.ts';
import { Turns } from '../../src/engine/effects/turns.ts';
import { Verifications } from '../../src/engine/effects/verifications.ts';
import { Blobs } from '../../src/engine/journal/blobs.ts';
import { openJournal, type Journal } from '../../src/engine/journal/journal.ts';
import { checkSnapshot } from '../../src/engine/checkSnapshot.ts';
import { runLoop, type Performers } from '../../src/engine/loop.ts';
import { openFolds } from '../../src/engine/openFolds.ts';
import type { OpenedRun } from '../../src/engine/openRun.ts';
import { performersOf } from '../../src/engine/performers.ts';
import type { Records } from '../../src/engine/records.ts';
import { requestHandlers } from '../../src/engine/requests.ts';
import type { Run } from '../../src/engine/run.ts';
import type { Handlers } from '../../src/engine/server.ts';
import { PowerCut, type Random, type SimulatedDisk } from '../unit/journal/simulatedDisk.ts';
import type { SimulatedClock } from './clock.ts';
import type { SimulatedProvider } from './provider.ts';
import { SlowDisk } from './slowDisk.ts';
import { performSimulatedTool, simulatedAgentPorts, simulatedVerifier, type ToolWorld } from './tools.ts';
import { simulatedStore, type SimulatedWorkspace } from './workspace.ts';

export const runFolder = '/run';

/** The parts that a sabotage replaces. */
export interface Parts {
  readonly decide: typeof decide;
  readonly runLoop: typeof runLoop;
  readonly openJournal: typeof openJournal;
  readonly checkSnapshot: typeof checkSnapshot;
  readonly openingEntries: typeof openingEntries;
  readonly requestModel: typeof requestModel;
  readonly requestSummary: typeof requestSummary;
}

export const realParts: Parts = {
  decide,
  runLoop,
  openJournal,
  checkSnapshot,
  openingEntries,
  requestModel,
  requestSummary,
};

/** So many entries make a snapshot old: several in the life of an engine. */
const entriesPerSnapshot = 12;

/** What the background check says of the snapshot that a run was opened from, where that ends the engine. */
export class Distrusted extends Error {
  override readonly name = 'Distrusted';
  readonly kind: 'damaged' | 'lies';

  constructor(kind: 'damaged' | 'lies', message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface EngineWorld {
  readonly disk: SimulatedDisk;
  readonly clock: SimulatedClock;
  readonly workspace: SimulatedWorkspace;
  readonly provider: SimulatedProvider;
  readonly random: Random;
  readonly facts: TaskFacts;
  readonly segmentBytes: number;
  readonly parts: Parts;
  /** What the journal held, before anything new is appended; null: it was not read, the run goes on from a snapshot. */
  readonly onOpened: (entries: readonly Entry[] | null, run: Run) => void;
  readonly onEntry: (entry: Entry, run: Run) => void;
  /** The journal is about to be written to, as this operation of the disk. */
  readonly onAppend: (operation: number) => void;
  /** The provider is asked, or the agent changes the world. */
  readonly onCall: (run: Run) => void;
  readonly onWork: (work: string, run: Run) => void;
}

/** The handlers as a supervisor without a connection asks them. */
export type Asked = {
  readonly [K in keyof Handlers]: (params: Parameters<Handlers[K]>[0], client: string) => ReturnType<Handlers[K]>;
};

export class SimulatedEngine {
  readonly run: Run;
  readonly handlers: Asked;
  /** How the loop ended: null while it runs. */
  outcome: { readonly error: unknown } | null = null;
  private readonly slow: SlowDisk;
  private readonly world: EngineWorld;
  private readonly commands: CommandQueue;
  private readonly verifications: Verifications;
  private effect = new AbortController();
  private key: string | undefined;

  /** @throws what opening throws: DiskFull, JournalDamaged, or that the power was cut. */
  static async open(world: EngineWorld): Promise<SimulatedEngine> {
    const { disk, clock, random, parts, segmentBytes } = world;
    const slow = new SlowDisk(disk, clock.engine, random, (path, operation) => {
      if (path.startsWith(`${runFolder}/journal/`)) world.onAppend(operation);
    });
    const blobs = new Blobs(runFolder, slow);
    const { run, records, snapshot, journal } = await openFolds(
      {
        ...{ folder: runFolder, blobs, clock: clock.engine, disk: slow, segmentBytes, entriesPerSnapshot },
        ...{ openJournal: parts.openJournal, say: () => undefined },
      },
      [],
    );
    if (snapshot === null) world.onOpened(await entriesOf(journal), run);
    else {
      // In the background of the product; here before anything is built on it.
      const check = await parts.checkSnapshot(runFolder, slow);
      if (check.kind === 'lies') await snapshot.distrust();
      if (check.kind === 'lies' || check.kind === 'damaged') throw new Distrusted(check.kind, check.message);
      world.onOpened(null, run);
    }
    run.onEntry((entry) => {
      world.onEntry(entry, run);
    });
    const engine = new SimulatedEngine(world, slow, run, records, blobs);
    await engine.begin(blobs);
    return engine;
  }

  private readonly editors = new Editors('/workspace');
  private readonly records: Records;
  private readonly blobs: Blobs;
  private readonly checkpoints: Checkpoints;
  private readonly rollbacks: Rollbacks;
  private readonly toolWorld: ToolWorld;

  private constructor(world: EngineWorld, slow: SlowDisk, run: Run, records: Records, blobs: Blobs) {
    const { clock, workspace, random } = world;
    this.world = world;
    this.slow = slow;
    this.run = run;
    this.records = records;
    this.blobs = blobs;
    const requireLife = () => {
      if (slow.isDead) throw new PowerCut('the engine is gone');
    };
    const store = simulatedStore({ workspace, clock: clock.engine, random, requireLife });
    this.checkpoints = new Checkpoints(run, store, blobs, clock.engine, this.editors);
    this.rollbacks = new Rollbacks(run, this.checkpoints, store, blobs, this.editors);
    this.toolWorld = {
      workspace,
      random,
      requireLife,
      clock: clock.engine,
      onWork: (work) => {
        world.onWork(work, run);
      },
    };
    this.commands = new CommandQueue(() => {
      run.wake();
    });
    const treeOf = (checkpoint: number) => this.checkpoints.summary(checkpoint).tree;
    this.verifications = new Verifications({
      run,
      blobs,
      random,
      clock: clock.engine,
      sendDelta: () => undefined,
      turns: new Turns(),
      sandboxProblem: noProblem,
      verifyCheckpoint: simulatedVerifier({ random, treeOf, clock: clock.engine }),
    });
    const acceptances = new Acceptances(run, this.checkpoints, (work) =>
      run.state.ended ? work() : this.commands.add(work),
    );
    const handlers = requestHandlers({
      run,
      records,
      visibleCases: { list: notHere, tryAgain: notHere, read: notHere },
      bisections: { move: notHere },
      checkpoints: this.checkpoints,
      acceptances,
      fork: notHere,
      commits: new Commits(run, this.checkpoints, acceptances, '/no/folder'),
      rollbacks: this.rollbacks,
      rejections: new Rejections(run, this.checkpoints, this.rollbacks),
      housekeeping: { plan: notHere, thin: notHere },
      verifications: this.verifications,
      command: (work, owner) => this.commands.add(work, owner),
      cancelCommands: (owner) => this.commands.cancel(owner),
      interrupt: () => {
        this.effect.abort();
        void this.verifications.close();
      },
      takeKey: (key) => {
        this.key = key;
      },
      editors: this.editors,
      manual: null,
      playing: null,
      sandboxProblem: noProblem,
    });
    this.handlers = handlers as Asked; // no window reports its editors here, which alone need its identity
  }

  private async begin(blobs: Blobs): Promise<void> {
    const { run, world } = this;
    const opening = world.parts.openingEntries(run.state, 1);
    if (run.state.ended !== null) return;
    if (run.state.run === null) {
      const task = await blobs.putBlob('{"a":"task"}');
      await run.record(created(world.facts, task), ...opening);
    } else {
      await run.record(...opening);
      if (run.state.step !== null)
        await this.checkpoints.take({ kind: 'safety', step: run.state.step.step, title: 'After an interruption' });
    }
  }

  /** Runs the loop; how it ends stands in `outcome`. */
  start(): void {
    const { run, world, commands } = this;
    const loop = world.parts.runLoop(run, {
      clock: world.clock.engine,
      performers: this.performers(),
      runQueuedCommand: () => commands.runNext(run.state.step === null || run.state.paused !== null),
    });
    loop.then(
      () => {
        this.outcome = { error: null };
      },
      (error: unknown) => {
        this.outcome = { error };
      },
    );
  }

  /** SIGKILL: from here on this engine touches nothing. */
  kill(): void {
    this.slow.kill();
    this.world.clock.endEngine();
  }

  get isDead(): boolean {
    return this.slow.isDead;
  }

  private performers(): Performers {
    const { run, blobs, world, verifications, checkpoints, rollbacks } = this;
    const { clock, random, provider, parts } = world;
    const agent = simulatedAgentPorts(this.toolWorld);
    const sendDelta = () => undefined;
    // The parts of them that performers use; locks, stores and processes are not there.
    const opened = { run, blobs, checkpoints, rollbacks, records: this.records } as unknown as OpenedRun;
    const beginEffect = () => {
      if (!run.state.stopRequested) this.effect = new AbortController();
      return this.effect.signal;
    };
    const real = performersOf({
      opened,
      active: {
        world: { task, redacted: {} },
        model: { manual: null },
        verifications,
        integrity: new IntegrityChecks({
          run,
          checkpoints,
          scanner: {
            eligible: () => Promise.resolve(0),
            find: () => Promise.reject(new Error('no thread here')),
            close: () => Promise.resolve(),
          },
          clock: clock.engine,
          suite: null,
          passedOver: [],
          referenceDigest: null,
          duals: null,
        }),
        agent,
        retire: () => Promise.resolve(),
      } as unknown as NonNullable<OpenedRun['active']>,
      random,
      sendDelta,
      beginEffect,
      clock: clock.engine,
      key: () => this.key,
    });
    const modelPorts = {
      run,
      blobs,
      random,
      sendDelta,
      clock: clock.engine,
      key: () => this.key,
      endpoint: (state: RunState) => ({
        provider: 'openai-compatible' as const,
        baseUrl: 'http://127.0.0.1:1/v1',
        name: state.run?.task.model.name ?? 'simulated',
      }),
      tools: toolDefinitions({ hasReference: true }).map(({ name, schema }) => ({ name, schema, description: '' })),
      taskText: '{}',
      windows: null,
      call: (request: Parameters<SimulatedProvider['call']>[1], options: Parameters<SimulatedProvider['call']>[2]) => {
        if (this.slow.isDead) throw new PowerCut('the engine is gone');
        const result = provider.call(clock.engine, request, options);
        world.onCall(run);
        return result;
      },
    };
    const toolPorts = {
      run,
      blobs,
      agent,
      sendDelta,
      clock: clock.engine,
      commandSeconds: 10,
      sandboxProblem: noProblem,
    };
    return {
      ...real,
      requestModel: () => parts.requestModel(modelPorts, beginEffect()),
      requestSummary: (wanted) => parts.requestSummary(modelPorts, wanted, beginEffect()),
      performTool: ({ callId }) => performSimulatedTool(toolPorts, this.toolWorld, callId, beginEffect()),
    };
  }
}

async function entriesOf(journal: Journal): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of journal.reader.read()) entries.push(entry);
  return entries;
}

/** For what no client of the simulation asks. */
const notHere = () => Promise.reject(new Error('not in the simulation'));
const noProblem = () => Promise.resolve(null);

/** What performers read of the task. */
const task = {
  model: { provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', name: 'simulated' },
  sandbox: {},
  reference: { command: ['reference'] },
} as unknown as Task;

function created(facts: TaskFacts, text: BlobRef): EntryBody<'run.created'> {
  return {
    type: 'run.created',
    runId: '20261123-0640-7f3a',
    workspace: '/workspace',
    task: facts,
    baseline: { git: null },
    provenance: {
      belay: '0',
      engineDigest: 'source',
      node: '24',
      platform: 'simulated',
      git: '2',
      sandbox: null,
      digests: { 'belay.json': text.digest },
    },
    seal: { sealed: true, reasons: [] },
    supervisor: 'anna@host',
  };
}

/** Whether an error says nothing more than that the power or the process is gone. */
export function isDeath(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause) if (e instanceof PowerCut) return true;
  return false;
}

export function explained(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}
