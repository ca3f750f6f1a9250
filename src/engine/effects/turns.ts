/**
 * Job: keep what the agent can hear of apart in time from the cases that it must not learn of: what it runs side by side, or one
 *   held-out verification alone.
 * Boundary: turns only; what is done in them is the callers'.
 * Rules: H1 sandboxes share the files of /usr, and with them locks, caches and the kernel's counts: a candidate under a held-out
 *   case could tell its input to a command that runs beside it. First come, first served, so that neither side waits for ever (B3).
 */

/** Ends a turn; to be called once. */
export type Leave = () => void;

interface Waiting {
  readonly alone: boolean;
  readonly enter: () => void;
}

export class Turns {
  private readonly waiting: Waiting[] = [];
  private together = 0;
  private isAlone = false;

  /** With others of this kind. Resolves when the turn has come, with how to end it; null: the signal came first. */
  shared(signal?: AbortSignal): Promise<Leave | null> {
    return this.take(false, signal);
  }

  /** With nothing else, neither of this nor of the other kind. Resolves as `shared` does. */
  alone(signal?: AbortSignal): Promise<Leave | null> {
    return this.take(true, signal);
  }

  /** Whether one alone would have to wait. */
  get busy(): boolean {
    return this.isAlone || this.together > 0 || this.waiting.length > 0;
  }

  private take(alone: boolean, signal?: AbortSignal): Promise<Leave | null> {
    if (signal?.aborted === true) return Promise.resolve(null);
    return new Promise((resolve) => {
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(one), 1);
        resolve(null);
        this.next(); // those behind it may go now
      };
      const one: Waiting = {
        alone,
        enter: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve(this.entered(alone));
        },
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(one);
      this.next();
    });
  }

  private entered(alone: boolean): Leave {
    if (alone) this.isAlone = true;
    else this.together += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      if (alone) this.isAlone = false;
      else this.together -= 1;
      this.next();
    };
  }

  private next(): void {
    for (let first = this.waiting[0]; first !== undefined && this.isFree(first); first = this.waiting[0]) {
      this.waiting.shift();
      first.enter();
    }
  }

  private isFree({ alone }: Waiting): boolean {
    return !this.isAlone && (!alone || this.together === 0);
  }
}
