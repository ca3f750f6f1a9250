/**
 * Job: hold the supervisor's work that must not meet a step half done (rollbacks) until the loop can run it.
 * Boundary: the loop asks for the next piece; a piece's failure reaches the one who asked for it, never the loop.
 */
export class CommandQueue {
  private readonly waiting: (() => Promise<void>)[] = [];
  private readonly wake: () => void;

  constructor(wake: () => void) {
    this.wake = wake;
  }

  /** Settles as the work does, once the loop has come to it. */
  add<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push(() => work().then(resolve, reject));
      this.wake();
    });
  }

  /** Runs the oldest piece when `ready`; returns whether there was one to run. */
  async runNext(ready: boolean): Promise<boolean> {
    const next = ready ? this.waiting.shift() : undefined;
    await next?.();
    return next !== undefined;
  }
}
