/**
 * Job: thin a curve to a bounded number of points without losing what a reader looks for.
 * Boundary: pure; works on any points in order of time.
 * Rules: B3. What is kept, in this order: the first and the last point, the highest and the lowest; the pinned ones (of gates, of
 *   regressions), the first named first, up to half of all; of the rest the lowest and the highest of each of equally many
 *   neighbours. So a spike of one checkpoint is never thinned away by its quiet neighbours.
 */
import type { CurvePoint } from './report.ts';

/** The points to keep, in their order; all of them where they are no more than `most`. */
export function thinned(
  points: readonly CurvePoint[],
  most: number,
  pinned: Iterable<number> = [],
): readonly CurvePoint[] {
  if (points.length <= most) return points;
  const kept = new Set<number>([0, points.length - 1, extreme(points, 0, points.length, 1)]);
  kept.add(extreme(points, 0, points.length, -1));
  const indexOf = new Map(points.map(({ checkpoint }, index) => [checkpoint, index]));
  for (const checkpoint of pinned) {
    if (kept.size >= most / 2) break;
    const index = indexOf.get(checkpoint);
    if (index !== undefined) kept.add(index);
  }
  const groups = Math.floor((most - kept.size) / 2);
  for (let group = 0; group < groups; group++) {
    const from = Math.floor((group * points.length) / groups);
    const to = Math.floor(((group + 1) * points.length) / groups);
    kept.add(extreme(points, from, to, 1)).add(extreme(points, from, to, -1));
  }
  return points.filter((_, index) => kept.has(index));
}

/** The index of the highest (`sign` 1) or lowest (−1) rate in a range; the first of equals. */
function extreme(points: readonly CurvePoint[], from: number, to: number, sign: 1 | -1): number {
  let best = from;
  for (let index = from + 1; index < to; index++) {
    if (sign * (rateOf(points[index]) - rateOf(points[best])) > 0) best = index;
  }
  return best;
}

export function rateOf(figure: { readonly pass: number; readonly total: number } | undefined): number {
  return figure === undefined || figure.total === 0 ? 0 : figure.pass / figure.total;
}
