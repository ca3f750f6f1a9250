/**
 * Job: hold the supervisor's work that must not meet a step half done (rollbacks) until the loop can run it.
 * Boundary: the loop asks for the next piece; a piece's failure reaches the one who asked for it, never the loop.
 */
import { RequestRefused } from '../protocol/refused.ts';

interface Waiting {
  readonly run: () => Promise<void>;
  readonly refuse: (why: Error) => void;
  /** Who asked; only compared. */
  readonly owner: object | null;
}

export class CommandQueue {
  private waiting: Waiting[] = [];
  private closedBy: Error | null = null;
  private readonly wake: () => void;

  constructor(wake: () => void) {
    this.wake = wake;
  }

  /** Settles as the work does, once the loop has come to it; rejects when the loop ends before. */
  add<T>(work: () => Promise<T>, owner: object | null = null): Promise<T> {
    if (this.closedBy) return Promise.reject(this.closedBy);
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ run: () => work().then(resolve, reject), refuse: reject, owner });
      this.wake();
    });
  }

  /** Takes back what this one has asked for and what has not begun; it rejects as cancelled. @returns how many pieces */
  cancel(owner: object): number {
    const theirs = this.waiting.filter((one) => one.owner === owner);
    this.waiting = this.waiting.filter((one) => one.owner !== owner);
    for (const { refuse } of theirs) refuse(new RequestRefused('It was taken back. Nothing was changed.', 'cancelled'));
    return theirs.length;
  }

  /** The loop comes no more: what waits and what is yet asked is refused. */
  close(why: Error): void {
    this.closedBy = why;
    for (const { refuse } of this.waiting.splice(0)) refuse(why);
  }

  /** Runs the oldest piece when `ready`; null at once when there is none to run. The promise never rejects. */
  runNext(ready: boolean): Promise<void> | null {
    const next = ready ? this.waiting.shift() : undefined;
    return next ? next.run() : null;
  }
}
