/**
 * Job: keep the checkpoint store small while a run goes on: gather its packs after checkpoints, one piece of work at a time.
 * Boundary: how it is done is the store's upkeep; here is when. Never in the way: no checkpoint and no request waits for it.
 * Rules: J8 while the run is paused for a full disk nothing is begun, and what had begun is ended. B3 what failed is told once
 *   in the engine's log and tried again only after a while that doubles.
 */
import { messageOf } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Disposable } from '../../base/disposable.ts';
import type { Entry } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { UpkeepEnded, type Upkeep } from '../checkpoint/upkeep.ts';
import type { Run } from '../run.ts';

export interface HousekeepingPorts {
  readonly run: Run;
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  /** A line of the engine's log. */
  readonly say: (line: string) => void;
}

export class Housekeeping {
  private readonly ports: HousekeepingPorts;
  private readonly following: Disposable;
  private work: Promise<void> | null = null;
  private closed = false;
  private failures = 0;
  private notBefore = 0;
  private said = '';

  constructor(ports: HousekeepingPorts) {
    this.ports = ports;
    this.following = ports.run.onEntry((entry) => {
      this.follow(entry);
    });
  }

  /** Ends what is being done: an engine that leaves does not wait for it, and the next one does it. */
  async close(): Promise<void> {
    this.closed = true;
    this.following.dispose();
    await this.ports.upkeep.cancel();
    await this.work;
  }

  /** Resolves when what was begun is over. */
  async rest(): Promise<void> {
    while (this.work !== null) await this.work;
  }

  private follow({ type }: Entry): void {
    if (this.isDiskFull()) void this.ports.upkeep.cancel();
    else if (type === 'checkpoint.created') this.consider();
  }

  private isDiskFull(): boolean {
    return this.ports.run.state.paused?.reason === 'disk';
  }

  private consider(): void {
    const { clock, upkeep } = this.ports;
    if (this.work !== null || this.closed || clock.now() < this.notBefore || !upkeep.wantsRepack) return;
    this.work = this.attempt(() => upkeep.repack()).finally(() => {
      this.work = null;
    });
  }

  /** Never rejects. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
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
