/**
 * Job: what the next dollars are expected to buy: a band of the best-so-far visible rate against cost, the chance to reach the
 *   goal, what a point costs, and what going on is worth to the supervisor.
 * Boundary: pure and deterministic: the same curve gives the same forecast. It tells and opens a gate; it decides nothing.
 * Rules: H3 visible rates alone. Never beyond twice the spend: what is said ends there.
 */
import type { BandPoint, Forecast, ForecastPolicy, GoingOn, ScoreCurve } from './forecastFacts.ts';
import { bestAt } from './forecastFit.ts';
import { futurePaths, type FuturePaths } from './forecastPaths.ts';
import { formatCounted } from './forDisplay.ts';
import { limits } from './limits.ts';

/** What a forecast is asked for. */
export interface ForecastTerms extends ForecastPolicy {
  /** The hard limit of dollars; null: none. */
  readonly budgetUsd: number | null;
  /** null: too early to say, so hours count nothing. */
  readonly usdPerHour: number | null;
}

export function forecastOf(curve: ScoreCurve, terms: ForecastTerms): Forecast {
  const missing = missingIn(curve);
  const bestRate = bestAt(curve, curve.costUsd);
  if (isReached(bestRate, terms.goal, curve.total)) return { kind: 'reached' };
  if (missing !== null) return { kind: 'tooEarly', missing };
  const future = futurePaths(curve);
  const { budgetUsd } = terms;
  const band = future.costs.map((costUsd, knot) => bandPoint(costUsd, ratesAt(future, knot), terms.goal, curve.total));
  return {
    kind: 'band',
    bestRate,
    goal: terms.goal,
    band,
    budgetUsd,
    atBudget: budgetUsd === null ? null : bandAt(band, budgetUsd),
    usdPerPoint: usdPerPoint(future, bestRate),
    goingOn: terms.valueUsd === undefined ? null : goingOn(curve, future, { ...terms, valueUsd: terms.valueUsd }),
  };
}

/** What a band needs and the curve does not have yet, as a sentence without a full stop; null: nothing. */
function missingIn({ gains, costUsd, looks }: ScoreCurve): string | null {
  const left = limits.forecastLooksLeast - looks;
  if (looks === 0) return 'no version has been verified';
  const first = gains[0]?.costUsd ?? 0;
  if (costUsd <= 0) return 'what it costs is not known';
  if (left > 0) return `${formatCounted(left, 'verified version')} more ${left === 1 ? 'is' : 'are'} needed`;
  // A curve that begins at 80 % of the spend tells of a fifth.
  if (first * limits.forecastSpan > costUsd)
    return `the first verification was at $${first.toFixed(2)}, so it takes until $${(first * limits.forecastSpan).toFixed(2)}`;
  return null;
}

function ratesAt({ paths }: FuturePaths, knot: number): Float64Array {
  return Float64Array.from(paths, (path) => path[knot] ?? 0).sort();
}

function bandPoint(costUsd: number, sorted: Float64Array, goal: number, total: number): BandPoint {
  const reached = sorted.filter((rate) => isReached(rate, goal, total)).length;
  const [low, middle, high] = [0.05, 0.5, 0.95].map((share) => quantile(sorted, share)) as [number, number, number];
  return { costUsd, low, middle, high, goalChance: reached / sorted.length };
}

/** A rate is of whole cases: half a case below the goal is at it. */
function isReached(rate: number, goal: number, total: number): boolean {
  return total > 0 && rate >= goal - 0.5 / total;
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return below + (above - below) * (place - Math.floor(place));
}

/** Between two points of the band as the straight line is; null outside of it. */
export function bandAt(band: readonly BandPoint[], costUsd: number): BandPoint | null {
  const next = band.findIndex((point) => point.costUsd >= costUsd);
  const [before, after] = [band[next - 1], band[next]];
  if (before === undefined || after === undefined) return null;
  const share = (costUsd - before.costUsd) / (after.costUsd - before.costUsd);
  const mixed = (key: keyof BandPoint) => before[key] + (after[key] - before[key]) * share;
  return { costUsd, low: mixed('low'), middle: mixed('middle'), high: mixed('high'), goalChance: mixed('goalChance') };
}

/** Dollars of the whole band for each percentage point that it is expected to bring; null below a tenth of a point. */
function usdPerPoint({ costs, paths }: FuturePaths, bestRate: number): number | null {
  const last = costs.length - 1;
  const mean = paths.reduce((sum, path) => sum + (path[last] ?? 0), 0) / paths.length;
  const points = (mean - bestRate) * 100;
  return points < 0.1 ? null : ((costs[last] ?? 0) - (costs[0] ?? 0)) / points;
}

type Weighed = ForecastTerms & { readonly valueUsd: number };

/**
 * max over d of V·[P(goal by c+d) − P(goal by c)] − d − λ·hours, P(goal by c) being 0: it is not reached. All blocks d up to twice
 * the spend are looked at, so that a plateau before a jump is not given up for the first one. (Belay's facts on reconstruction,
 * formula 7.)
 *
 * Where the budget goes further than that, so may the run, and it must not be called worthless for what can't be seen: there
 * each way goes on at its own pace, which is more than a curve that flattens does. That is told as "may pay later", not as a figure.
 */
function goingOn(curve: ScoreCurve, { costs, paths }: FuturePaths, terms: Weighed): GoingOn {
  const now = costs[0] ?? 0;
  const end = costs.at(-1) ?? now;
  const most = terms.budgetUsd !== null && terms.budgetUsd > now ? terms.budgetUsd : end;
  const beyond = most > end ? Array.from({ length: 8 }, (_, i) => end + ((most - end) * (i + 1)) / 8) : [];
  const hits = paths.map((path) => hitAt(path, costs, beyond, terms.goal - 0.5 / curve.total)).sort((a, b) => a - b);
  const best = (ends: readonly number[]) =>
    ends.map((cost) => blockTo(cost, now, hits, terms)).reduce((a, b) => (b.worthUsd > a.worthUsd ? b : a));
  const within = [...costs.slice(1).filter((cost) => cost < most), Math.min(most, end)];
  const mayPayLater = beyond.length > 0 && best(beyond).worthUsd >= 0;
  return { ...best(within), mayPayLater };
}

/** @param hits when each way reaches the goal, sorted */
function blockTo(cost: number, now: number, hits: readonly number[], terms: Weighed): Omit<GoingOn, 'mayPayLater'> {
  const blockUsd = cost - now;
  const after = hits.findIndex((hit) => hit > cost);
  const chance = (after < 0 ? hits.length : after) / hits.length;
  const hours = terms.usdPerHour === null || terms.usdPerHour <= 0 ? 0 : blockUsd / terms.usdPerHour;
  return { worthUsd: terms.valueUsd * chance - blockUsd - terms.hourUsd * hours, blockUsd, chance, hours };
}

/** No block of dollars that can be seen is worth its price, and none beyond may be. */
export function isBelowZero(forecast: Forecast): forecast is Extract<Forecast, { kind: 'band' }> {
  if (forecast.kind !== 'band' || forecast.goingOn === null) return false;
  return forecast.goingOn.worthUsd < 0 && !forecast.goingOn.mayPayLater;
}

/** The cost at which a way reaches the goal, at the knots; Infinity: not by then. */
function hitAt(path: Float64Array, costs: readonly number[], beyond: readonly number[], least: number): number {
  const knot = path.findIndex((rate) => rate >= least);
  if (knot >= 0) return costs[knot] ?? Number.POSITIVE_INFINITY;
  const [first, last, from, to] = [path[0] ?? 0, path.at(-1) ?? 0, costs[0] ?? 0, costs.at(-1) ?? 0];
  const perUsd = (last - first) / (to - from);
  return beyond.find((cost) => last + perUsd * (cost - to) >= least) ?? Number.POSITIVE_INFINITY;
}
