/**
 * Job: fit p(c) = a − b (1 + c/k)^−γ to a best-so-far curve: a grid of shapes (k, γ), each with its weight and its b.
 * Boundary: pure. Source: Belay's facts on reconstruction, formula 6.
 *
 * For a given shape the curve is linear in a and b, so each is fitted exactly by least squares. A forecast starts from where
 * the run stands, so that of (a, b) only b matters: what is gained between c and c' is b ((1 + c/k)^−γ − (1 + c'/k)^−γ).
 */
import type { ScoreCurve } from './forecastFacts.ts';

export interface FittedShape {
  readonly kUsd: number;
  readonly gamma: number;
  readonly b: number;
  /** Standard error of `b`, for errors that go together. */
  readonly bError: number;
  /** Of all shapes together 1. */
  readonly weight: number;
}

const knots = 24;
/** Neighbours on a best-so-far curve err together: so many of its knots say something of their own. */
const independentKnots = 7;
/** Steps of one case are no misfit. */
const finestShare = 0.5;
const ks = [1 / 32, 1 / 8, 1 / 3, 1, 3];
const gammas = [0.3, 0.7, 1.5, 3];

export function fittedShapes(curve: ScoreCurve): readonly FittedShape[] {
  const { costUsd, total } = curve;
  const from = curve.gains[0]?.costUsd ?? 0;
  const costs = Array.from({ length: knots }, (_, i) => from + ((costUsd - from) * (i + 1)) / knots);
  const rates = costs.map((cost) => bestAt(curve, cost));
  const least = knots * (finestShare / total) ** 2;
  const shapes = ks.flatMap((k) => gammas.map((gamma) => fitted(costs, rates, k * costUsd, gamma, least)));
  const most = Math.max(...shapes.map(({ weight }) => weight));
  const likely = shapes.map((shape) => ({ ...shape, weight: Math.exp(shape.weight - most) }));
  const sum = likely.reduce((all, { weight }) => all + weight, 0);
  return likely.map((shape) => ({ ...shape, weight: shape.weight / sum }));
}

/** `weight` is still a log likelihood. */
function fitted(
  costs: readonly number[],
  rates: readonly number[],
  kUsd: number,
  gamma: number,
  least: number,
): FittedShape {
  const xs = costs.map((cost) => (1 + cost / kUsd) ** -gamma);
  const [x, y] = [mean(xs), mean(rates)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [i, at] of xs.entries()) {
    const [dx, dy] = [at - x, (rates[i] ?? 0) - y];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const b = xx === 0 ? 0 : Math.max(0, -xy / xx);
  const rest = Math.max(0, yy + b * (2 * xy + b * xx)) + least;
  const bError = xx === 0 ? 0 : Math.sqrt((rest / independentKnots / xx) * (knots / independentKnots));
  return { kUsd, gamma, b, bError, weight: (-independentKnots / 2) * Math.log(rest) };
}

/** The best rate of all verifications up to that cost; the first one's before it. */
export function bestAt({ gains }: Pick<ScoreCurve, 'gains'>, costUsd: number): number {
  let best = gains[0]?.rate ?? 0;
  for (const gain of gains) {
    if (gain.costUsd > costUsd) break;
    best = gain.rate;
  }
  return best;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
