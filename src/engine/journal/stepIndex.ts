/**
 * Job: where in the segments each step begins, so that its entries are read without reading the rest.
 * Boundary: numbers in memory, 32 bytes a step; made from the journal's lines and kept with a snapshot. Whoever reads at a
 *   position checks that the step is there: an index that says otherwise is thrown away and made anew.
 */
export interface Position {
  /** Index of the segment, from 0. */
  readonly segment: number;
  /** Of its first byte in the segment. */
  readonly offset: number;
}

export interface StepPlace extends Position {
  readonly step: number;
  /** Of its `step.started`. */
  readonly seq: number;
}

const startedPattern = /^\{"seq":\d+,"at":\d+,"prev":"[0-9a-f]{64}","type":"step\.started","step":(\d+)\}/;

/** The step that a journal line begins; null for every other line. */
export function stepStartedIn(json: string): number | null {
  const found = startedPattern.exec(json);
  return found === null ? null : Number(found[1]);
}

const fields = 4;

export class StepIndex {
  private readonly numbers: number[] = [];

  get length(): number {
    return this.numbers.length / fields;
  }

  /** Steps come in the order of their numbers; one that does not has no place of its own. */
  add({ step, seq, segment, offset }: StepPlace): void {
    if (step > (this.at(this.length - 1)?.step ?? 0)) this.numbers.push(step, seq, segment, offset);
  }

  at(index: number): StepPlace | undefined {
    const [step, seq, segment, offset] = this.numbers.slice(index * fields, index * fields + fields);
    if (index < 0 || step === undefined || seq === undefined || segment === undefined || offset === undefined)
      return undefined;
    return { step, seq, segment, offset };
  }

  /** How many steps have a number below this one: the index of the first that has not. */
  countBefore(step: number): number {
    return this.countWhile((place) => place.step < step);
  }

  /** The last step that begins at or before this entry. */
  lastUpTo(seq: number): StepPlace | undefined {
    return this.at(this.countWhile((place) => place.seq <= seq) - 1);
  }

  /** As JSON can carry it. */
  toNumbers(): readonly number[] {
    return [...this.numbers];
  }

  /** Forgets all, or takes what `toNumbers` gave. */
  reset(numbers: readonly number[] = []): void {
    this.numbers.length = 0;
    for (const number of numbers) this.numbers.push(number);
  }

  private countWhile(holds: (place: StepPlace) => boolean): number {
    let [from, to] = [0, this.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const place = this.at(middle);
      if (place !== undefined && holds(place)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
