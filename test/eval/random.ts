/** Job: draws that are the same at each run of an eval. Boundary: pure. */

import { generatorOf } from '../../src/base/shuffle.ts';

export type Random = () => number;

/** Uniform in [0, 1). */
export const seeded: (seed: number) => Random = generatorOf;

export function shuffledBy<T>(items: readonly T[], random: Random): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

/** How many of `total` draws succeed. */
export function binomial(total: number, share: number, random: Random): number {
  let count = 0;
  for (let draw = 0; draw < total; draw++) if (random() < share) count += 1;
  return count;
}
