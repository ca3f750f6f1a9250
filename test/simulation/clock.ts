/**
 * Job: virtual time. A sleeper wakes when the driver moves the clock to its hour, and never by itself.
 * Rules: of two timers of one hour the older goes first, so that a run depends on its seed alone.
 */
import type { AbortSignalLike, Clock } from '../../src/base/clock.ts';

interface Timer {
  /** Wall time; a sleep of the machine puts it off. */
  at: number;
  readonly order: number;
  /** The engine's timers go with its process; the world's stay. */
  readonly owner: 'engine' | 'world';
  readonly fire: () => void;
}

export class SimulatedClock {
  private time: number;
  private timers: Timer[] = [];
  private order = 0;
  private sleptMs = 0;
  /** The engine's view. Its sleepers never wake once `endEngine` was called: the process is gone. */
  readonly engine: Clock = {
    now: () => this.time,
    awake: () => this.time - this.sleptMs,
    sleep: (ms, signal) => this.sleep(ms, signal),
  };

  constructor(startMs: number) {
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  /** Calls `fire` after `ms`, whatever happens to the engine. */
  schedule(ms: number, fire: () => void): void {
    this.add(ms, 'world', fire);
  }

  /** Moves to the next timer and fires it; false when there is none. */
  fireNext(): boolean {
    const next = this.timers.shift();
    if (next === undefined) return false;
    this.time = Math.max(this.time, next.at);
    next.fire();
    return true;
  }

  /** The machine sleeps: wall time moves on, the timers of processes do not. */
  sleepMachine(ms: number): void {
    this.time += ms;
    this.sleptMs += ms;
    for (const timer of this.timers) timer.at += ms;
  }

  endEngine(): void {
    this.timers = this.timers.filter((timer) => timer.owner === 'world');
  }

  private sleep(ms: number, signal?: AbortSignalLike): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const timer = this.add(ms, 'engine', resolve);
      signal?.addEventListener(
        'abort',
        () => {
          this.timers = this.timers.filter((t) => t !== timer);
          resolve();
        },
        { once: true },
      );
    });
  }

  private add(ms: number, owner: Timer['owner'], fire: () => void): Timer {
    const timer: Timer = { at: this.time + Math.max(0, ms), order: ++this.order, owner, fire };
    const place = this.timers.findIndex((t) => t.at > timer.at);
    this.timers.splice(place < 0 ? this.timers.length : place, 0, timer);
    return timer;
  }
}

/** Lets everything run that waits for nothing but its turn: the simulated parts know no other waiting than the clock's. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
