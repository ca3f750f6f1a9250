/**
 * Job: keep the checkpoint store small while a run goes on: gather its packs, and over its quota let checkpoints go.
 * Boundary: how it is done is the store's upkeep, which checkpoints may go run/thinning.ts; here is when. One piece of work at a
 *   time and never in the way: no checkpoint and no step waits for it.
 * Rules: J5, J9: that checkpoints are thinned is in the journal before an object goes, and what was cut is finished by the next
 *   engine. J8 while the run is paused for a full disk nothing is begun, and what had begun is ended. B3 what failed is told
 *   once in the engine's log and tried again only after a while that doubles.
 */
import { messageOf } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/disposable.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import type { Entry } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import type { RunState } from '../../run/state.ts';
import { thinnable, type ThinningPlan } from '../../run/thinning.ts';
import { UpkeepEnded, type Upkeep } from '../checkpoint/upkeep.ts';
import type { Run } from '../run.ts';

export interface HousekeepingPorts {
  readonly run: Run;
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  /** A line of the engine's log. */
  readonly say: (line: string) => void;
}

export interface ThinRequest {
  /** What a plan showed. */
  readonly checkpoints: readonly number[];
  /** So many newest stay whole, as in that plan. */
  readonly last: number;
}

export class Housekeeping {
  private readonly ports: HousekeepingPorts;
  private readonly following: Disposable;
  private work: Promise<void> | null = null;
  private closed = false;
  private failures = 0;
  private notBefore = 0;
  private said = '';
  /** Packs that the last work left. A geometric row of them may be longer than any bound: only what came since is worth a gathering. */
  private packsLeft = 0;

  /** Finishes what an engine before has begun. */
  constructor(ports: HousekeepingPorts) {
    this.ports = ports;
    this.following = ports.run.onEntry((entry) => {
      this.follow(entry);
    });
    this.consider();
  }

  /** What would go when the newest `last` checkpoints stay whole, and about how much that frees. Changes nothing. */
  async plan(last: number): Promise<ThinningPlan> {
    const { run, clock, upkeep } = this.ports;
    const checkpoints = thinnable(run.state, clock.now(), last);
    if (checkpoints.length === 0) return { checkpoints, frees: 0, bytes: upkeep.bytes };
    const stays = await upkeep.bytesOf(keptCommits(run.state, new Set(checkpoints)));
    const { bytes } = upkeep;
    return { checkpoints, frees: Math.max(0, bytes - stays), bytes };
  }

  /**
   * Lets checkpoints go; when it resolves their content is removed. @returns how many bytes that freed
   * @throws RequestRefused when one of them has to stay; then nothing happened. Another error: it is thinned, and its content is
   *   removed later.
   */
  async thin({ checkpoints, last }: ThinRequest, by: string): Promise<number> {
    const { upkeep, clock } = this.ports;
    const before = upkeep.bytes;
    await this.record(by, (state) => {
      const may = new Set(thinnable(state, clock.now(), last));
      const stays = checkpoints.find((number) => !may.has(number));
      if (stays !== undefined)
        throw new RequestRefused(
          `Checkpoint ${String(stays)} is kept by now. Look at the new plan; nothing was thinned.`,
        );
      return checkpoints;
    });
    await this.rest();
    const swept = this.sweep();
    this.begin(() => swept);
    await swept;
    return Math.max(0, before - upkeep.bytes);
  }

  /** Resolves when what was begun is over. */
  async rest(): Promise<void> {
    while (this.work !== null) await this.work;
  }

  /** Ends what is being done: an engine that leaves does not wait for it, and the next one does it. */
  async close(): Promise<void> {
    this.closed = true;
    this.following.dispose();
    await this.ports.upkeep.cancel();
    await this.work;
  }

  private follow({ type }: Entry): void {
    if (this.isDiskFull()) void this.ports.upkeep.cancel();
    else if (type === 'checkpoint.created' || type === 'quota.changed') this.consider();
  }

  private isDiskFull(): boolean {
    return this.ports.run.state.paused?.reason === 'disk';
  }

  private consider(): void {
    const isQuiet = this.closed || this.ports.clock.now() < this.notBefore;
    const next = this.work !== null || isQuiet || this.isDiskFull() ? null : this.next();
    if (next !== null) this.begin(next);
  }

  private begin(work: () => Promise<void>): void {
    this.work = this.attempt(work).finally(() => {
      this.work = null;
    });
  }

  private next(): (() => Promise<void>) | null {
    const { run, upkeep, clock } = this.ports;
    const { store } = run.state;
    if (store.sweepDue && run.state.rollback === null) return () => this.sweep();
    if (run.state.ended !== null) return null; // from then on it is made smaller only when the supervisor asks for it
    const isOver = upkeep.bytes > store.quotaBytes;
    // To gather them costs nobody a checkpoint, and may be enough.
    const packsSince = upkeep.packs - this.packsLeft;
    if (packsSince > (isOver ? limits.packsBeforeRepackWhenFull : limits.packsBeforeRepack))
      return () => upkeep.repack();
    const goes = (state: RunState) => thinnable(state, clock.now(), limits.checkpointsKeptLast);
    if (!isOver || goes(run.state).length < limits.checkpointsThinnedLeast) return null;
    return async () => {
      await this.record(null, goes);
      await this.sweep();
    };
  }

  private async record(by: string | null, choose: (state: RunState) => readonly number[]): Promise<void> {
    await this.ports.run.decideAndRecord((state) => {
      const checkpoints = choose(state).slice(0, limits.checkpointsThinnedMost);
      if (checkpoints.length === 0) return [];
      return [{ type: 'checkpoints.thinned', checkpoints, ...(by !== null && { by }) }];
    });
  }

  private async sweep(): Promise<void> {
    const { run, upkeep } = this.ports;
    // Done by another meanwhile; or it waits: no commit names yet what a rollback has merged and is about to write.
    if (!run.state.store.sweepDue || run.state.rollback !== null) return;
    const before = upkeep.bytes;
    await upkeep.sweep(keptCommits(run.state));
    const { bytes } = upkeep;
    await run.record({ type: 'store.swept', bytes, freedBytes: Math.max(0, before - bytes) });
  }

  /** Never rejects. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.packsLeft = this.ports.upkeep.packs;
      this.failures = 0;
      this.said = '';
    } catch (error) {
      if (!(error instanceof UpkeepEnded)) this.failed(messageOf(error));
    }
  }

  private failed(why: string): void {
    this.failures += 1;
    const wait = Math.min(limits.upkeepRetryFirstMs * 2 ** (this.failures - 1), limits.upkeepRetryLastMs);
    this.notBefore = this.ports.clock.now() + wait;
    if (why !== this.said) this.ports.say(`the checkpoint store could not be made smaller: ${why}; tried again later`);
    this.said = why;
  }
}

/** @param without these go too */
function keptCommits({ checkpoints }: RunState, without: ReadonlySet<number> = new Set()): readonly string[] {
  const kept = checkpoints.filter((c) => c.thinned !== true && !without.has(c.checkpoint));
  return kept.map(({ commit }) => commit);
}
