/**
 * Job: what of the visible suite is run next on a checkpoint while the agent works: all of it, a sample, or nothing yet.
 * Boundary: pure; `effects/verifications.ts` runs it. What a gate needs is not asked here: that is run whole.
 * Rules: B3 a sample grows at least by half of itself, so one checkpoint is looked at a few times. H3 only visible figures are read.
 *
 * Whole where it fits into what is left of the CPU budget and does not take long; or where it is due and not too much is owed: never
 * made, the last one many checkpoints ago, or a sample says that the rate may have fallen. Else as large a sample as fits; while no newer checkpoint
 * comes, it grows, until all is run.
 */
import { canBorrow, waitFor, type CpuBudget } from './cpuBudget.ts';
import type { VerificationPolicy } from './entry.ts';
import { mayHaveFallen } from './gate.ts';
import { limits } from './limits.ts';
import type { RunState } from './state.ts';

/** Half a core; all cases at least every 20 checkpoints. */
export const defaultVerification: VerificationPolicy = { cpuShare: 0.5, completeEvery: 20 };

export interface PlannedRun {
  readonly kind: 'run';
  /** Cases to be run; null: all. */
  readonly size: number | null;
  /** A newer checkpoint is worth more than to go on. */
  readonly givesWay: boolean;
  /** It was due, whatever is left: the budget owes it. */
  readonly isDue: boolean;
}

export type VerificationPlan =
  | PlannedRun
  | { readonly kind: 'nothing' }
  /** The budget has it in so many ms. */
  | { readonly kind: 'wait'; readonly ms: number };

export function policyOf({ run }: Pick<RunState, 'run'>): VerificationPolicy {
  return run?.task.verification ?? defaultVerification;
}

/** @param budget as of now */
export function nextVerification(state: RunState, checkpoint: number, budget: CpuBudget): VerificationPlan {
  const { cpuShare } = policyOf(state);
  const { last, sample, cost } = state.figures.visible;
  if (last?.checkpoint === checkpoint) return { kind: 'nothing' };
  const isDue = isCompleteDue(state, checkpoint) && canBorrow(budget, cpuShare);
  if (isDue || cost === null) return { kind: 'run', size: null, givesWay: false, isDue: true };
  const all = sample?.of ?? last?.total ?? Infinity;
  const looked = sample?.checkpoint === checkpoint ? sample : null;
  const known = looked?.total ?? 0;
  const buildMs = known > 0 ? 0 : cost.buildCpuMs;
  const fits = known + (budget.leftMs - buildMs) / Math.max(cost.caseCpuMs, 0.1);
  const isQuick = (all - known) * cost.caseWallMs <= limits.sampleWallMs;
  const run = { kind: 'run', givesWay: known > 0, isDue: false } as const;
  // Without a build no case is run.
  if (looked?.buildOk === false || (fits >= all && (known > 0 || isQuick))) return { ...run, size: null };
  const least = known > 0 ? Math.ceil(1.5 * known) : limits.sampleCasesLeast;
  const ms = waitFor(budget, cpuShare, buildMs + (least - known) * cost.caseCpuMs);
  if (ms > 0) return { kind: 'wait', ms };
  const soon = known + limits.sampleWallMs / Math.max(cost.caseWallMs, 0.1);
  const size = Math.floor(Math.max(least, Math.min(fits, soon)));
  return { ...run, size: size >= all ? null : size };
}

/** @returns also when a complete run was never made. */
function isCompleteDue(state: RunState, checkpoint: number): boolean {
  const { last } = state.figures.visible;
  if (last === null || checkpoint - last.checkpoint >= policyOf(state).completeEvery) return true;
  return mayHaveFallen(state);
}
