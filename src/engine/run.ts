/**
 * Job: the run as its engine holds it: the folded state, the conversation, and the one road by which a fact comes in.
 * Boundary: knows the journal and the two folds; performs nothing.
 * Rules: B1 no time is counted that the machine slept: a jump of the clock comes before whatever is recorded after it. J2 an entry is folded and published only after the journal has it durable. Facts come in one after the other,
 *   in the order of their seq. A listener must not throw.
 */
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import { SerialQueue } from '../base/queue.ts';
import { Conversation, stepsAtHand } from '../run/conversation.ts';
import type { Entry, EntryBody } from '../run/entry.ts';
import { limits } from '../run/limits.ts';
import { initialState, reduce } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import type { Journal } from './journal/journal.ts';

export class Run {
  state: RunState = initialState;
  readonly conversation = new Conversation();
  private readonly recorded = new Emitter<Entry>();
  /** Tells each entry once it is durable and folded. */
  readonly onEntry = this.recorded.event;
  private readonly queue = new SerialQueue();
  private readonly wakers = new Set<() => void>();

  private readonly journal: Journal;
  private readonly clock: Clock;
  /** How far wall time was ahead of waking time when it was looked at last. */
  private aheadMs: number;

  constructor(journal: Journal, clock: Clock) {
    this.journal = journal;
    this.clock = clock;
    this.aheadMs = clock.now() - clock.awake();
  }

  /** Goes on from a snapshot; the conversation is recalled from the journal. */
  startFrom(state: RunState): void {
    this.state = state;
  }

  /** Has the turns at hand that a prompt and S3 need, and no others: read from the journal where a rollback led back to them. */
  async recall(): Promise<void> {
    for (const step of this.conversation.keepOnly(stepsAtHand(this.state))) {
      for (const entry of await this.journal.reader.step(step))
        if ('step' in entry && entry.step === step) this.conversation.fold(entry);
    }
  }

  /** Folds an entry that the journal already holds, when a run is opened again. */
  replay(entry: Entry): void {
    this.state = reduce(this.state, entry);
    this.conversation.fold(entry);
  }

  /**
   * Appends facts as one commit, then folds and publishes them. Rejects when the disk refuses (J8); then none of them
   * happened.
   */
  record(...bodies: readonly EntryBody[]): Promise<readonly Entry[]> {
    return this.decideAndRecord(() => bodies);
  }

  /**
   * Like `record`, with the facts made from the state as it stands when their turn comes: for requests whose answer
   * depends on what came before them ("the first decision wins"). What `make` throws reaches the caller and nothing is recorded.
   */
  decideAndRecord(make: (state: RunState) => readonly EntryBody[]): Promise<readonly Entry[]> {
    return this.queue.run(async () => {
      await this.recordJump();
      return this.append(make(this.state));
    });
  }

  /** Records that the machine slept, or that somebody set its clock, where that is so; then timers may be late. */
  noteClock(): Promise<void> {
    return this.queue.run(() => this.recordJump());
  }

  private async recordJump(): Promise<void> {
    const aheadMs = this.clock.now() - this.clock.awake();
    const byMs = Math.round(aheadMs - this.aheadMs);
    if (Math.abs(byMs) >= limits.clockJumpLeastMs && this.state.run !== null && this.state.ended === null)
      await this.append([{ type: 'clock.jumped', byMs }]);
    this.aheadMs = aheadMs;
  }

  private async append(bodies: readonly EntryBody[]): Promise<readonly Entry[]> {
    if (bodies.length === 0) return [];
    const entries = await this.journal.append(bodies, this.clock.now());
    for (const entry of entries) {
      this.replay(entry);
      this.recorded.fire(entry);
    }
    this.wake();
    return entries;
  }

  /** Wakes whoever waits in `changed`, for changes that are no entry, such as a queued command. */
  wake(): void {
    for (const waker of this.wakers) waker();
    this.wakers.clear();
  }

  /** Resolves at the next entry or wake, or when the clock reaches `until` (ms since the epoch). */
  async changed(until?: number): Promise<void> {
    const timer = new AbortController();
    const woken = new Promise<void>((resolve) => this.wakers.add(resolve));
    const slept =
      until === undefined
        ? new Promise<never>(() => undefined)
        : this.clock.sleep(until - this.clock.now(), timer.signal);
    await Promise.race([woken, slept]);
    timer.abort();
  }
}
