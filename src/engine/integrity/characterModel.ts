/**
 * Job: how much a text tells, in bits, under what the expected outputs of a suite have in common: boilerplate tells little.
 * Boundary: pure. An order-2 model of UTF-16 units with additive smoothing; one case can be left out of its own measure.
 */

/** Added to each count, so that what was never seen is unlikely and not impossible. */
const smoothing = 0.02;

class Counts {
  readonly pairs = new Map<string, number>();
  readonly triples = new Map<string, number>();

  add(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const pair = before(text, i);
      count(this.pairs, pair);
      count(this.triples, pair + text.charAt(i));
    }
  }
}

export class CharacterModel {
  private readonly counts = new Counts();
  private readonly alphabet: number;

  constructor(texts: readonly string[]) {
    const units = new Set<string>();
    for (const text of texts) {
      this.counts.add(text);
      for (let i = 0; i < text.length; i++) units.add(text.charAt(i));
    }
    this.alphabet = Math.max(2, units.size);
  }

  /** Bits of `part`, a part of `whole`, where `whole` is one of the texts and is left out. */
  bits(part: string, whole: string): number {
    const own = new Counts();
    own.add(whole);
    let bits = 0;
    for (let i = 0; i < part.length; i++) {
      const pair = before(part, i);
      const triple = pair + part.charAt(i);
      const seen = left(this.counts.triples, own.triples, triple) + smoothing;
      const of = left(this.counts.pairs, own.pairs, pair) + smoothing * this.alphabet;
      bits -= Math.log2(seen / of);
    }
    return bits;
  }
}

const before = (text: string, at: number): string => text.slice(Math.max(0, at - 2), at).padStart(2, '\0');

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** A part may begin where the whole does not, so that it has pairs which the whole lacks. */
function left(all: ReadonlyMap<string, number>, own: ReadonlyMap<string, number>, key: string): number {
  return Math.max(0, (all.get(key) ?? 0) - (own.get(key) ?? 0));
}
