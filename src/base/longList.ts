/**
 * Job: a list that never changes and of which a new version costs little: one item more at the end, or another one in a place.
 * Boundary: no domain word. As JSON it is an array; who reads one back makes a list of it again (`LongList.of`).
 *
 * The items stand in chunks that versions share: an array of weeks would be copied whole for each step of a run.
 */
const chunkItems = 256;

export class LongList<T> implements Iterable<T> {
  readonly length: number;
  /** All full but the last; never changed. */
  private readonly chunks: readonly (readonly T[])[];

  private constructor(chunks: readonly (readonly T[])[], length: number) {
    this.chunks = chunks;
    this.length = length;
  }

  static of<T>(items: Iterable<T>): LongList<T> {
    if (items instanceof LongList) return items as LongList<T>;
    const all = [...items];
    const chunks: T[][] = [];
    for (let from = 0; from < all.length; from += chunkItems) chunks.push(all.slice(from, from + chunkItems));
    return new LongList(chunks, all.length);
  }

  /** undefined: there is no such place; none is counted from the end. */
  get(index: number): T | undefined {
    return this.chunks[Math.floor(index / chunkItems)]?.[index % chunkItems];
  }

  /** As an array's: a negative index counts from the end. */
  at(index: number): T | undefined {
    return this.get(index < 0 ? this.length + index : index);
  }

  withMore(item: T): LongList<T> {
    const last = this.chunks.at(-1);
    const chunks =
      last === undefined || last.length === chunkItems
        ? [...this.chunks, [item]]
        : this.chunks.with(-1, last.concat([item]));
    return new LongList(chunks, this.length + 1);
  }

  /** The list itself where there is no such place. */
  with(index: number, item: T): LongList<T> {
    const number = Math.floor(index / chunkItems);
    const chunk = this.chunks[number];
    if (chunk === undefined || this.get(index) === undefined) return this;
    return new LongList(this.chunks.with(number, chunk.with(index % chunkItems, item)), this.length);
  }

  /** Chunks in which nothing is changed are shared. */
  changedBy(change: (item: T) => T): LongList<T> {
    const chunks = this.chunks.map((chunk) => {
      const changed = chunk.map(change);
      return changed.every((item, index) => item === chunk[index]) ? chunk : changed;
    });
    return new LongList(chunks, this.length);
  }

  map<U>(make: (item: T) => U): U[] {
    return this.chunks.flatMap((chunk) => chunk.map(make));
  }

  filter(holds: (item: T) => unknown): T[] {
    return this.chunks.flatMap((chunk) => chunk.filter(holds));
  }

  find(holds: (item: T) => unknown): T | undefined {
    for (const item of this) if (holds(item)) return item;
    return undefined;
  }

  findLast(holds: (item: T) => unknown): T | undefined {
    for (const item of this.reversed()) if (holds(item)) return item;
    return undefined;
  }

  slice(from?: number, to?: number): T[] {
    return this.chunks.flat().slice(from, to);
  }

  /** From the last one to the first. */
  *reversed(): Generator<T, undefined> {
    for (let number = this.chunks.length - 1; number >= 0; number--) yield* (this.chunks[number] ?? []).toReversed();
  }

  *[Symbol.iterator](): Generator<T, undefined> {
    for (const chunk of this.chunks) yield* chunk;
  }

  toJSON(): readonly T[] {
    return this.chunks.flat();
  }
}
