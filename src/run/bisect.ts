/**
 * Job: find the checkpoint at which a case ceased to pass, asking for as few verdicts as possible; and how that is said.
 * Boundary: pure; places are indices in a story of checkpoints, oldest first. Names are anybody's text: they are drawn, never obeyed.
 */
import { formatCount, formatCounted, visibleControls } from './forDisplay.ts';

export type BisectStep =
  | { readonly kind: 'ask'; readonly at: number }
  /** It passes at `passed` and no more at `broken`, the very next place. */
  | { readonly kind: 'found'; readonly passed: number; readonly broken: number }
  /** It passes at the newest place that is known. */
  | { readonly kind: 'passes' }
  /** It passes at no place that was looked at: the oldest, and others no further apart than a sixteenth of all. */
  | { readonly kind: 'neverPassed' };

/** Where nothing is known to pass, one place in so many is looked at. */
const looks = 16;

/**
 * What to do next. Where the newest place that is known fails and an older one passes, at most ⌈log2 n⌉ questions follow. Where
 * none is known to pass, one is looked for first: the oldest, then the middle of the widest gap, about 16 times. A case that broke,
 * was mended and broke again is found at its newest break beside what is known. Places newer than a known failure are not asked.
 * @param places how many there are, 1 or more
 * @param known whether the case passes, by place
 */
export function nextBisectStep(places: number, known: ReadonlyMap<number, boolean>): BisectStep {
  const newest = Math.max(-1, ...known.keys());
  if (known.get(newest) !== false) return newest === places - 1 ? { kind: 'passes' } : { kind: 'ask', at: places - 1 };
  const passed = placesWhere(known, true).at(-1);
  if (passed === undefined) {
    const at = known.has(0) ? middleOfWidestGap(newest + 1, known) : 0;
    return at === null ? { kind: 'neverPassed' } : { kind: 'ask', at };
  }
  const broken = placesWhere(known, false).find((place) => place > passed) ?? newest;
  if (broken - passed === 1) return { kind: 'found', passed, broken };
  return { kind: 'ask', at: passed + Math.floor((broken - passed) / 2) };
}

/** How many questions follow at most, if the newest place fails; null: not known, as no place is known where it passed. */
export function questionsLeft(places: number, known: ReadonlyMap<number, boolean>): number | null {
  const passed = placesWhere(known, true).at(-1);
  if (passed === undefined) return null;
  const broken = placesWhere(known, false).find((place) => place > passed);
  const between = Math.ceil(Math.log2((broken ?? places - 1) - passed));
  return broken === undefined ? 1 + between : between;
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

/** Where a visible case ceased to pass; `verified`: how many checkpoints were verified to find out. */
export type Bisection =
  | {
      readonly kind: 'searching';
      /** The one to verify next. */
      readonly checkpoint: number;
      /** How many are verified yet at most, this one included; null: not known. */
      readonly left: number | null;
      readonly verified: number;
    }
  | {
      readonly kind: 'found';
      /** The checkpoint at which it still passed, and the one after it, at which it did not. */
      readonly passed: number;
      readonly broken: number;
      /** Of the broken one; null where no step made it. */
      readonly step: number | null;
      readonly title: string;
      /** Between the two so many were thinned, any of which may have broken it. */
      readonly thinned: number;
      readonly verified: number;
    }
  /** It passes at the newest checkpoint that is known. */
  | { readonly kind: 'passes'; readonly checkpoint: number; readonly verified: number }
  /** It passed at none that was looked at, this oldest one among them. */
  | { readonly kind: 'neverPassed'; readonly since: number; readonly verified: number };

export type Broken = Extract<Bisection, { kind: 'found' }>;

/** What a move of the search is about to do: "verifying checkpoint 104, at most 7 more after it" */
export function searchWords({ checkpoint, left }: Extract<Bisection, { kind: 'searching' }>): string {
  const at = `verifying checkpoint ${formatCount(checkpoint)}`;
  if (left === null) return `${at}, to find one where it passed`;
  return left > 1 ? `${at}, at most ${formatCount(left - 1)} more after it` : `${at}, the last one`;
}

/** "step 137", "checkpoint 12" where no step made it. */
export function breakerWords({ step, broken }: Broken): string {
  return step === null ? `checkpoint ${formatCount(broken)}` : `step ${formatCount(step)}`;
}

/** What was found, a sentence each without a full stop: what broke it, then where it passed and what it took to know. */
export function foundWords(found: Exclude<Bisection, { kind: 'searching' }>, id: string): readonly string[] {
  const name = oneLine(id);
  const cost = found.verified === 0 ? '' : ` (${formatCounted(found.verified, 'checkpoint')} verified for it)`;
  switch (found.kind) {
    case 'passes':
      return [`${name} passes at checkpoint ${formatCount(found.checkpoint)}${cost}`];
    case 'neverPassed':
      return [`${name} passed at no checkpoint that was looked at, from ${formatCount(found.since)} on${cost}`];
    case 'found': {
      const { passed, broken, thinned, title } = found;
      const or = thinned === 0 ? '' : `, or one of ${formatCount(thinned)} thinned checkpoints before it,`;
      return [
        `${breakerWords(found)}${or} broke ${name}: ${oneLine(title)}`,
        `It passed at checkpoint ${formatCount(passed)} and fails at ${formatCount(broken)}${cost}`,
      ];
    }
  }
}

/** A directive to begin with: what a supervisor would tell the agent of it. */
export function repairWords(found: Broken, id: string): string {
  const { title, passed } = found;
  return `The case ${oneLine(id)} passed at checkpoint ${formatCount(passed)} and was broken by ${breakerWords(found)} (“${oneLine(title)}”). Make it pass again, without losing what came of that.`;
}

const oneLine = (text: string): string => visibleControls(text).replace(/\s+/g, ' ');
