/**
 * Job: fold what a forecast is made from, and ask for the forecast of a run as it stands.
 * Boundary: pure; a part of reduce.ts.
 * Rules: H3 only verifications of the whole visible suite are folded. B3 a forecast is made once for each of them.
 */
import { wallUsedMs } from './budget.ts';
import type { Entry } from './entry.ts';
import { forecastOf } from './forecast.ts';
import type { Forecast, ForecastPolicy, ForecastState } from './forecastFacts.ts';
import { noCurve, withLook } from './scoreCurve.ts';
import type { RunState } from './state.ts';

export const noForecast: ForecastState = { curve: noCurve, told: null };

/** Of tasks that say nothing of a forecast: it weighs nothing, so it opens no gate. */
export const defaultForecast: ForecastPolicy = { goal: 1, hourUsd: 0 };

export function looked(state: RunState, entry: Entry<'verification.finished'>): ForecastState {
  const { forecast, budget } = state;
  if (entry.suite !== 'visible') return forecast;
  const figure = { pass: entry.counts.pass, total: entry.total };
  return { ...forecast, curve: withLook(forecast.curve, budget.spentUsd, figure) };
}

/** A gate told of the forecast: that it is negative is not told again until something changed. */
export function forecastTold({ forecast, budget }: RunState): ForecastState {
  const bestRate = forecast.curve.gains.at(-1)?.rate ?? 0;
  return { ...forecast, told: { bestRate, spentUsd: budget.spentUsd, hardUsd: budget.limits.costUsd?.hard ?? null } };
}

/** Whether nothing changed since a gate told of it: no better rate, no other limit, and not twice the spend. */
export function isForecastTold({ forecast: { curve, told }, budget }: RunState): boolean {
  if (told === null) return false;
  const isSame = told.bestRate === curve.gains.at(-1)?.rate && told.hardUsd === (budget.limits.costUsd?.hard ?? null);
  return isSame && budget.spentUsd < 2 * told.spentUsd;
}

export function forecastPolicyOf({ run }: Pick<RunState, 'run'>): ForecastPolicy {
  return run?.task.forecast ?? defaultForecast;
}

/** @param now ms since the epoch */
export function forecastIn(state: RunState, now: number): Forecast {
  const { budget, forecast } = state;
  const wallMs = wallUsedMs(budget, now);
  return forecastOf(forecast.curve, {
    ...forecastPolicyOf(state),
    budgetUsd: budget.limits.costUsd?.hard ?? null,
    usdPerHour: wallMs < 60_000 || budget.spentUsd === 0 ? null : (budget.spentUsd / wallMs) * 3_600_000,
  });
}
