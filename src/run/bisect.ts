/**
 * Job: find the checkpoint at which a case ceased to pass, asking for as few verdicts as possible.
 * Boundary: pure; places are indices in a story of checkpoints, oldest first.
 */

export type BisectStep =
  | { readonly kind: 'ask'; readonly at: number }
  /** It passes at `passed` and no more at `broken`, the very next place. */
  | { readonly kind: 'found'; readonly passed: number; readonly broken: number }
  /** It passes at the newest place. */
  | { readonly kind: 'passes' }
  /** It passes at no place that was looked at, the oldest among them. */
  | { readonly kind: 'neverPassed' };

/**
 * What to do next. Where the newest place and an older passing one are known, at most ⌈log2 n⌉ questions follow; without them
 * two more. A case that broke, was mended and broke again is found at its newest break beside what is known.
 * @param places how many there are, 1 or more
 * @param known whether the case passes, by place
 */
export function nextBisectStep(places: number, known: ReadonlyMap<number, boolean>): BisectStep {
  const newest = places - 1;
  const now = known.get(newest);
  if (now === undefined) return { kind: 'ask', at: newest };
  if (now) return { kind: 'passes' };
  const passed = placesWhere(known, true).at(-1);
  if (passed === undefined) return known.has(0) ? { kind: 'neverPassed' } : { kind: 'ask', at: 0 };
  const broken = placesWhere(known, false).find((place) => place > passed) ?? newest;
  if (broken - passed === 1) return { kind: 'found', passed, broken };
  return { kind: 'ask', at: passed + Math.floor((broken - passed) / 2) };
}

function placesWhere(known: ReadonlyMap<number, boolean>, passes: boolean): number[] {
  return [...known].flatMap(([place, passed]) => (passed === passes ? [place] : [])).sort((a, b) => a - b);
}
