/**
 * Job: the shape of what is measured of a suite, a part of the folded state.
 * Boundary: data only; `reduceFigures.ts` makes it.
 */
import type { BlobRef, CaseChanges, TagCounts, VerdictCounts } from './measured.ts';

export interface SuiteFigures {
  /** The newest verification of the whole suite. */
  readonly last: SuiteFigure | null;
  /** Of `last`, by tag. */
  readonly tags: readonly TagCounts[];
  /** What the newest build said when it failed; null when it did not. */
  readonly buildSaid: string | null;
  /** Pass rate over time, oldest first, for the sparkline; at most the last 60. */
  readonly trend: readonly SuiteFigure[];
  readonly running: { readonly checkpoint: number; readonly since: number } | null;
  /** The newest verification that said nothing, and why; `sample`: the whole suite was not tried. */
  readonly problem: { readonly checkpoint: number; readonly message: string; readonly sample?: true } | null;
  /** The newest sample of a checkpoint after that of `last`; visible only. */
  readonly sample: SampleFigure | null;
  /** What running its cases takes; null: not measured yet. */
  readonly cost: CaseCost | null;
}

/** A run of the whole suite. */
export interface SuiteFigure {
  readonly checkpoint: number;
  readonly pass: number;
  readonly total: number;
  readonly counts: VerdictCounts;
  readonly buildOk: boolean;
  readonly results: BlobRef;
  readonly regressed: number;
  readonly repaired: number;
  readonly sinceGate?: CaseChanges;
}

/** The newest look at a sample of a checkpoint, as `verification.sampled` has it. */
export interface SampleFigure {
  readonly checkpoint: number;
  readonly seed: number;
  /** Of the cases drawn. */
  readonly pass: number;
  readonly total: number;
  readonly of: number;
  readonly beside: { readonly pass: number; readonly total: number };
  readonly failedNotRun: number;
  readonly passedBefore: number | null;
  readonly buildOk: boolean;
  readonly results: BlobRef;
  readonly regressed: number;
  readonly repaired: number;
}

/** Averages of the newest verifications, ms. */
export interface CaseCost {
  /** Of the newest build that was made. */
  readonly buildCpuMs: number;
  /** Of one case. */
  readonly caseCpuMs: number;
  /** Of one case, as many as there are workers at a time. */
  readonly caseWallMs: number;
}
