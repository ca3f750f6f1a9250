/** Job: a list of bounded length that knows how many there were in all (B3). */
import { limits } from '../limits.ts';
import type { Listed } from './report.ts';

/** A list that keeps its newest items and counts all. */
export class Newest<T> {
  items: T[] = [];
  total = 0;

  add(item: T): void {
    this.total += 1;
    this.items.push(item);
    if (this.items.length > limits.reportListed) this.items.shift();
  }

  /** Changes the newest item for which `is` holds, if it is still kept. */
  change(is: (item: T) => boolean, to: (item: T) => T): void {
    const index = this.items.findLastIndex(is);
    const item = this.items[index];
    if (item !== undefined) this.items[index] = to(item);
  }

  listed(): Listed<T> {
    return { items: [...this.items], total: this.total };
  }
}
