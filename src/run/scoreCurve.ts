/**
 * Job: make the best-so-far curve of a run, look by look, in bounded size.
 * Boundary: pure.
 * Rules: H3 visible looks alone. B3 at most limits.gainsInCurve steps of the curve are kept, evenly over it.
 */
import type { Passed } from './forDisplay.ts';
import type { ScoreCurve } from './forecastFacts.ts';
import { limits } from './limits.ts';

export const noCurve: ScoreCurve = { gains: [], costUsd: 0, looks: 0, total: 0 };

/** @param costUsd what was spent by then */
export function withLook(curve: ScoreCurve, costUsd: number, { pass, total }: Passed): ScoreCurve {
  if (total === 0) return curve;
  const rate = pass / total;
  const best = curve.gains.at(-1)?.rate ?? -1;
  const isNew = curve.looks === 0 || costUsd > curve.costUsd;
  const gains = rate > best ? thinned([...curve.gains, { costUsd, rate }]) : curve.gains;
  return { gains, costUsd, looks: curve.looks + (isNew ? 1 : 0), total };
}

function thinned(gains: ScoreCurve['gains']): ScoreCurve['gains'] {
  if (gains.length <= limits.gainsInCurve) return gains;
  return gains.filter((_, index) => index % 2 === 0 || index === gains.length - 1);
}
