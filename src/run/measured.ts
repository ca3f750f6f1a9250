/**
 * Job: what measuring a checkpoint yields: suites, verdicts, counts.
 * Boundary: types only; `entry.ts` hands them on as part of the one vocabulary.
 * Rules: H1 of a held-out case nothing stands here but how many of a tag passed.
 */

/** A content-addressed blob of the run directory. */
export interface BlobRef {
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  readonly bytes: number;
}

export type SuiteName = 'visible' | 'heldOut';
export type VerdictKind = 'pass' | 'fail' | 'error' | 'timeout' | 'flaky';
export type VerdictCounts = Readonly<Record<VerdictKind, number>>;

/**
 * How cases were kept apart: in namespaces of their own within sandboxes that stay; in a sandbox for each, which is slower, and
 * why; or not at all, as there is no sandbox.
 */
export type CaseIsolation =
  { readonly kind: 'namespaces' | 'none' } | { readonly kind: 'sandboxes'; readonly why: string };

export interface BuildOutcome {
  readonly ok: boolean;
  /** The end of the build's output when it failed. */
  readonly message?: string;
}

/** Cases that bear a tag, and how many of them passed. */
export interface TagCounts {
  readonly tag: string;
  readonly pass: number;
  readonly total: number;
}

/** Cases that passed then and do not now, and the other way round. */
export interface CaseChanges {
  readonly regressed: number;
  readonly repaired: number;
}

/** What a verification took of the machine, with all processes that it started. */
export interface VerificationCost {
  readonly buildCpuMs: number;
  readonly casesCpuMs: number;
  readonly casesWallMs: number;
  /** How often a case was run: one that is known of the same files is not, one that is repeated is twice. */
  readonly ran: number;
}

/**
 * A part of the visible suite at one checkpoint, drawn by the journalled seed. Several of one checkpoint have one seed, and the
 * later holds the earlier. A complete run is `verification.finished`: gates, the best checkpoint and debt rest on those alone.
 */
export interface Sampled {
  readonly checkpoint: number;
  readonly suite: 'visible';
  readonly seed: number;
  /** Of the cases that were drawn, `total` of them: the estimate. */
  readonly counts: VerdictCounts;
  readonly total: number;
  /** Cases of the whole suite. */
  readonly of: number;
  /** Run with them and no part of the estimate: cases that failed last, and one of each tag that no drawn one bears. */
  readonly beside: { readonly pass: number; readonly total: number };
  /** Cases that failed when they were run last and were not run now. */
  readonly failedNotRun: number;
  /** How many of those drawn passed at the last complete run; absent: none was made. */
  readonly passedBefore?: number;
  readonly build: BuildOutcome;
  /** Verdict by case of all that were run, JSON lines; those beside the draw say so. */
  readonly results: BlobRef;
  /** Of all that were run, against the last complete run. */
  readonly regressed: number;
  readonly repaired: number;
  readonly cost?: VerificationCost;
  readonly wallMs: number;
}

/** It said nothing: it could not be made, or a newer checkpoint was wanted first. */
export interface NotVerified {
  readonly checkpoint: number;
  readonly suite: SuiteName;
  readonly message: string;
  /** Nothing was wrong: it made room for this newer checkpoint, which is measured instead. */
  readonly gaveWayTo?: number;
  /** Only a sample was wanted: whether the whole suite can be run is not known. */
  readonly sample?: true;
}
