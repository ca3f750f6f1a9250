/**
 * Job: what is used, what is reserved, and which limits that passes.
 * Boundary: pure; dollars come from the task's price table, never from a provider's bill.
 * Rules: B1 the bound of a call is reserved before it is made, and a hard limit is not passed. B2 only the supervisor
 *   changes a limit.
 */
import type { BudgetKind, BudgetLimits, Price, TokenPrices, TokenUsage } from './entry.ts';
import type { BudgetState, RunState } from './state.ts';

const perMTok = 1_000_000;

export const noBudget: BudgetState = {
  limits: {},
  spentUsd: 0,
  reservedUsd: 0,
  tokens: 0,
  reservedTokens: 0,
  cachedTokens: 0,
  inputTokens: 0,
  cacheWriteTokens: 0,
  estimatedTokens: 0,
  wallMs: 0,
  runningSince: null,
};

/** Dollars for a call's usage: fresh input, cache reads, cache writes, output, each at its price; 0 where none is known. */
export function costUsd(usage: TokenUsage, price: Price | null): number {
  const { input, cachedInput, cacheWriteInput, output } = microUsdByKind(usage, price);
  return (input + cachedInput + cacheWriteInput + output) / perMTok;
}

/** The same, kind by kind; `input` is the fresh one. */
export function costsByKind(usage: TokenUsage, price: Price | null): ByKind {
  const { input, cachedInput, cacheWriteInput, output } = microUsdByKind(usage, price);
  return {
    input: input / perMTok,
    cachedInput: cachedInput / perMTok,
    cacheWriteInput: cacheWriteInput / perMTok,
    output: output / perMTok,
  };
}

/** A number for each kind of token. */
type ByKind = Readonly<Record<keyof TokenUsage, number>>;

function microUsdByKind(usage: TokenUsage, price: Price | null): ByKind {
  if (price === null) return { input: 0, cachedInput: 0, cacheWriteInput: 0, output: 0 };
  const prices = pricesFor(price, usage.input);
  const fresh = Math.max(0, usage.input - usage.cachedInput - usage.cacheWriteInput);
  return {
    input: fresh * prices.inputUsdPerMTok,
    cachedInput: usage.cachedInput * prices.cachedInputUsdPerMTok,
    cacheWriteInput: usage.cacheWriteInput * prices.cacheWriteUsdPerMTok,
    output: usage.output * prices.outputUsdPerMTok,
  };
}

function pricesFor({ longContext, ...short }: Price, inputTokens: number): TokenPrices {
  return longContext !== undefined && inputTokens > longContext.overInputTokens ? longContext : short;
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
  wanted: { readonly output: number; readonly leastOutput: number; readonly price: Price | null },
): Reservation | null {
  const most = dearest(wanted.price, inputTokens);
  const inputUsd = (inputTokens * most.inputUsdPerMTok) / perMTok;
  const outputUsd = most.outputUsdPerMTok / perMTok;
  const dollarsLeft = (budget.limits.costUsd?.hard ?? Infinity) - budget.spentUsd - inputUsd;
  const tokensLeft = (budget.limits.tokens?.hard ?? Infinity) - budget.tokens - inputTokens;
  if (dollarsLeft < 0) return null;
  const byDollars = outputUsd === 0 ? Infinity : Math.floor(dollarsLeft / outputUsd);
  const output = Math.min(wanted.output, byDollars, tokensLeft);
  if (output < Math.min(wanted.leastOutput, wanted.output)) return null;
  return { maxOutputTokens: output, costUsd: inputUsd + output * outputUsd, tokens: inputTokens + output };
}

/**
 * The most that a token can cost in a call of at most so many input tokens: whether a token is read from the cache, written
 * to it or fresh, and whether the call is a long one, is known only when it has been made.
 */
function dearest(price: Price | null, inputTokens: number): Pick<TokenPrices, 'inputUsdPerMTok' | 'outputUsdPerMTok'> {
  if (price === null) return { inputUsdPerMTok: 0, outputUsdPerMTok: 0 };
  const possible = [pricesFor(price, 0), pricesFor(price, inputTokens)];
  return {
    inputUsdPerMTok: Math.max(
      ...possible.flatMap((p) => [p.inputUsdPerMTok, p.cachedInputUsdPerMTok, p.cacheWriteUsdPerMTok]),
    ),
    outputUsdPerMTok: Math.max(...possible.map((p) => p.outputUsdPerMTok)),
  };
}
