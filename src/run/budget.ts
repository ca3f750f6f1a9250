/**
 * Job: what is used, what is reserved, and which limits that passes.
 * Boundary: pure; dollars come from the task's price table, never from a provider's bill.
 * Rules: B1 the bound of a call is reserved before it is made, and a hard limit is not passed. B2 only the supervisor
 *   changes a limit.
 */
import type { BudgetKind, BudgetLimits, Price, TokenUsage } from './entry.ts';
import type { BudgetState, RunState } from './state.ts';

const perMTok = 1_000_000;

export const noBudget: BudgetState = {
  limits: {},
  spentUsd: 0,
  reservedUsd: 0,
  tokens: 0,
  reservedTokens: 0,
  cachedTokens: 0,
  wallMs: 0,
  runningSince: null,
};

/** Dollars for a call's usage: input without cache reads, cache reads, output, each at its price. */
export function costUsd(usage: TokenUsage, price: Price): number {
  const fresh = Math.max(0, usage.input - usage.cachedInput);
  return (
    (fresh * price.inputUsdPerMTok +
      usage.cachedInput * price.cachedInputUsdPerMTok +
      usage.output * price.outputUsdPerMTok) /
    perMTok
  );
}

/** Time spent running until `now`, in ms. */
export function wallUsedMs(budget: BudgetState, now: number): number {
  return budget.wallMs + (budget.runningSince === null ? 0 : Math.max(0, now - budget.runningSince));
}

/** What of each kind is used, in the kind's unit; reservations are not used yet. */
export function used(state: RunState, now: number): Readonly<Record<BudgetKind, number>> {
  return {
    costUsd: state.budget.spentUsd,
    tokens: state.budget.tokens,
    wallMs: wallUsedMs(state.budget, now),
    steps: state.stepsFinished,
  };
}

/** The kinds whose soft (or hard) limit is reached. */
export function reached(state: RunState, bound: 'soft' | 'hard', now: number): readonly BudgetKind[] {
  const use = used(state, now);
  return kindsOf(state.budget.limits).filter((kind) => {
    const limit = state.budget.limits[kind]?.[bound];
    return limit !== undefined && use[kind] >= limit;
  });
}

function kindsOf(limits: BudgetLimits): readonly BudgetKind[] {
  return Object.keys(limits) as BudgetKind[];
}

export interface Reservation {
  readonly maxOutputTokens: number;
  readonly costUsd: number;
  readonly tokens: number;
}

/**
 * What to reserve for a call whose input is at most `inputTokens` (a proven bound), with the output capped so that no
 * hard limit can be passed; null when less than `leastOutput` tokens of output can be paid.
 */
export function reserve(
  budget: BudgetState,
  inputTokens: number,
  wanted: { readonly output: number; readonly leastOutput: number; readonly price: Price },
): Reservation | null {
  const { price } = wanted;
  // Cache reads may cost more than fresh input in a price table; the bound takes the dearer of the two.
  const inputUsd = (inputTokens * Math.max(price.inputUsdPerMTok, price.cachedInputUsdPerMTok)) / perMTok;
  const outputUsd = price.outputUsdPerMTok / perMTok;
  const dollarsLeft = (budget.limits.costUsd?.hard ?? Infinity) - budget.spentUsd - inputUsd;
  const tokensLeft = (budget.limits.tokens?.hard ?? Infinity) - budget.tokens - inputTokens;
  if (dollarsLeft < 0) return null;
  const byDollars = outputUsd === 0 ? Infinity : Math.floor(dollarsLeft / outputUsd);
  const output = Math.min(wanted.output, byDollars, tokensLeft);
  if (output < Math.min(wanted.leastOutput, wanted.output)) return null;
  return { maxOutputTokens: output, costUsd: inputUsd + output * outputUsd, tokens: inputTokens + output };
}
