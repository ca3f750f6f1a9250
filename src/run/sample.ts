/**
 * Job: which cases of a suite a sample takes: a draw that an estimate may rest on, and beside it those to keep an eye on.
 * Boundary: pure; the seed is the journal's, so the draw can be made again.
 *
 * An order of the suite is drawn, and a sample is its beginning, so that a sample that grows keeps what it had. Cases with the
 * same tags stand together, shuffled, on a ring that is turned by a random place; the places are taken in the order of their
 * reversed bits, which spreads any beginning evenly over the ring. The turn makes each case as likely as any other to be among
 * the first n, whatever n is: the share that passes is an unbiased estimate. The spread gives each group its part of it.
 */
import { generatorOf, shuffled } from '../base/shuffle.ts';
import { limits } from './limits.ts';

/** What of a case the draw looks at. */
interface Tagged {
  readonly id: string;
  readonly tags: readonly string[];
}

export interface SampleRequest {
  readonly seed: number;
  /** How many cases are drawn. */
  readonly draw: number;
  /** Ids of cases that are run whatever the draw; B3: bounded by who asks. */
  readonly watched: readonly string[];
}

export interface Sample<T> {
  /** What the estimate rests on. */
  readonly drawn: readonly T[];
  /** Run with them and not part of the estimate: watched ones, and one of each tag that none of the others bears. */
  readonly beside: readonly T[];
}

/** null: the suite has no more cases than that, so all of it is run. */
export function sampleOf<T extends Tagged>(
  cases: readonly T[],
  { seed, draw, watched }: SampleRequest,
): Sample<T> | null {
  if (cases.length <= draw) return null;
  const order = sampleOrder(cases, seed);
  const drawn = new Set(order.slice(0, draw));
  const ids = new Set(watched);
  const eyed = cases.filter((one) => ids.has(one.id) && !drawn.has(one));
  return { drawn: [...drawn], beside: [...eyed, ...firstOfTags(order, [...drawn, ...eyed])] };
}

/** The whole suite, in the order in which samples of growing size take it. */
export function sampleOrder<T extends Tagged>(cases: readonly T[], seed: number): readonly T[] {
  const groups = Map.groupBy(shuffled(cases, seed), ({ tags }) => [...tags].sort().join('\0'));
  const ring = [...groups.values()].flat();
  const turn = Math.floor(generatorOf(seed + 1)() * ring.length);
  const bits = Math.max(1, Math.ceil(Math.log2(ring.length)));
  return Array.from({ length: 2 ** bits }, (_, place) => reversed(place, bits))
    .filter((place) => place < ring.length)
    .flatMap((place) => ring[(place + turn) % ring.length] ?? []);
}

/** B3: cases that bear tags which none of those taken does, in the order of the draw. */
function firstOfTags<T extends Tagged>(order: readonly T[], taken: readonly T[]): readonly T[] {
  const seen = new Set(taken.flatMap(({ tags }) => tags));
  const firsts: T[] = [];
  for (const one of order) {
    if (firsts.length >= limits.tagsInEntry) break;
    if (one.tags.every((tag) => seen.has(tag))) continue;
    firsts.push(one);
    for (const tag of one.tags) seen.add(tag);
  }
  return firsts;
}

function reversed(number: number, bits: number): number {
  let [rest, result] = [number, 0];
  for (let bit = 0; bit < bits; bit++) {
    result = result * 2 + (rest % 2);
    rest = Math.floor(rest / 2);
  }
  return result;
}
