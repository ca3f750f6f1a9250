/**
 * Job: the shape of the step in progress, as folded from its entries.
 * Boundary: data only, a part of state.ts.
 */
import type { FileEdit, ToolCall, ToolStatus } from './entry.ts';
import type { CallAttempts, CallOnItsWay } from './modelFacts.ts';

export interface StepInProgress extends CallAttempts {
  readonly step: number;
  readonly startedAt: number;
  /** The seq of its `step.started`. */
  readonly seq: number;
  readonly costUsd: number;
  readonly tokens: StepTokens;
  /** A request on its way; null before it, and once it was answered or failed. */
  readonly request: CallOnItsWay | null;
  readonly text: string;
  /** null before the answer. */
  readonly calls: readonly CallState[] | null;
}

/** Tokens of a step's answered calls; those of a cut call are counted in the budget only. */
export interface StepTokens {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

export interface CallState extends ToolCall {
  readonly title: string;
  readonly startedAt: number | null;
  readonly intent?: FileEdit;
  readonly result: CallResult | null;
}

export interface CallResult {
  readonly status: ToolStatus;
  readonly output: string;
  readonly wallMs: number;
  readonly edit?: FileEdit;
  readonly exitCode?: number;
  readonly visible?: { readonly pass: number; readonly total: number };
}
