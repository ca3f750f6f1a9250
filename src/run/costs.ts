/**
 * Job: what a run has used of its limits, in words: dollars, tokens, time, steps.
 * Boundary: pure; reads the folded state.
 * Rules: a cost that is not known is never written as zero; one that Belay counted by itself is marked as an estimate.
 */
import { wallUsedMs } from './budget.ts';
import { formatCount, formatTokens, formatUsd, formatUsdLimit } from './forDisplay.ts';
import { isUnpriced } from './providers.ts';
import type { RunState } from './state.ts';

/** What of a run's state words about its cost need. */
type Costs = Pick<RunState, 'run' | 'budget'>;

/** Whether what this run costs is an estimate: Belay counts the tokens by itself, or had to where no usage was reported. */
export function isCostEstimated({ run, budget }: Costs): boolean {
  return isUnpriced(run?.task.model.provider) || budget.estimatedTokens > 0;
}

/** "$0.09", or "about $0.09" where it is an estimate. */
export function usdWords(state: Costs, usd: number): string {
  if (state.run?.task.model.price === null) return 'cost not known';
  return `${isCostEstimated(state) ? 'about ' : ''}${formatUsd(usd)}`;
}

/** "$0.09" for a narrow column, or "≈ $0.09" where it is an estimate; empty where it is not known. */
export function usdBrief(state: Costs, usd: number): string {
  if (state.run?.task.model.price === null) return '';
  return `${isCostEstimated(state) ? '≈ ' : ''}${formatUsd(usd)}`;
}

/** Whether the dollars are those of the run that was recorded: now nothing is spent. */
export function isCostRecorded({ run }: Pick<RunState, 'run'>): boolean {
  return run?.task.recording !== undefined;
}

/** "$41.20"; "about $41.20" where Belay counted the tokens by itself; never "$0.00" for what is not known. */
export function spentWords(state: Costs): string {
  return usdWords(state, state.budget.spentUsd);
}

/** "$41.20 of $60", or "$41.20" without a hard limit. */
export function spentOfLimit(state: RunState): string {
  const hard = state.budget.limits.costUsd?.hard;
  return spentWords(state) + (hard === undefined ? '' : ` of ${formatUsdLimit(hard)}`);
}

/** The share of a kind's hard limit that is used, and in words, for the kinds that have one. */
export interface LimitUse {
  readonly kind: 'costUsd' | 'tokens' | 'wallMs' | 'steps';
  /** 0–1. */
  readonly share: number;
  readonly text: string;
  readonly soft: number | null;
}

/** Uses of all hard limits, the tightest first. */
export function limitUses(state: RunState, now: number): readonly LimitUse[] {
  const { limits, spentUsd, tokens } = state.budget;
  const hours = (ms: number) => `${(ms / 3_600_000).toFixed(1)} h`;
  const whole = [
    ['costUsd', spentUsd, (usd: number) => usdWords(state, usd), formatUsdLimit],
    ['tokens', tokens, formatTokens, formatTokens],
    ['wallMs', wallUsedMs(state.budget, now), hours, hours],
    ['steps', state.stepsFinished, formatCount, formatCount],
  ] as const;
  const uses = whole.flatMap(([kind, used, format, formatLimit]): LimitUse[] => {
    const limit = limits[kind];
    if (limit?.hard === undefined) return [];
    const share = limit.hard === 0 ? 1 : Math.min(1, used / limit.hard);
    const soft = limit.soft === undefined || limit.hard === 0 ? null : Math.min(1, limit.soft / limit.hard);
    return [{ kind, share, text: `${format(used)} of ${formatLimit(limit.hard)}`, soft }];
  });
  return uses.sort((a, b) => b.share - a.share);
}

/** Dollars an hour of running, and when the hard limit is reached at that pace; null while that is too early to say. */
export function pace(
  state: RunState,
  now: number,
): { readonly usdPerHour: number; readonly endsAt: number | null } | null {
  const wallMs = wallUsedMs(state.budget, now);
  if (wallMs < 60_000 || state.budget.spentUsd === 0) return null;
  const usdPerHour = (state.budget.spentUsd / wallMs) * 3_600_000;
  const hard = state.budget.limits.costUsd?.hard;
  const running = state.budget.runningSince !== null;
  const endsAt =
    hard === undefined || !running ? null : now + ((hard - state.budget.spentUsd) / usdPerHour) * 3_600_000;
  return { usdPerHour, endsAt };
}

/** Dollars for each visible case that the best version passes and the first did not; null: none was gained, or nothing is spent. */
export function usdPerCase({ forecast: { curve }, budget }: Pick<RunState, 'forecast' | 'budget'>): number | null {
  const [first, best] = [curve.gains[0], curve.gains.at(-1)];
  const cases = Math.round(((best?.rate ?? 0) - (first?.rate ?? 0)) * curve.total);
  return cases <= 0 || budget.spentUsd === 0 ? null : budget.spentUsd / cases;
}
