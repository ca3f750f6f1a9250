/**
 * Job: the newest published entries, for a client that was away for a moment.
 * Boundary: memory only; who was away longer gets a snapshot.
 * Rules: J2 only published entries come in. B3 bounded in number and bytes.
 */
import { assert } from '../../base/assert.ts';
import type { Entry } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';

export class Tail {
  private readonly kept: { readonly entry: Entry; readonly bytes: number }[] = [];
  private bytes = 0;
  private last: number;

  /** @param seq the last entry before those that will come. */
  constructor(seq: number) {
    this.last = seq;
  }

  add(entry: Entry, bytes: number): void {
    assert(entry.seq === this.last + 1, 'J1: entries come in their order');
    this.last = entry.seq;
    this.kept.push({ entry, bytes });
    this.bytes += bytes;
    while (this.kept.length > limits.tailEntries || this.bytes > limits.tailBytes)
      this.bytes -= this.kept.shift()?.bytes ?? 0;
  }

  /** The entries after `seq`; null where they are no longer, or never were, at hand. */
  after(seq: number): readonly Entry[] | null {
    const missing = this.last - seq;
    if (missing < 0 || missing > this.kept.length) return null;
    return this.kept.slice(this.kept.length - missing).map(({ entry }) => entry);
  }
}
