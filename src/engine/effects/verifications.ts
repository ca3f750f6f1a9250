/**
 * Job: keep the figures moving: verify checkpoints beside the loop, newest first, one at a time.
 * Boundary: the verifier process builds, runs and compares; this file says what is verified when, and records it.
 * Rules: verification never holds the agent up: a scheduled one gives way to the newest checkpoint, and one that is asked for
 *   by name (a gate, a look) goes first. H1 only counts and verdicts by case enter the journal's folder; nothing here
 *   reaches a prompt. H2 where the sandbox broke the run pauses. H4 a look is in the journal before the figure
 *   that it shows. J9 results are durable before the entry.
 */
import { messageOf } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Delta } from '../../run/delta.ts';
import type {
  BlobRef,
  BuildOutcome,
  CaseChanges,
  CaseIsolation,
  EntryBody,
  SuiteName,
  TagCounts,
  VerdictCounts,
  VerdictKind,
} from '../../run/entry.ts';
import { gaveWayMessage } from '../../run/gaveWay.ts';
import { limits } from '../../run/limits.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import { pausedWithoutSandbox } from './sandboxPause.ts';

export interface VerdictOfCase {
  readonly id: string;
  readonly verdict: VerdictKind;
}

export interface VerifierResult {
  readonly counts: VerdictCounts;
  readonly total: number;
  readonly build: BuildOutcome;
  readonly cases: readonly VerdictOfCase[];
  readonly tags: readonly TagCounts[];
  readonly isolation?: CaseIsolation;
}

export interface VerificationPorts {
  readonly run: Run;
  readonly clock: Clock;
  readonly blobs: Blobs;
  /** Checks the checkpoint out, builds it, runs the suite. Rejects when nothing could be said. */
  readonly verifyCheckpoint: (
    request: { readonly checkpoint: number; readonly suite: SuiteName; readonly seed: number },
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ) => Promise<VerifierResult>;
  readonly sendDelta: (delta: Delta) => void;
  readonly random: () => number;
  /** Why commands can't be sealed any more; null while they can. */
  readonly sandboxProblem: () => Promise<string | null>;
}

interface Job {
  readonly checkpoint: number;
  readonly suite: SuiteName;
  /** Who asked to see the held-out figure (H4), until it is recorded; null from then on. */
  lookers: string[] | null;
  /** Resolves when its entry is recorded, also after a failure: the entry says which. Rejects when none could be recorded. */
  readonly done: Promise<void>;
  readonly settle: (outcome?: Promise<void>) => void;
}

interface Current {
  readonly job: Job;
  readonly abort: AbortController;
  /** Nobody asked for it by name. */
  readonly scheduled: boolean;
}

export class Verifications {
  /** Asked for by name, oldest first. */
  private readonly asked: Job[] = [];
  /** The newest checkpoint that nothing asked for. */
  private scheduled: number | null = null;
  private current: Current | null = null;
  private closed = false;
  private readonly passedBefore = new Map<SuiteName, ReadonlySet<string>>();
  private readonly passedAtGate = new Map<
    SuiteName,
    { readonly digest: string; readonly passed: ReadonlySet<string> }
  >();

  private readonly ports: VerificationPorts;

  constructor(ports: VerificationPorts) {
    this.ports = ports;
  }

  /** Verifies the visible suite on this checkpoint when there is time; a newer one takes its place. */
  schedule(checkpoint: number): void {
    this.scheduled = checkpoint;
    this.next();
  }

  /**
   * Resolves when the suite was tried on the checkpoint; the entry says with what outcome. Rejects when the journal took no
   * entry (J8): who asked must not ask again before there is room. H4: a `looker` is journalled with the figure.
   */
  verify(checkpoint: number, suite: SuiteName, looker?: string): Promise<void> {
    const same = [this.current?.job, ...this.asked].find(
      (job) => job?.checkpoint === checkpoint && job.suite === suite && job.lookers !== null,
    );
    const job = same ?? newJob(checkpoint, suite);
    if (looker !== undefined) job.lookers?.push(looker);
    if (same) return same.done;
    this.asked.push(job);
    // Nobody waits for a scheduled one of an older checkpoint: a gate must not wait for what a broken candidate takes.
    if (this.current?.scheduled === true && this.current.job.checkpoint < checkpoint) this.current.abort.abort();
    this.next();
    return job.done;
  }

  /** Ends the verification in progress and takes no other. */
  async close(): Promise<void> {
    this.closed = true;
    this.scheduled = null;
    for (const job of this.asked.splice(0)) job.settle();
    this.current?.abort.abort();
    await this.current?.job.done.catch(() => undefined); // whoever asked for it is told
  }

  private next(): void {
    if (this.current !== null || this.closed) return;
    const asked = this.asked.shift();
    const job = asked ?? this.takeScheduled();
    if (job === null) return;
    const abort = new AbortController();
    this.current = { job, abort, scheduled: asked === undefined };
    const recorded = this.perform(job, abort.signal);
    const after = () => {
      this.current = null;
      job.settle(recorded);
      this.next();
    };
    void recorded.then(after, after);
  }

  private takeScheduled(): Job | null {
    const checkpoint = this.scheduled;
    this.scheduled = null;
    if (checkpoint === null || this.ports.run.state.figures.visible.last?.checkpoint === checkpoint) return null;
    return newJob(checkpoint, 'visible');
  }

  private async perform(job: Job, signal: AbortSignal): Promise<void> {
    const { checkpoint, suite } = job;
    const { run } = this.ports;
    try {
      await this.verifyAndRecord(job, signal);
    } catch (error) {
      // An engine that leaves has nothing to say of the checkpoint: the next one verifies it again before a gate opens.
      if (this.closed && !run.state.stopRequested && !run.state.endAccepted) return;
      // Only what is wanted first cuts one that goes on, and that stands at the head of those asked for.
      const newer = signal.aborted && !this.closed ? this.asked[0]?.checkpoint : undefined;
      const cut = this.closed ? 'ended before it was done' : gaveWayMessage;
      const message = signal.aborted ? cut : messageOf(error);
      const problem = signal.aborted ? null : await this.ports.sandboxProblem();
      const gaveWayTo = newer === undefined ? {} : { gaveWayTo: newer };
      await run.decideAndRecord((state) => [
        { type: 'verification.failed', checkpoint, suite, message, ...gaveWayTo },
        ...(problem === null || state.paused ? [] : [pausedWithoutSandbox(problem)]),
      ]);
    }
  }

  private async verifyAndRecord(job: Job, signal: AbortSignal): Promise<void> {
    const { checkpoint, suite } = job;
    const { run, clock, blobs, verifyCheckpoint, sendDelta, random } = this.ports;
    const seed = Math.floor(random() * 2 ** 32);
    const before = await this.passedAtLast(suite);
    await run.record({ type: 'verification.started', checkpoint, suite, seed });
    const startedAt = clock.now();
    const result = await verifyCheckpoint({ checkpoint, suite, seed }, signal, (done, total) => {
      sendDelta({ kind: 'verification', checkpoint, suite, done, total });
    });
    const results = await blobs.putBlob(result.cases.map((c) => JSON.stringify(c)).join('\n'));
    const passed = new Set(result.cases.filter((c) => c.verdict === 'pass').map((c) => c.id));
    const { regressed, repaired } = changesBetween(before, passed);
    const sinceGate = await this.changesSinceGate(suite, passed);
    const { counts, total, build, isolation } = result;
    const wallMs = clock.now() - startedAt;
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

  /** Which cases passed at the newest verification; from the journal's blob when this engine has made none yet. */
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
    const lines = (await this.ports.blobs.getBlob(results.digest)).toString('utf8').split('\n');
    const cases = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as VerdictOfCase);
    return new Set(cases.filter((c) => c.verdict === 'pass').map((c) => c.id));
  }
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

function newJob(checkpoint: number, suite: SuiteName): Job {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  promise.catch(() => undefined); // nobody waits for a scheduled one: a disk that refused it refuses the loop's next entry too
  return {
    checkpoint,
    suite,
    lookers: [],
    done: promise,
    settle: (outcome) => {
      resolve(outcome?.then(() => undefined));
    },
  };
}
