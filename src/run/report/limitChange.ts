/**
 * Job: a change of limits in words.
 * Boundary: pure.
 */
import type { BudgetKind, BudgetLimits } from '../entry.ts';
import { formatCount, formatTokens, formatUsdLimit } from '../forDisplay.ts';

const kinds: Readonly<Record<BudgetKind, { readonly name: string; readonly format: (value: number) => string }>> = {
  costUsd: { name: 'dollars', format: formatUsdLimit },
  tokens: { name: 'tokens', format: formatTokens },
  wallMs: { name: 'time', format: (ms) => `${(ms / 3_600_000).toFixed(1)} h` },
  steps: { name: 'steps', format: formatCount },
};

/** "hard limit of dollars $60 → $80, soft limit of steps none → 40" */
export function limitChange(before: BudgetLimits, after: BudgetLimits): string {
  const changes = (Object.keys(kinds) as BudgetKind[]).flatMap((kind) => {
    const { name, format } = kinds[kind];
    return (['soft', 'hard'] as const).flatMap((bound) => {
      const was = before[kind]?.[bound];
      const is = after[kind]?.[bound];
      const words = (value: number | undefined) => (value === undefined ? 'none' : format(value));
      return was === is ? [] : [`${bound} limit of ${name} ${words(was)} → ${words(is)}`];
    });
  });
  return changes.length === 0 ? 'limits as before' : changes.join(', ');
}
