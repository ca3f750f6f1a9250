/**
 * Job: the engine's process: open the run, serve it, run its loop, leave when nothing is left to do.
 * Boundary: process life only (arguments, signals, the start report, engine.json); what happens in a run is elsewhere.
 * Rules: one engine a run, detached from the window that started it. It ends by itself: after the run, with its last client.
 *   The key is in this process's memory and nowhere else.
 *
 *   node main.mjs --run <run directory> [--key-follows]      prints one StartReport on stdout, then nothing
 *   node main.mjs --audit <run directory> [--full]           prints one Audit on stdout; changes nothing
 *   node main.mjs --check-snapshot <run directory>          prints one SnapshotCheck on stdout; changes nothing
 *   node main.mjs --delete <run directory>                   deletes it unless an engine serves it; prints one Deletion
 *   node main.mjs --preflight <PreflightRequest as JSON>     prints one Preflight on stdout; changes nothing
 *   node main.mjs --check-sandbox <state folder> [--quick]   prints SandboxCheckLines on stdout; touches no run
 *   node main.mjs --policy                                   prints one PolicyLook on stdout; changes nothing
 *   node main.mjs --reference <ReferenceRequest as JSON>     prints one ReferenceLook on stdout; changes nothing
 *   node main.mjs --record-suite <RecordRequest as JSON>     prints RecordMessages on stdout, one a line; SIGTERM cancels it
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { assert, messageOf } from '../base/assert.ts';
import type { Disposable } from '../base/disposable.ts';
import { protocolVersion } from '../protocol/messages.ts';
import {
  engineFile,
  startFile,
  type EngineRecord,
  type StartFailure,
  type StartReport,
  type StartRequest,
} from '../protocol/places.ts';
import type { RecordRequest } from '../protocol/recordSuite.ts';
import { RequestRefused } from '../protocol/refused.ts';
import type { Delta } from '../run/delta.ts';
import { limits } from '../run/limits.ts';

import { looked, recorded } from './apart.ts';
import { auditRun } from './auditRun.ts';
import { belayVersion, engineDigest } from './build.ts';
import { checkSnapshot } from './checkSnapshot.ts';
import { CommandQueue } from './commandQueue.ts';
import { deleteRun } from './deleteRun.ts';
import { Editors } from './editors.ts';
import { Acceptances } from './effects/acceptances.ts';
import { Commits } from './effects/commits.ts';
import { forkRun } from './effects/forks.ts';
import { JournalDamaged } from './journal/damage.ts';
import { runLoop } from './loop.ts';
import type { ModelWindow } from './model/windowModels.ts';
import { prepareModel } from './model/providers.ts';
import { OpenFailed, openRun, type OpenedRun } from './openRun.ts';
import { performersOf } from './performers.ts';
import { Pulse } from './pulse.ts';
import { requestHandlers } from './requests.ts';
import { sandboxProblem } from './sandbox/probe.ts';
import { SandboxRefused } from './sandbox/shape.ts';
import { serve, type Handlers, type Server } from './server.ts';
import { Tail } from './server/tail.ts';
import { watchSnapshot } from './snapshotWatch.ts';
import { systemClock as clock } from './systemClock.ts';
import { policyPort, underPolicy } from './underPolicy.ts';
import { VerificationFailed } from './verification/verifierClient.ts';
import { NoSandbox } from './world.ts';

/** How long an engine of an ended run waits for a first client. */
const lingerMs = 10_000;
/** How long a launcher that announced a key may take to hand it over. */
const keyWaitMs = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      run: { type: 'string' },
      'key-follows': { type: 'boolean', default: false },
      audit: { type: 'string' },
      'check-snapshot': { type: 'string' },
      full: { type: 'boolean', default: false },
      delete: { type: 'string' },
      preflight: { type: 'string' },
      'check-sandbox': { type: 'string' },
      quick: { type: 'boolean', default: false },
      reference: { type: 'string' },
      'record-suite': { type: 'string' },
      policy: { type: 'boolean', default: false },
    },
  });
  if (values.audit !== undefined) {
    print(await auditRun(values.audit, values.full));
    return;
  }
  if (values['check-snapshot'] !== undefined) {
    print(await checkSnapshot(values['check-snapshot']));
    return;
  }
  if (values.delete !== undefined) {
    print(deleteRun(values.delete));
    return;
  }
  if (values['check-sandbox'] !== undefined) {
    const { checkSandbox } = await import('./checkSandbox.ts'); // apart, as below
    await checkSandbox(values['check-sandbox'], values.quick);
    process.exit(0); // what an attack left open must not hold it
  }
  if (values.preflight !== undefined || values.reference !== undefined || values.policy) {
    print(await looked(values));
    return;
  }
  if (values['record-suite'] !== undefined) {
    await recorded(JSON.parse(values['record-suite']) as RecordRequest, print);
    return;
  }
  assert(values.run !== undefined, 'usage: main.mjs --run <run directory> [--key-follows]');
  const engine = new Engine(values.run, values['key-follows']);
  try {
    report({ ready: true, record: await engine.start() });
  } catch (error) {
    report({ ready: false, ...failureOf(error) });
    process.exitCode = 1;
    return;
  }
  await engine.live();
}

class Engine {
  private readonly folder: string;
  private readonly keyFollows: boolean;
  private key: string | undefined;
  private readonly keyTaken = Promise.withResolvers<undefined>();
  private effect = new AbortController();
  private server: Server | null = null;
  private pulse: Pulse | null = null;
  private opened: OpenedRun | null = null;
  private leave: () => void = () => undefined;
  private readonly left = new Promise<void>((resolve) => {
    this.leave = resolve;
  });

  constructor(folder: string, keyFollows: boolean) {
    this.folder = folder;
    this.keyFollows = keyFollows;
  }

  /** Opens the run and listens. @throws what `failureOf` tells. */
  async start(): Promise<EngineRecord> {
    const { folder } = this;
    const start = JSON.parse(await readFile(startFile(folder), 'utf8')) as StartRequest;
    const editors = new Editors(start.workspace);
    const opened = await openRun({
      folder,
      start,
      clock,
      state: dirname(dirname(folder)),
      random: Math.random,
      sendDelta: this.sendDelta,
      editors,
    });
    this.opened = opened;
    try {
      return await this.listen(opened, start, editors);
    } catch (error) {
      await this.server?.goodbye('the engine could not start'); // a listener would hold the process
      await opened.close();
      throw error;
    }
  }

  /** Runs the loop to the run's end, serves the ended run while somebody looks, then frees everything. */
  async live(): Promise<void> {
    const { opened, server } = this;
    assert(opened !== null && server !== null, 'the engine has started');
    const watching = this.watchClock(opened);
    this.pulse?.begin();
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, this.leave);
    try {
      this.watchSnapshot(opened);
      const loop = this.loop(opened);
      await Promise.race([this.left, loop.then(() => this.whileSomebodyLooks(server))]);
    } finally {
      clearInterval(watching);
      this.pulse?.dispose();
      await rm(engineFile(this.folder), { force: true });
      await server.goodbye(opened.run.state.ended ? 'the run has ended' : 'the engine was asked to leave');
      this.effect.abort();
      this.snapshotWatch?.dispose();
      await opened.close();
    }
    process.exit(0); // a loop that was asked to leave in mid-effect must not hold the process
  }

  /** Timers stand still while the machine sleeps: what waits for an hour of the day has to be told that it has come. */
  private watchClock({ run }: OpenedRun): NodeJS.Timeout {
    return setInterval(() => {
      run.noteClock().catch((error: unknown) => {
        console.error('a jump of the clock could not be recorded:', error); // a full disk; the next look records it
      });
    }, limits.clockLookMs);
  }

  private readonly sendDelta = (delta: Delta): void => {
    this.pulse?.hear(delta);
    this.server?.sendDelta(delta);
  };

  /** A run that has ended gives no sign of life. */
  private pulseOf({ active }: OpenedRun): Pulse | null {
    const commandMs = active?.world.commandLimits.wallMs;
    return commandMs === undefined
      ? null
      : new Pulse({ commandMs, now: () => clock.now(), send: (delta) => this.server?.sendDelta(delta) });
  }

  private async listen(opened: OpenedRun, { runId, taskFile }: StartRequest, editors: Editors): Promise<EngineRecord> {
    const { run } = opened;
    const pulse = (this.pulse = this.pulseOf(opened));
    const token = randomBytes(32).toString('hex');
    let tail: Tail | null = null;
    const server = await serve({
      runId,
      token,
      handlers: this.handlers(opened, taskFile, editors),
      snapshot: () => run.state,
      tail: (seq) => tail?.after(seq) ?? null,
      readOnly: () => run.state.ended !== null,
      ...(pulse && { signs: () => pulse.signs }),
      onClients: (count) => {
        if (count === 0 && run.state.ended) this.leave();
      },
      onWindow: (window, client) => {
        this.takeWindow(opened, window, client);
      },
      onLeft: (connection) => {
        editors.leave(connection);
        opened.active?.model.windows?.remove(connection);
      },
      onFailure: (method, error) => {
        console.error(`${new Date().toISOString()} ${method}:`, error);
      },
    });
    this.server = server;
    const newest = (tail = new Tail(run.state.seq));
    run.onEntry((entry) => {
      newest.add(entry, server.publish(entry));
    });
    const record: EngineRecord = {
      pid: process.pid,
      socket: server.address,
      token,
      protocol: protocolVersion,
      belay: belayVersion,
      engineDigest: engineDigest(),
      generation: run.state.generation,
      startedAt: clock.now(),
    };
    const temporary = `${engineFile(this.folder)}.new`;
    await writeFile(temporary, JSON.stringify(record, null, 2), { mode: 0o600 });
    await rename(temporary, engineFile(this.folder));
    return record;
  }

  private handlers(opened: OpenedRun, taskFile: string, editors: Editors): Handlers {
    const { run, checkpoints } = opened;
    // After the end no step is on its way.
    const acceptances = new Acceptances(run, checkpoints, (work) =>
      run.state.ended ? work() : this.commands(opened).add(work),
    );
    const handlers = requestHandlers({
      run,
      checkpoints,
      acceptances,
      commits: new Commits(run, checkpoints, acceptances, this.folder),
      rollbacks: opened.rollbacks,
      rejections: opened.rejections,
      housekeeping: opened.housekeeping,
      verifications: opened.active?.verifications ?? null,
      visibleCases: opened.visibleCases,
      bisections: opened.bisections,
      records: opened.records,
      fork: (params, by) => forkRun({ run, checkpoints, taskFile, state: dirname(dirname(this.folder)) }, params, by),
      command: (work, owner) => this.commands(opened).add(work, owner),
      cancelCommands: (owner) => this.queue?.cancel(owner) ?? 0,
      interrupt: () => {
        this.effect.abort();
        void opened.active?.verifications.close();
      },
      takeKey: (key) => {
        this.key = key;
        this.keyTaken.resolve(undefined);
      },
      editors,
      manual: opened.active?.model.manual ?? null,
      playing: opened.active?.model.playing ?? null,
      sandboxProblem: () => (opened.active ? sandboxProblem(opened.active.world.sandbox) : Promise.resolve(null)),
    });
    return underPolicy(handlers, policyPort(run));
  }

  /** A run that waits for a window goes on by itself. */
  private takeWindow({ run, active }: OpenedRun, window: ModelWindow, client: string): void {
    const windows = active?.model.windows ?? null;
    if (windows === null) return;
    windows.add(window);
    const resumed = run.decideAndRecord((state) =>
      state.paused?.reason === 'window' ? [{ type: 'run.resumed', by: client }] : [],
    );
    resumed.catch((error: unknown) => {
      console.error('the run could not be resumed for a window:', error); // a full disk; the supervisor resumes it then
    });
  }

  private queue: CommandQueue | null = null;
  private snapshotWatch: Disposable | null = null;

  private commands({ run, active }: OpenedRun): CommandQueue {
    if (!active) throw new RequestRefused('The run has ended; nothing of it can be changed.');
    this.queue ??= new CommandQueue(() => {
      run.wake();
    });
    return this.queue;
  }

  private async loop(opened: OpenedRun): Promise<void> {
    const { run, active } = opened;
    if (!active) return;
    const performers = performersOf({
      opened,
      active,
      clock,
      random: Math.random,
      sendDelta: this.sendDelta,
      onByte: this.pulse?.byteCame,
      key: () => this.key,
      beginEffect: () => {
        // What was interrupted stays so: a new effect begins with a fresh signal, but not once the run is to stop.
        if (!run.state.stopRequested) this.effect = new AbortController();
        return this.effect.signal;
      },
    });
    const commands = this.commands(opened);
    if (opened.active) void prepareModel(opened.active.world.task.model.provider); // beside the baseline, which comes first
    // A run that goes on asks the model at once: without the key that would be a failed call and a pause.
    if (this.keyFollows) await Promise.race([this.keyTaken.promise, clock.sleep(keyWaitMs)]);
    await runLoop(run, {
      clock,
      performers,
      runQueuedCommand: () => commands.runNext(run.state.step === null || run.state.paused !== null),
    });
    commands.close(new RequestRefused('The run has ended; nothing of it can be changed.'));
  }

  /** J4: what the snapshot let pass at the opening is checked meanwhile; a run that went on from something else stops. */
  private watchSnapshot({ run, snapshot }: OpenedRun): void {
    if (snapshot === null) return;
    this.snapshotWatch = watchSnapshot(this.folder, async (message) => {
      await snapshot.distrust();
      await run.decideAndRecord((state) => (state.ended ? [] : [{ type: 'run.paused', reason: 'failure', message }]));
      this.leave(); // what it has folded is not to be gone on with
    });
  }

  private async whileSomebodyLooks(server: Server): Promise<void> {
    if (server.clients === 0) await clock.sleep(this.opened?.active ? 0 : lingerMs);
    if (server.clients > 0) await this.left;
  }
}

function report(line: StartReport): void {
  print(line);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function failureOf(error: unknown): { code: StartFailure; message: string } {
  if (error instanceof OpenFailed) return { code: error.code, message: error.message };
  if (error instanceof SandboxRefused) return { code: 'task', message: error.message };
  if (error instanceof NoSandbox) return { code: 'no-sandbox', message: error.message };
  if (error instanceof JournalDamaged) return { code: 'journal-damaged', message: error.message };
  if (error instanceof VerificationFailed) return { code: 'task', message: error.message };
  console.error(error);
  return { code: 'failure', message: messageOf(error) };
}

await main();
