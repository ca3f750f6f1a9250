/**
 * Job: how far a pass rate may lie from what was counted: intervals for one rate, for a difference of two, and for a rate that
 *   is looked at while its cases still come in.
 * Boundary: pure. Counts in, shares (0–1) out; the words are `debtWords.ts`'s.
 *
 * Which one where: one full run of a suite: `wilson`, and `newcombe` for two of them. A sample of one checkpoint that grows
 * and is looked at as often as one likes: `anytime`; a new checkpoint begins a new sequence.
 */
import { assert } from '../base/assert.ts';
import type { Passed } from './forDisplay.ts';

/** Shares, 0–1; of a difference −1–1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Standard normal quantiles: two-sided 95 %, and one-sided 99.75 %. */
export const z95 = 1.959963984540054;
export const z9975 = 2.807033768343811;

const unknown: Interval = { low: 0, high: 1 };

/** The score interval of a share (Wilson 1927). Without cases nothing is known: 0–1. */
export function wilson({ pass, total }: Passed, z = z95): Interval {
  if (total === 0) return unknown;
  const share = pass / total;
  const z2 = z * z;
  const middle = (share + z2 / (2 * total)) / (1 + z2 / total);
  const half = (z / (1 + z2 / total)) * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total));
  // At the ends the formula is exact, but not its floating point.
  return {
    low: pass === 0 ? 0 : Math.max(0, middle - half),
    high: pass === total ? 1 : Math.min(1, middle + half),
  };
}

/** The hybrid score interval of the difference `one` − `other` of two independent shares (Newcombe 1998, method 10). */
export function newcombe(one: Passed, other: Passed, z = z95): Interval {
  if (one.total === 0 || other.total === 0) return { low: -1, high: 1 };
  const [p, q] = [one.pass / one.total, other.pass / other.total];
  const [a, b] = [wilson(one, z), wilson(other, z)];
  return {
    low: p - q - Math.hypot(p - a.low, b.high - q),
    high: p - q + Math.hypot(a.high - p, q - b.low),
  };
}

/**
 * The confidence sequence of a share from a beta mixture (Robbins 1970; arXiv 2010.09686): with probability 1 − α it holds at
 * every look of a sample that grows case by case, so peeking costs nothing.
 * { p : B(½+k, ½+n−k) / B(½, ½) / (p^k (1−p)^(n−k)) < 1/α }
 */
export function anytime({ pass, total }: Passed, alpha = 0.05): Interval {
  assert(alpha > 0 && alpha < 1, 'alpha is a probability');
  if (total === 0) return unknown;
  const fail = total - pass;
  const mixture = logBeta(0.5 + pass, 0.5 + fail) - logBeta(0.5, 0.5);
  const isIn = (p: number) => mixture - logOf(pass, p) - logOf(fail, 1 - p) < -Math.log(alpha);
  const share = pass / total;
  return {
    low: pass === 0 ? 0 : edge(0, share, isIn),
    high: fail === 0 ? 1 : edge(1, share, isIn),
  };
}

/** times · ln(p), 0 for 0 · ln(0). */
function logOf(times: number, p: number): number {
  return times === 0 ? 0 : times * Math.log(p);
}

/** Between `outside`, or what is nearest to it, and `inside`: where membership changes. */
function edge(outside: number, inside: number, isIn: (p: number) => boolean): number {
  let [out, within] = [outside, inside];
  for (let round = 0; round < 60; round++) {
    const middle = (out + within) / 2;
    if (isIn(middle)) within = middle;
    else out = middle;
  }
  return out;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** ln Γ(x), x > 0: Stirling's series (Abramowitz and Stegun 6.1.41) from 8 on, the recurrence below. */
function logGamma(x: number): number {
  let [at, shift] = [x, 0];
  while (at < 8) {
    shift += Math.log(at);
    at += 1;
  }
  const i = 1 / at;
  const series = i * (1 / 12 - i * i * (1 / 360 - i * i * (1 / 1260 - (i * i) / 1680)));
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
