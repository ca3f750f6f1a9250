/**
 * Job: correctness debt: how much better the candidate does on cases that the agent may read than on those it may not, and
 *   whether chance explains it.
 * Boundary: pure. What is compared are two full runs of one checkpoint; the words are `debtWords.ts`'s.
 * Rules: H4 a debt is shown with the held-out figure that it is of, and never before. H3 a significant debt is a reason for a
 *   gate and for nothing else.
 */
import type { TagCounts } from './entry.ts';
import type { Passed } from './forDisplay.ts';
import { newcombe, z9975, type Interval } from './intervals.ts';

/** Both suites at one checkpoint, as counted. */
export interface DebtCounts {
  readonly checkpoint: number;
  readonly visible: Passed;
  readonly heldOut: Passed;
  /** Cases of both suites that gave no verdict on the candidate: errors and timeouts; they count as not passed. */
  readonly notRun: number;
  /** By tag, where both suites have it. */
  readonly tags: readonly TagPair[];
}

export interface TagPair {
  readonly tag: string;
  readonly visible: Passed;
  readonly heldOut: Passed;
}

export interface Debt {
  /** Visible minus held-out pass rate, −1–1. */
  readonly share: number;
  /** Its 95 % interval, for display. */
  readonly interval: Interval;
  /**
   * The gap is more than chance explains: its lower bound at one-sided α = 0.0025 exceeds the tolerance. Tested once per full
   * verification at this level, a run of 100 of them raises a false alarm in few of a hundred (`npm run eval -- truth`).
   */
  readonly significant: boolean;
}

/** @param tolerance a gap up to this share is borne, 0–1. null: a suite has no case. */
export function debtOf({ visible, heldOut }: Pick<DebtCounts, 'visible' | 'heldOut'>, tolerance = 0): Debt | null {
  if (visible.total === 0 || heldOut.total === 0) return null;
  const share = visible.pass / visible.total - heldOut.pass / heldOut.total;
  const interval = newcombe(visible, heldOut);
  return { share, interval, significant: newcombe(visible, heldOut, z9975).low > tolerance };
}

/** Tags of both suites, matched; the widest gap first. */
export function tagPairs(visible: readonly TagCounts[], heldOut: readonly TagCounts[]): readonly TagPair[] {
  const others = new Map(heldOut.map((counts) => [counts.tag, counts]));
  const pairs = visible.flatMap(({ tag, pass, total }) => {
    const other = others.get(tag);
    return other === undefined || total === 0 || other.total === 0
      ? []
      : [{ tag, visible: { pass, total }, heldOut: { pass: other.pass, total: other.total } }];
  });
  const gap = (pair: TagPair) => pair.visible.pass / pair.visible.total - pair.heldOut.pass / pair.heldOut.total;
  return pairs.sort((a, b) => gap(b) - gap(a) || (a.tag < b.tag ? -1 : 1));
}
