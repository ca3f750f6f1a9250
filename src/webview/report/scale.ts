/**
 * Job: the scales of the chart: where a value stands in pixels, and the round values to write beside it.
 * Boundary: pure numbers.
 */

export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** From 0 to at least `most`, with about `count` round ticks; whole numbers only where `whole`. */
export function scaleTo(most: number, count: number, whole: boolean): Scale {
  const top = most > 0 ? most : 1;
  const rough = top / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((unit) => unit * power >= rough) ?? 10) * power;
  const wide = whole ? Math.max(1, step) : step;
  const ticks = Array.from({ length: Math.floor(top / wide + 1e-9) + 1 }, (_, i) => i * wide);
  return { from: 0, to: top, ticks };
}

/** Of rates of 0–1: tens of percent around them, at least 20 points high. */
export function rateScale(rates: readonly number[]): Scale {
  let low = 1;
  let high = 0;
  for (const rate of rates) {
    low = Math.min(low, rate);
    high = Math.max(high, rate);
  }
  const to = Math.min(10, Math.max(2, Math.ceil(high * 10 + 1e-9)));
  const from = Math.max(0, Math.min(Math.floor(low * 10 - 1e-9), to - 2));
  const by = to - from > 5 ? 2 : 1;
  const ticks: number[] = [];
  for (let tick = from; tick <= to; tick += by) ticks.push(tick / 10);
  return { from: from / 10, to: to / 10, ticks };
}

export function share({ from, to }: Scale, value: number): number {
  return (value - from) / (to - from || 1);
}
