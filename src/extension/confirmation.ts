/**
 * Job: the words of the one confirmation at a start: what the run may use, and how it is fenced in.
 * Boundary: pure.
 */
import type { BudgetLimits } from '../run/entry.ts';
import { formatCount, formatTokens, formatUsd, joinWords } from '../run/forDisplay.ts';

export interface StartFacts {
  readonly limits: BudgetLimits;
  readonly hasHeldOut: boolean;
  /** Name and version; null: none. */
  readonly sandbox: string | null;
}

/** "May spend up to $60.00 and run up to 7 days in this folder. Sandbox: bubblewrap 0.8.0. Held-out: sealed." */
export function startDetail({ limits, hasHeldOut, sandbox }: StartFacts): string {
  const may = [
    ...(limits.costUsd?.hard === undefined ? [] : [`spend up to ${formatUsd(limits.costUsd.hard)}`]),
    ...(limits.wallMs?.hard === undefined ? [] : [`run up to ${span(limits.wallMs.hard)}`]),
    ...(limits.tokens?.hard === undefined ? [] : [`use up to ${formatTokens(limits.tokens.hard)} tokens`]),
    ...(limits.steps?.hard === undefined ? [] : [`take up to ${counted(limits.steps.hard, 'step')}`]),
  ];
  const heldOut = hasHeldOut ? (sandbox === null ? 'NOT sealed' : 'sealed') : 'none';
  return `May ${joinWords(may)} in this folder. Sandbox: ${sandbox ?? 'none'}. Held-out: ${heldOut}.`;
}

/** What is said where no sandbox stands between the agent and the machine. */
export function unsealedDetail(reason: string): string {
  return (
    `${reason} Without a sandbox the agent’s commands run with your rights: they can read and change everything that you can, ` +
    'and held-out figures count as NOT sealed. Your permission is kept in the run’s journal.'
  );
}

function span(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48 && Number.isInteger(hours / 24)) return counted(hours / 24, 'day');
  if (hours >= 1) return Number.isInteger(hours) ? counted(hours, 'hour') : `${hours.toFixed(1)} hours`;
  return counted(Math.round(ms / 60_000), 'minute');
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
