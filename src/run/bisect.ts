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
  /** It passes at no place that was looked at: the oldest, and others no further apart than a sixteenth of all. */
  | { readonly kind: 'neverPassed' };

/** Where nothing is known to pass, one place in so many is looked at. */
const looks = 16;

/**
 * What to do next. Where the newest place and an older passing one are known, at most ⌈log2 n⌉ questions follow. Where none is
 * known to pass, one is looked for first: the oldest, then the middle of the widest gap, about 16 times. A case that broke, was mended and broke again is found at its newest break beside what is known.
 * @param places how many there are, 1 or more
 * @param known whether the case passes, by place
 */
export function nextBisectStep(places: number, known: ReadonlyMap<number, boolean>): BisectStep {
  const newest = places - 1;
  const now = known.get(newest);
  if (now === undefined) return { kind: 'ask', at: newest };
  if (now) return { kind: 'passes' };
  const passed = placesWhere(known, true).at(-1);
  if (passed === undefined) {
    const at = known.has(0) ? middleOfWidestGap(places, known) : 0;
    return at === null ? { kind: 'neverPassed' } : { kind: 'ask', at };
  }
  const broken = placesWhere(known, false).find((place) => place > passed) ?? newest;
  if (broken - passed === 1) return { kind: 'found', passed, broken };
  return { kind: 'ask', at: passed + Math.floor((broken - passed) / 2) };
}

/** Of the newest among the widest; null: none is wide enough. Both ends are known. */
function middleOfWidestGap(places: number, known: ReadonlyMap<number, boolean>): number | null {
  const ends = placesWhere(known, false);
  const gaps = ends.slice(1).map((to, i) => ({ from: ends[i] ?? 0, to }));
  const widest = gaps.reduce((wide, gap) => (gap.to - gap.from >= wide.to - wide.from ? gap : wide), {
    from: 0,
    to: 0,
  });
  const width = widest.to - widest.from;
  return width > 1 && width > places / looks ? widest.from + Math.floor(width / 2) : null;
}

function placesWhere(known: ReadonlyMap<number, boolean>, passes: boolean): number[] {
  return [...known].flatMap(([place, passed]) => (passed === passes ? [place] : [])).sort((a, b) => a - b);
}
