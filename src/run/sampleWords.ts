/**
 * Job: a sample of the visible suite, and how far any figure lags behind, as a person reads them: the same on every screen.
 * Boundary: pure text; the numbers are `verification.sampled`'s. A sample is an estimate and is never said without its size.
 */
import { formatCount, formatCounted, formatDuration, formatRate, type Passed } from './forDisplay.ts';
import { anytime, type Interval } from './intervals.ts';

/** What of a sample is said; of the cases drawn `pass` of `total`, from `of` in the suite. */
export interface ToldSample extends Passed {
  readonly of: number;
  readonly beside: Passed;
  readonly failedNotRun: number;
  readonly regressed: number;
  readonly repaired: number;
}

/** How far a figure lies behind what is in the folder. */
export interface Lag {
  readonly checkpoints: number;
  /** Between its checkpoint and the newest. */
  readonly ms: number;
}

/** "3 behind (12 min)"; empty where nothing came after it. */
export function lagWords({ checkpoints, ms }: Lag): string {
  return checkpoints === 0 ? '' : `${formatCount(checkpoints)} behind (${formatDuration(ms)})`;
}

/** "82.0 % of 50 drawn from 326" */
export function sampleRateWords(sample: ToldSample): string {
  return `${formatRate(sample)} of ${formatCount(sample.total)} drawn from ${formatCount(sample.of)}`;
}

/** Where the rate of the whole suite may lie, 95 %. A sample grows, and may be looked at as often as one likes. */
export const sampleInterval = (sample: Passed): Interval => anytime(sample);

/** "95 % at any look: 66.4–92.5 %" */
export function sampleIntervalWords(sample: Passed): string {
  const { low, high } = sampleInterval(sample);
  return `95 % at any look: ${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)} %`;
}

/** What was not run, and what was run beside the draw: "264 not run, 3 of them failed last", … */
export function sampleNotes({ total, of, beside, failedNotRun, regressed, repaired }: ToldSample): readonly string[] {
  const failed = failedNotRun === 0 ? '' : `, ${formatCount(failedNotRun)} of them failed last`;
  const changed = [
    ...(repaired > 0 ? [`${formatCount(repaired)} repaired`] : []),
    ...(regressed > 0 ? [`${formatCount(regressed)} regressed`] : []),
  ];
  return [
    `${formatCount(of - total - beside.total)} not run${failed}`,
    ...(beside.total === 0
      ? []
      : [`${formatCount(beside.pass)} of ${formatCounted(beside.total, 'watched case')} beside the draw pass`]),
    ...(changed.length === 0 ? [] : [`${changed.join(', ')} since all were run`]),
  ];
}
