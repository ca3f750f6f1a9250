/**
 * Job: one whole run in one process, from one seed: engines that live and die over one disk, one workspace, one provider,
 * and a supervisor who acts at odd moments. After each entry every check is asked.
 * Boundary: virtual time only; what waits, waits for the clock. Two runs of one seed are the same run.
 */
import type { Entry, EntryType, Price, TaskFacts } from '../../src/run/entry.ts';
import { RequestRefused } from '../../src/protocol/refused.ts';
import { DiskFull } from '../../src/engine/journal/disk.ts';
import { JournalDamaged } from '../../src/engine/journal/damage.ts';
import { verifyAudit } from '../../src/engine/journal/verifyAudit.ts';
import type { Run } from '../../src/engine/run.ts';
import { limits } from '../../src/run/limits.ts';
import type { RunState } from '../../src/run/state.ts';
import { seeded, SimulatedDisk, type Random } from '../unit/journal/simulatedDisk.ts';
import { billIsCovered, checkEntry, checkOpened, Memory, noteBudget, type Violation } from './checks.ts';
import { settled, SimulatedClock } from './clock.ts';
import { Distrusted, explained, isDeath, realParts, runFolder, SimulatedEngine, type Parts } from './engine.ts';
import { SnapshotMeddler } from './snapshotMeddler.ts';
import { otherModelName, SimulatedProvider } from './provider.ts';
import { act, pauseBetweenActs } from './supervisor.ts';
import { SimulatedWorkspace } from './workspace.ts';

export interface SimulationRequest {
  readonly seed: number;
  readonly parts?: Partial<Parts>;
  /** A run of one or two steps with a power cut at exactly this operation of the disk (or none), and no other mishap. */
  readonly short?: { readonly cutAt: number };
}

export interface Figures {
  entries: number;
  engines: number;
  powerCuts: number;
  kills: number;
  diskFull: number;
  sleeps: number;
  damages: number;
  /** Openings from a snapshot that nobody had meddled with. */
  fromSnapshot: number;
  /** Snapshots that were torn, put back from before, or made to lie; and lies that were found out. */
  meddled: number;
  lies: number;
  acts: number;
  refusals: number;
  modelCalls: number;
  virtualMs: number;
}

export interface SimulationResult {
  readonly seed: number;
  readonly violation: Violation | null;
  readonly lastEntries: readonly Entry[];
  readonly state: RunState | null;
  readonly entriesByType: ReadonlyMap<EntryType, number>;
  readonly figures: Figures;
  /** At which operations of the first disk the journal was written to. */
  readonly appendsAt: readonly number[];
}

const turnsMost = 200_000;
/** After this the supervisor stops the run, and nothing goes wrong any more. */
const lastHourMs = 2_400_000;
const startMs = 1_795_000_000_000;

export async function simulate(request: SimulationRequest): Promise<SimulationResult> {
  return new Simulation(request).whole();
}

/** What a person needs of a failed run. */
export function report({ seed, violation, lastEntries }: SimulationResult): string {
  if (violation === null) return `seed ${seed}: all checks hold`;
  const last = lastEntries.map((entry) => `  ${JSON.stringify(entry).slice(0, 400)}`).join('\n');
  return `seed ${seed}: ${violation.check}: ${violation.message}\nthe last entries:\n${last}`;
}

class Simulation {
  private readonly request: SimulationRequest;
  private readonly random: Random;
  private readonly clock = new SimulatedClock(startMs);
  private readonly workspace = new SimulatedWorkspace();
  private readonly provider: SimulatedProvider;
  private readonly facts: TaskFacts;
  private readonly parts: Parts;
  private readonly segmentBytes: number;
  private disk: SimulatedDisk;
  private readonly memory: Memory;
  private readonly meddler: SnapshotMeddler;
  private engine: SimulatedEngine | null = null;
  /** The state that the checks saw last. */
  private before: RunState | null = null;
  private violation: Violation | null = null;
  private damaged = false;
  private crashesLeft: number;
  private killAt = Infinity;
  private readonly appendsAt: number[] = [];
  private readonly figures: Figures = {
    entries: 0,
    engines: 0,
    powerCuts: 0,
    kills: 0,
    diskFull: 0,
    sleeps: 0,
    damages: 0,
    fromSnapshot: 0,
    meddled: 0,
    lies: 0,
    acts: 0,
    refusals: 0,
    modelCalls: 0,
    virtualMs: 0,
  };

  constructor(request: SimulationRequest) {
    this.request = request;
    const random = seeded(request.seed * 7919 + 17);
    this.random = random;
    this.parts = { ...realParts, ...request.parts };
    this.facts = factsOf(random, request.short !== undefined, isConfused(request), isCompacting(request));
    this.provider = new SimulatedProvider({
      random: seeded(request.seed * 104_729 + 5),
      price: this.facts.model.price,
      otherPrice,
      failing: request.short ? 0.1 : random() * 0.5,
      needsKey: random() < 0.3,
      mayFinish: random() < 0.5,
      isConfused: isConfused(request),
      windowTokens: isNarrow(request) ? 16_000 : Infinity,
      tooLongOnce: request.short !== undefined && isCompacting(request),
    });
    this.segmentBytes = random() < 0.5 ? 1_500 : 60_000;
    this.crashesLeft = request.short ? 0 : Math.floor(random() * 4);
    this.disk = new SimulatedDisk(random);
    this.disk.cutAt = request.short?.cutAt ?? Infinity;
    this.memory = new Memory(this.disk);
    this.meddler = new SnapshotMeddler(seeded(request.seed * 15_485_863 + 3), () => {
      this.figures.meddled += 1;
    });
  }

  async whole(): Promise<SimulationResult> {
    this.scheduleAct();
    if (!this.request.short) {
      this.scheduleFullDisk();
      this.scheduleSleep();
    }
    let lives = 0;
    while (!this.broke()) {
      if (await this.live()) break;
      lives += 1;
      if (lives > 40) this.fail('B3_attemptsAreLimited', 'the run does not end over 40 engines');
      await this.waitFor(this.sleepOfWorld(1_000 + this.random() * 600_000));
      if (!this.broke() && this.random() < 0.15) await this.tryDamage();
      if (!this.broke() && this.request.short === undefined) await this.meddler.meddle(this.disk);
    }
    if (!this.broke()) await this.auditEnd();
    return this.result();
  }

  /** One engine, from its opening to its end; true when the run has ended with it. */
  private async live(): Promise<boolean> {
    this.figures.engines += 1;
    this.planCrash();
    const opened = await this.waitFor(
      SimulatedEngine.open(this.worldOfEngine()).then(
        (engine) => ({ engine }),
        (error: unknown) => ({ error }),
      ),
    );
    if (opened === null) return this.afterDeath();
    if ('error' in opened) return this.openFailed(opened.error);
    const { engine } = opened;
    this.engine = engine;
    engine.start();
    for (let turn = 0; turn < turnsMost; turn++) {
      await settled();
      if (this.violation !== null) return false;
      if (this.clock.now() >= this.killAt) {
        this.figures.kills += 1;
        engine.kill();
      }
      if (engine.isDead) return this.afterDeath();
      if (engine.outcome) return this.loopEnded(engine.outcome.error);
      if (!this.clock.fireNext()) this.fail('B3_attemptsAreLimited', 'everybody waits and nobody will come');
      if (this.clock.now() > startMs + lastHourMs + 3_600_000)
        this.fail('B3_attemptsAreLimited', 'the run was stopped and does not end');
    }
    this.fail('B3_attemptsAreLimited', `${turnsMost} turns without an end`);
    return false;
  }

  private loopEnded(error: unknown): boolean {
    const { state } = this.engine?.run ?? { state: null };
    if (error === null && state?.ended) return true;
    if (isDeath(error)) return this.afterDeath();
    this.fail('S1_noEffectBreaks', `the loop ended: ${error === null ? 'before the run did' : explained(error)}`);
    return false;
  }

  private openFailed(error: unknown): boolean {
    if (isDeath(error)) return this.afterDeath();
    if (error instanceof Distrusted && error.kind === 'lies') {
      this.figures.lies += 1;
      if (!this.meddler.hasLied) this.fail('J1_snapshotsTellTheTruth', error.message);
    }
    if (error instanceof DiskFull || error instanceof Distrusted) {
      this.engine?.kill();
      this.clock.endEngine();
      return false;
    }
    this.fail('S1_restartOpens', `the run could not be opened: ${explained(error)}`);
    return false;
  }

  /** The process is gone; a cut of the power also takes what was not synced. */
  private afterDeath(): boolean {
    this.engine?.kill();
    this.clock.endEngine();
    this.engine = null;
    this.killAt = Infinity;
    if (this.disk.isDead || this.random() < 0.5) {
      this.figures.powerCuts += 1;
      this.disk = this.disk.restart();
    }
    return false;
  }

  private planCrash(): void {
    if (this.crashesLeft === 0 || this.isLastHour) return;
    this.crashesLeft -= 1;
    if (this.random() < 0.6) this.disk.cutAt = this.disk.operations + 1 + Math.floor(this.random() * 250);
    else this.killAt = this.clock.now() + this.random() * 300_000;
  }

  private broke(): boolean {
    return this.violation !== null;
  }

  private get isLastHour(): boolean {
    return this.clock.now() > startMs + lastHourMs;
  }

  private worldOfEngine() {
    const { disk, clock, workspace, provider, random, facts, segmentBytes, parts } = this;
    return {
      disk,
      clock,
      workspace,
      provider,
      random,
      facts,
      segmentBytes,
      parts,
      onOpened: (entries: readonly Entry[] | null, run: Run) => {
        this.checkOpened(entries, run);
      },
      onEntry: (entry: Entry, run: Run) => {
        this.check(entry, run.state);
      },
      onAppend: (operation: number) => {
        if (this.figures.engines === 1) this.appendsAt.push(operation);
      },
      onCall: (run: Run) => {
        const message = billIsCovered(run.state, provider.bill);
        if (message !== null) this.fail('B1_billIsCovered', message);
      },
      onWork: (work: string, run: Run) => {
        this.checkWork(work, run.state);
      },
    };
  }

  private check(entry: Entry, after: RunState): void {
    this.figures.entries += 1;
    const { before, disk, memory, provider, parts } = this;
    this.before = after;
    if (this.violation !== null || before === null) return;
    this.violation = checkEntry({ entry, before, after, disk, memory, bill: provider.bill, decide: parts.decide });
  }

  private checkOpened(entries: readonly Entry[] | null, run: Run): void {
    if (entries === null) this.figures.fromSnapshot += 1;
    const known = this.memory.published.length;
    if (this.damaged)
      this.fail('J4_damageStopsTheRun', 'a byte of an acknowledged entry was changed, and the journal was opened');
    this.violation ??= checkOpened(entries, run.state, this.disk, this.memory);
    noteBudget(run.state, this.memory, known);
    this.before = run.state;
  }

  /** J5 the intent is durable before the world changes; S1 no work is done twice. */
  private checkWork(work: string, { step }: RunState): void {
    const started = step?.calls?.find((call) => call.startedAt !== null && call.result === null);
    if (!started) this.fail('J5_intentComesFirst', `"${work}" was done and no call has started`);
    if (work !== '' && this.memory.workDone.has(work)) this.fail('S1_workIsDoneOnce', `"${work}" was done twice`);
    this.memory.workDone.add(work);
  }

  private fail(check: string, message: string): void {
    this.violation ??= { check, message };
  }

  private scheduleAct(): void {
    this.clock.schedule(this.request.short ? 20_000 : pauseBetweenActs(this.random), () => {
      const { engine } = this;
      if (engine && !engine.isDead && engine.run.state.run !== null) {
        this.actNow(engine);
        if (this.random() < 0.1) this.actNow(engine);
      }
      this.scheduleAct();
    });
  }

  private actNow(engine: SimulatedEngine): void {
    this.figures.acts += 1;
    const { run, handlers } = engine;
    const stopping = this.isLastHour || (this.request.short && run.state.stepsFinished > 0);
    const asked = stopping
      ? handlers.stop({}, 'anna (window)')
      : act({ handlers, state: run.state, workspace: this.workspace, random: this.random });
    asked.catch((error: unknown) => {
      if (error instanceof RequestRefused) this.figures.refusals += 1;
      else if (!(error instanceof DiskFull || isDeath(error) || engine.isDead))
        this.fail('G3_requestsAreAnswered', `a request broke: ${explained(error)}`);
    });
  }

  /** The lid is closed for some minutes, whatever is going on. */
  private scheduleSleep(): void {
    if (this.random() < 0.6) return;
    this.clock.schedule(this.random() * 900_000, () => {
      const ms = 2 * limits.clockJumpLeastMs + Math.floor(this.random() * 600_000);
      this.figures.sleeps += 1;
      if (this.memory.published.length > 0) this.memory.sleptMs += ms;
      this.clock.sleepMachine(ms);
      this.scheduleSleep();
    });
  }

  private scheduleFullDisk(): void {
    if (this.random() < 0.6) return;
    this.clock.schedule(this.random() * 600_000, () => {
      this.figures.diskFull += 1;
      this.disk.room = Math.floor(this.random() * 4_000);
      this.clock.schedule(this.random() * 60_000, () => {
        this.disk.room = Infinity;
        this.scheduleFullDisk();
      });
    });
  }

  /** Flips one byte of what was acknowledged: the journal must not open; then the file is restored from the backup. */
  private async tryDamage(): Promise<void> {
    const path = `${runFolder}/journal/000001.jsonl`;
    const content = this.disk.durableContent(path);
    const first = content?.indexOf(0x0a) ?? -1;
    if (content === null || first < 0 || this.memory.published.length < 3) return;
    this.figures.damages += 1;
    const offset = Math.floor(this.random() * first);
    this.disk.damage(path, offset, 1);
    this.damaged = true;
    this.disk.cutAt = Infinity;
    const opened = await this.waitFor(
      SimulatedEngine.open(this.worldOfEngine()).then(
        () => null,
        (error: unknown) => error,
      ),
    );
    this.clock.endEngine();
    const isTold = opened instanceof JournalDamaged || (opened instanceof Distrusted && opened.kind === 'damaged');
    if (this.violation === null && !isTold) {
      this.fail('J4_damageStopsTheRun', `byte ${offset} was changed, and opening said ${explained(opened)}`);
    }
    this.disk.damage(path, offset, 1);
    this.damaged = false;
  }

  private async auditEnd(): Promise<void> {
    const audit = await verifyAudit(runFolder, undefined, this.disk);
    if (!audit.ok || audit.entries !== this.memory.published.length)
      this.fail('J4_auditIsClean', JSON.stringify(audit.problems));
    const { state } = this.engine?.run ?? { state: null };
    const step = state?.step ?? null;
    if (step !== null) this.fail('S1_noEffectBreaks', 'the run ended within a step');
  }

  /** Lets the world go on until the promise settles; null when the power went before that. */
  private async waitFor<T>(promise: Promise<T>): Promise<T | null> {
    const values: T[] = [];
    void promise.then((value) => values.push(value));
    for (let turn = 0; turn < turnsMost; turn++) {
      await settled();
      if (values.length > 0) return values[0] ?? null;
      if (this.disk.isDead || this.violation !== null) return null;
      this.clock.fireNext();
    }
    this.fail('B3_attemptsAreLimited', 'an opening does not end');
    return null;
  }

  private sleepOfWorld(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.schedule(ms, resolve);
    });
  }

  private result(): SimulationResult {
    this.figures.modelCalls = this.provider.bill.calls;
    this.figures.virtualMs = this.clock.now() - startMs;
    const { violation, memory, figures, appendsAt } = this;
    return {
      violation,
      figures,
      appendsAt,
      seed: this.request.seed,
      lastEntries: memory.published.slice(-10),
      entriesByType: memory.entriesByType,
      state: this.before,
    };
  }
}

const otherPrice: Price = {
  inputUsdPerMTok: 9,
  cachedInputUsdPerMTok: 1,
  cacheWriteUsdPerMTok: 11,
  outputUsdPerMTok: 40,
};

/** Of every shape that a price table has: dear caches, and calls that cost more when they are long. */
function priceOf(random: Random): Price {
  const short = {
    inputUsdPerMTok: 3,
    cachedInputUsdPerMTok: random() < 0.1 ? 4 : 0.3,
    cacheWriteUsdPerMTok: random() < 0.5 ? 3.75 : 3,
    outputUsdPerMTok: 15,
  };
  if (random() < 0.7) return short;
  const long = { ...short, inputUsdPerMTok: 6, outputUsdPerMTok: 22.5 };
  return { ...short, longContext: { ...long, overInputTokens: 1_000 + Math.floor(random() * 4_000) } };
}

/** In every fourth seed the model does the same again and again after a while, and the run is long enough for the whole ladder. */
function isConfused({ seed, short }: SimulationRequest): boolean {
  return short === undefined && seed % 4 === 3;
}

/** In every third seed prompts are full soon. */
function isCompacting({ seed }: SimulationRequest): boolean {
  return seed % 3 === 1;
}

/** In some of these the model takes no more than a few steps, and nobody has told Belay. */
function isNarrow({ seed }: SimulationRequest): boolean {
  return seed % 9 === 4;
}

function factsOf(random: Random, short: boolean, confused: boolean, compacting: boolean): TaskFacts {
  const maybe = <T>(share: number, value: T): T | undefined => (random() < share ? value : undefined);
  const limit = (soft: number | undefined, hard: number | undefined) => ({
    ...(soft !== undefined && { soft }),
    ...(hard !== undefined && { hard }),
  });
  const usd = (0.1 + random() * 1.5) * (confused ? 10 : 1);
  const everySteps = maybe(0.6, 1 + Math.floor(random() * 4));
  const everyUsd = maybe(0.3, usd / 4);
  const visibleRegression = maybe(0.4, 5 + random() * 30);
  const isChecked = everyUsd === undefined; // no draw of its own: seeds keep their runs
  return {
    name: 'simulated',
    language: 'perl',
    model: {
      provider: 'openai-compatible',
      name: 'simulated',
      maxOutputTokens: 200 + Math.floor(random() * 2_000),
      priceFrom: 'belay.json',
      price: priceOf(random),
    },
    limits: {
      costUsd: limit(maybe(0.4, usd / 2), usd),
      ...(random() < 0.4 && { tokens: limit(maybe(0.5, 20_000), 30_000 + random() * 200_000) }),
      ...(random() < 0.4 && { wallMs: limit(maybe(0.5, 120_000), 300_000 + random() * 2_000_000) }),
      steps: limit(maybe(0.3, 2), short ? 2 : (confused ? 40 : 3) + Math.floor(random() * 9)),
    },
    gates: {
      ...(everySteps !== undefined && !confused && { everySteps }),
      ...(everyUsd !== undefined && { everyUsd }),
      ...(visibleRegression !== undefined && { visibleRegression }),
      ...(isChecked && { integrity: true }),
    },
    ...(everySteps === undefined && {
      throttle: { requestsPerMinute: 3, tokensPerMinute: 9_000, unreviewed: { steps: 2, waitMs: 45_000 } },
    }),
    // From little, so that samples are drawn, to enough; in most of the seeds as a task says it that names nothing.
    ...(usd < 0.8 && { verification: { cpuShare: usd / 20, completeEvery: 4 } }),
    ...(confused && {
      otherModel: {
        provider: 'openai-compatible',
        name: otherModelName,
        maxOutputTokens: 900,
        priceFrom: 'belay.json',
        price: otherPrice,
      },
    }),
    ...(compacting && { context: { way: 'summary', compactAtTokens: 1_500 } }),
    stalls: { nudge: true, freshContext: true, rollback: true, hold: true },
    hasReference: true,
    hasHeldOut: random() < 0.8,
  };
}
