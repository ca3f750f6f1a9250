/**
 * Job: keep the figures moving: verify checkpoints beside the loop, newest first, one at a time.
 * Boundary: the verifier process builds, runs and compares; `run/verificationPlan.ts` says how much of the suite is run between
 *   gates; this file says what is verified when, and records it.
 * Rules: verification never holds the agent up: a scheduled one is of the newest checkpoint, and one that is asked for by name (a
 *   gate, a look) goes first and is of the whole suite. H1 only counts and verdicts by case enter the journal's folder; nothing here
 *   reaches a prompt. H2 where the sandbox broke the run pauses. H4 a look is in the journal before the figure
 *   that it shows. J9 results are durable before the entry.
 */
import { messageOf } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Delta } from '../../run/delta.ts';
import type { BlobRef, CaseChanges, EntryBody, SuiteName, TagCounts } from '../../run/entry.ts';
import { borrowed, fullBudget, paid, refilled, type CpuBudget } from '../../run/cpuBudget.ts';
import { gaveWayMessage } from '../../run/gaveWay.ts';
import { limits } from '../../run/limits.ts';
import type { SampleRequest } from '../../run/sample.ts';
import { nextVerification, policyOf, type PlannedRun } from '../../run/verificationPlan.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import { pausedWithoutSandbox } from './sandboxPause.ts';
import type { Turns } from './turns.ts';
import { askedSample, failingLast, sampledEntry } from './sampling.ts';
import { readVerdicts, type VerifierResult } from './verifierResult.ts';

export interface VerificationPorts {
  readonly run: Run;
  readonly clock: Clock;
  readonly blobs: Blobs;
  /** Checks the checkpoint out, builds it, runs the suite. Rejects when nothing could be said. */
  readonly verifyCheckpoint: (
    request: VerificationRequest,
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ) => Promise<VerifierResult>;
  readonly sendDelta: (delta: Delta) => void;
  readonly random: () => number;
  /** Held-out cases run alone. */
  readonly turns: Pick<Turns, 'alone' | 'busy'>;
  /** Why commands can't be sealed any more; null while they can. */
  readonly sandboxProblem: () => Promise<string | null>;
}

export interface VerificationRequest {
  readonly checkpoint: number;
  readonly suite: SuiteName;
  readonly seed: number;
  /** In place of the whole suite, drawn by the seed; visible only. */
  readonly sample?: Omit<SampleRequest, 'seed'>;
}

interface Job {
  readonly checkpoint: number;
  readonly suite: SuiteName;
  /** What was scheduled; null: asked for by name, which is the whole suite and not paid by the budget. */
  readonly plan: PlannedRun | null;
  /** Who asked to see the held-out figure (H4), until it is recorded; null from then on. */
  lookers: string[] | null;
  /** Nobody asked for it but who wants to look: it can be taken back. */
  onlyLooks: boolean;
  takenBack: boolean;
  /** Resolves when its entry is recorded, also after a failure: the entry says which. Rejects when none could be recorded. */
  readonly done: Promise<void>;
  readonly settle: (outcome?: Promise<void>) => void;
}

const isLook = (job: Job) => job.suite === 'heldOut' && job.onlyLooks;

interface Current {
  readonly job: Job;
  readonly abort: AbortController;
  /** For what runs now to end. */
  waits: boolean;
}

export class Verifications {
  /** Asked for by name, oldest first. */
  private readonly asked: Job[] = [];
  /** The newest checkpoint that nothing asked for. */
  private scheduled: number | null = null;
  private current: Current | null = null;
  private closed = false;
  /** An engine begins with all that can be saved up. */
  private budget: CpuBudget | null = null;
  /** Ends the wait for the budget. */
  private waiting = new AbortController();
  private readonly passedBefore = new Map<SuiteName, ReadonlySet<string>>();
  private readonly passedAtGate = new Map<
    SuiteName,
    { readonly digest: string; readonly passed: ReadonlySet<string> }
  >();

  private readonly ports: VerificationPorts;

  constructor(ports: VerificationPorts) {
    this.ports = ports;
  }

  /** Verifies the visible suite on this checkpoint when there is time, or a sample of it; a newer one takes its place. */
  schedule(checkpoint: number): void {
    this.scheduled = checkpoint;
    const { job, abort } = this.current ?? {};
    if (job?.plan?.givesWay === true && job.checkpoint < checkpoint) abort?.abort();
    this.next();
  }

  /**
   * Runs the whole suite. Resolves when the suite was tried on the checkpoint; the entry says with what outcome. Rejects when the journal took no
   * entry (J8): who asked must not ask again before there is room.
   */
  verify(checkpoint: number, suite: SuiteName): Promise<void> {
    return this.ask(checkpoint, suite).done;
  }

  /** Runs the whole held-out suite for somebody who wants to see the figure, which is journalled with it (H4). false: taken back. */
  async look(checkpoint: number, looker: string): Promise<boolean> {
    const job = this.ask(checkpoint, 'heldOut', looker);
    await job.done;
    return !job.takenBack;
  }

  private ask(checkpoint: number, suite: SuiteName, looker?: string): Job {
    const same = [this.current?.job, ...this.asked].find(
      (job) => job?.checkpoint === checkpoint && job.suite === suite && sizeOf(job) === null && job.lookers !== null,
    );
    const job = same ?? newJob(checkpoint, suite);
    if (looker === undefined) job.onlyLooks = false;
    else job.lookers?.push(looker);
    if (same) return same;
    this.asked.push(job);
    // Nobody waits for a scheduled one of an older checkpoint: a gate must not wait for what a broken candidate takes.
    if (this.current && this.current.job.plan !== null && this.current.job.checkpoint < checkpoint)
      this.current.abort.abort();
    this.next();
    return job;
  }

  /** Takes back the looks for which no case has run yet; they resolve without an entry. @returns whether there were any */
  cancelLooks(): boolean {
    const looks = this.asked.filter(isLook);
    for (const job of looks) {
      job.takenBack = true;
      this.asked.splice(this.asked.indexOf(job), 1);
      job.settle();
    }
    const { current } = this;
    if (current === null || !current.waits || !isLook(current.job)) return looks.length > 0;
    current.job.takenBack = true;
    current.abort.abort();
    return true;
  }

  /** Ends the verification in progress and takes no other. */
  async close(): Promise<void> {
    this.closed = true;
    this.scheduled = null;
    this.waiting.abort();
    for (const job of this.asked.splice(0)) job.settle();
    this.current?.abort.abort();
    await this.current?.job.done.catch(() => undefined); // whoever asked for it is told
  }

  private next(): void {
    if (this.current !== null || this.closed) return;
    this.waiting.abort();
    const job = this.takeAsked() ?? this.takeScheduled();
    if (job === null) return;
    const current: Current = { job, abort: new AbortController(), waits: false };
    this.current = current;
    const recorded = job.suite === 'heldOut' ? this.performAlone(current) : this.perform(job, current.abort.signal);
    const after = () => {
      this.current = null;
      job.settle(recorded);
      this.next();
    };
    void recorded.then(after, after);
  }

  /** What a scheduled one has brought about while it waited is not made again. */
  private takeAsked(): Job | null {
    for (let job = this.asked.shift(); job !== undefined; job = this.asked.shift()) {
      const isKnown = this.ports.run.state.figures.visible.last?.checkpoint === job.checkpoint;
      if (job.suite === 'heldOut' || !isKnown) return job;
      job.settle();
    }
    return null;
  }

  private takeScheduled(): Job | null {
    const checkpoint = this.scheduled;
    if (checkpoint === null) return null;
    const plan = nextVerification(this.ports.run.state, checkpoint, this.budgetNow());
    if (plan.kind === 'wait') {
      this.nextAfter(plan.ms);
      return null;
    }
    this.scheduled = null;
    return plan.kind === 'nothing' ? null : newJob(checkpoint, 'visible', plan);
  }

  private nextAfter(ms: number): void {
    const waiting = new AbortController();
    this.waiting = waiting;
    void this.ports.clock.sleep(Math.ceil(ms), waiting.signal).then(() => {
      if (!waiting.signal.aborted) this.next();
    });
  }

  private budgetNow(): CpuBudget {
    const { run, clock } = this.ports;
    const { cpuShare } = policyOf(run.state);
    const now = clock.now();
    this.budget = this.budget === null ? fullBudget(cpuShare, now) : refilled(this.budget, cpuShare, now);
    return this.budget;
  }

  private pay({ plan }: Job, usedMs: number): void {
    if (plan !== null) this.budget = (plan.isDue ? borrowed : paid)(this.budgetNow(), usedMs);
  }

  /** H1: when no command of the agent and no visible case runs, and none begins until it is over. */
  private async performAlone(current: Current): Promise<void> {
    const { job, abort } = current;
    const { turns, sendDelta } = this.ports;
    const tell = (waits: boolean) => {
      sendDelta({ kind: 'verification', checkpoint: job.checkpoint, suite: job.suite, done: 0, total: 0, waits });
    };
    current.waits = turns.busy;
    if (current.waits) tell(true);
    const leave = await turns.alone(abort.signal);
    if (current.waits) tell(false);
    current.waits = false;
    if (leave === null) return; // nothing was begun: taken back, or the engine leaves
    try {
      await this.perform(job, abort.signal);
    } finally {
      leave();
    }
  }

  private async perform(job: Job, signal: AbortSignal): Promise<void> {
    const { checkpoint, suite } = job;
    const { run, clock } = this.ports;
    const startedAt = clock.now();
    try {
      await this.verifyAndRecord(job, signal);
    } catch (error) {
      this.pay(job, clock.now() - startedAt); // what it has used until then nobody has measured
      // An engine that leaves has nothing to say of the checkpoint: the next one verifies it again before a gate opens.
      if (this.closed && !run.state.stopRequested && !run.state.endAccepted) return;
      // Only what is wanted first cuts one that goes on, and that stands at the head of those asked for.
      const newer =
        signal.aborted && !this.closed ? (this.asked[0]?.checkpoint ?? this.scheduled ?? undefined) : undefined;
      const cut = this.closed ? 'ended before it was done' : gaveWayMessage;
      const message = signal.aborted ? cut : messageOf(error);
      const problem = signal.aborted ? null : await this.ports.sandboxProblem();
      const more = {
        ...(newer !== undefined && { gaveWayTo: newer }),
        ...(sizeOf(job) !== null && { sample: true as const }),
      };
      await run.decideAndRecord((state) => [
        { type: 'verification.failed', checkpoint, suite, message, ...more },
        ...(problem === null || state.paused ? [] : [pausedWithoutSandbox(problem)]),
      ]);
    }
  }

  private async verifyAndRecord(job: Job, signal: AbortSignal): Promise<void> {
    const { checkpoint, suite } = job;
    const { run, clock, blobs, verifyCheckpoint, sendDelta } = this.ports;
    const seed = this.seedFor(job);
    const before = await this.passedAtLast(suite);
    const size = sizeOf(job);
    const asked = size === null ? null : await this.sampleFor(checkpoint, size, seed);
    await run.record({ type: 'verification.started', checkpoint, suite, seed });
    const startedAt = clock.now();
    const request = { checkpoint, suite, seed, ...(asked && { sample: asked.sample }) };
    const result = await verifyCheckpoint(request, signal, (done, total) => {
      sendDelta({ kind: 'verification', checkpoint, suite, done, total });
    });
    const wallMs = clock.now() - startedAt;
    this.pay(job, result.cost === undefined ? wallMs : result.cost.buildCpuMs + result.cost.casesCpuMs);
    const results = await blobs.putBlob(result.cases.map((c) => JSON.stringify(c)).join('\n'));
    const passed = new Set(result.cases.filter((c) => c.verdict === 'pass').map((c) => c.id));
    if (asked !== null && result.of !== undefined) {
      const { failing } = asked;
      await run.record(sampledEntry({ checkpoint, seed, wallMs, results, failing, passedBefore: before }, result));
      // As long as no newer checkpoint comes, it grows.
      this.scheduled ??= checkpoint;
      return;
    }
    const { regressed, repaired } = changesBetween(before, passed);
    const sinceGate = await this.changesSinceGate(suite, passed);
    const { counts, total, build, isolation, cost } = result;
    const finished: EntryBody<'verification.finished'> = {
      type: 'verification.finished',
      checkpoint,
      suite,
      counts,
      total,
      build,
      results,
      regressed,
      repaired,
      ...(sinceGate && { sinceGate }),
      tags: tagsInEntry(result.tags),
      ...(isolation && { isolation }),
      ...(cost && { cost }),
      wallMs,
    };
    await run.decideAndRecord(() => {
      const lookers = job.lookers ?? [];
      job.lookers = null;
      const rate = total === 0 ? 0 : counts.pass / total;
      // Before the figure in one commit: whatever a crash cuts off, the figure never stands without its looks.
      return [...lookers.map((by) => ({ type: 'heldOut.viewed', checkpoint, by, rate }) as const), finished];
    });
    this.passedBefore.set(suite, passed);
  }

  /** Looks at one checkpoint are of one draw. */
  private seedFor({ checkpoint, suite }: Job): number {
    const { sample } = this.ports.run.state.figures[suite];
    return sample?.checkpoint === checkpoint ? sample.seed : Math.floor(this.ports.random() * 2 ** 32);
  }

  private async sampleFor(checkpoint: number, size: number, seed: number): Promise<AskedSample> {
    const { last, sample } = this.ports.run.state.figures.visible;
    const verdicts = async (figure: { readonly results: BlobRef } | null) =>
      figure === null ? [] : readVerdicts(this.ports.blobs, figure.results);
    const failing = failingLast(await verdicts(last), await verdicts(sample), seed);
    const drawn = sample?.checkpoint === checkpoint ? sample.total : 0;
    return { failing, sample: askedSample({ size, drawn, failing }) };
  }

  /** Which cases passed at the newest verification of the whole suite; from the journal's blob when this engine has made none yet. */
  private async passedAtLast(suite: SuiteName): Promise<ReadonlySet<string> | null> {
    const known = this.passedBefore.get(suite);
    if (known) return known;
    const last = this.ports.run.state.figures[suite].last;
    if (last === null) return null;
    return this.passedIn(last.results);
  }

  private async changesSinceGate(suite: SuiteName, passed: ReadonlySet<string>): Promise<CaseChanges | null> {
    const results = this.ports.run.state.sinceGate.results[suite];
    if (results === undefined) return null;
    const known = this.passedAtGate.get(suite);
    const atGate = known?.digest === results.digest ? known.passed : await this.passedIn(results);
    this.passedAtGate.set(suite, { digest: results.digest, passed: atGate });
    return changesBetween(atGate, passed);
  }

  private async passedIn(results: BlobRef): Promise<ReadonlySet<string>> {
    const cases = await readVerdicts(this.ports.blobs, results);
    return new Set(cases.filter((c) => c.verdict === 'pass').map((c) => c.id));
  }
}

interface AskedSample {
  readonly sample: Omit<SampleRequest, 'seed'>;
  /** Ids of the cases that failed when they were run last. */
  readonly failing: readonly string[];
}

function changesBetween(before: ReadonlySet<string> | null, now: ReadonlySet<string>): CaseChanges {
  if (before === null) return { regressed: 0, repaired: 0 };
  const without = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    [...one].filter((id) => !other.has(id)).length;
  return { regressed: without(before, now), repaired: without(now, before) };
}

/** B3: those with most cases, in their order; a name is a line of a suite file, of any length. */
function tagsInEntry(tags: readonly TagCounts[]): readonly TagCounts[] {
  const most = new Set(tags.toSorted((a, b) => b.total - a.total).slice(0, limits.tagsInEntry));
  return tags.filter((one) => most.has(one)).map((one) => ({ ...one, tag: one.tag.slice(0, limits.tagChars) }));
}

/** Cases to be run; null: the whole suite. */
const sizeOf = ({ plan }: Job): number | null => plan?.size ?? null;

function newJob(checkpoint: number, suite: SuiteName, plan: PlannedRun | null = null): Job {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  promise.catch(() => undefined); // nobody waits for a scheduled one: a disk that refused it refuses the loop's next entry too
  return {
    checkpoint,
    suite,
    plan,
    lookers: [],
    onlyLooks: true,
    takenBack: false,
    done: promise,
    settle: (outcome) => {
      resolve(outcome?.then(() => undefined));
    },
  };
}
