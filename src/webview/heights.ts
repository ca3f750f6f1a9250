/**
 * Job: how high each slot of a long list is, and where each begins, so that only those in sight are drawn.
 * Boundary: numbers only (CSS pixels); a slot that was never drawn is as high as a row of one line. A Fenwick tree: setting,
 *   summing and finding take log n, whatever the list's length.
 */
/** A row of one line. */
export const rowPx = 22;

export class Heights {
  private readonly usual: number;
  /** What each slot is higher than usual. */
  private extra: number[] = [];
  /** Sums of `extra` over ranges, from index 1. */
  private tree: number[] = [0];

  constructor(usualPx: number) {
    this.usual = usualPx;
  }

  get length(): number {
    return this.extra.length;
  }

  get total(): number {
    return this.offset(this.length);
  }

  /** Slots come and go at the end. */
  resize(length: number): void {
    for (let slot = this.length - 1; slot >= length; slot--) this.set(slot, this.usual);
    this.extra.length = Math.min(length, this.length);
    this.tree.length = this.extra.length + 1;
    while (this.length < length) {
      this.extra.push(0);
      const node = this.length;
      // A new node sums those right before it.
      this.tree.push(this.extraBefore(node - 1) - this.extraBefore(node - (node & -node)));
    }
  }

  set(slot: number, px: number): void {
    const more = px - this.usual - (this.extra[slot] ?? 0);
    if (more === 0 || slot < 0 || slot >= this.length) return;
    this.extra[slot] = px - this.usual;
    for (let node = slot + 1; node < this.tree.length; node += node & -node)
      this.tree[node] = (this.tree[node] ?? 0) + more;
  }

  /** Where the slot begins. */
  offset(slot: number): number {
    const bounded = Math.max(0, Math.min(slot, this.length));
    return bounded * this.usual + this.extraBefore(bounded);
  }

  /** The slot at this place; the first or the last one beyond the ends. */
  at(px: number): number {
    let [from, to] = [0, Math.max(0, this.length - 1)];
    while (from < to) {
      const middle = (from + to + 1) >> 1;
      if (this.offset(middle) <= px) from = middle;
      else to = middle - 1;
    }
    return from;
  }

  /** Everything as high as usual again. */
  clear(): void {
    this.extra = [];
    this.tree = [0];
  }

  private extraBefore(slot: number): number {
    let sum = 0;
    for (let node = slot; node > 0; node -= node & -node) sum += this.tree[node] ?? 0;
    return sum;
  }
}
