/**
 * Job: run asynchronous work one piece at a time, in the order in which it was asked for.
 * Rules: a failed piece rejects its own promise and does not hold up the next one.
 */

export class SerialQueue {
  private tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.tail.then(work, work);
    this.tail = result.catch(() => undefined); // the caller holds `result`; the chain only needs its end
    return result;
  }

  /** Resolves when everything asked for so far has ended. */
  async idle(): Promise<void> {
    await this.tail;
  }
}
