/**
 * Job: what measuring a checkpoint yields: suites, verdicts, counts.
 * Boundary: types only; `entry.ts` hands them on as part of the one vocabulary.
 * Rules: H1 of a held-out case nothing stands here but how many of a tag passed.
 */

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
