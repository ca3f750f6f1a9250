/**
 * Job: the log's slots: one a step number, with the step's row and what came between it and the next step; slot 0 holds what came
 *   before the first step.
 * Boundary: pure; the order is that of the journal. A step stands where it began, so that no row moves when it ends.
 */
import type { Happening, StepSummary } from '../run/state.ts';

export interface Steps {
  /** Number of the newest finished step; 0 before the first. */
  readonly lastStep: number;
  /** Null: there is none of this number. undefined: not here yet. */
  stepAt(step: number): StepSummary | null | undefined;
}

/** The next step with a row after this one; undefined: that is not here yet. null: there is none. */
export function nextStep(steps: Steps, after: number): StepSummary | null | undefined {
  for (let step = after + 1; step <= steps.lastStep; step++) {
    const row = steps.stepAt(step);
    if (row !== null) return row;
  }
  return null;
}

/**
 * What came after a step and before the next one, or before the step in progress; none while a step beside is not here.
 * @param live the seq of the `step.started` of the step in progress; Infinity without one
 */
export function happeningsAt(
  steps: Steps,
  slot: number,
  happenings: readonly Happening[],
  live: number,
): readonly Happening[] {
  const row = slot === 0 ? undefined : steps.stepAt(slot);
  const next = nextStep(steps, slot);
  if (slot > 0 && (row === undefined || row === null)) return [];
  if (next === undefined) return [];
  return between(happenings, row?.seq ?? 0, next?.seq ?? live);
}

/** Those with a seq above `from` and below `to`. */
export function between(happenings: readonly Happening[], from: number, to: number): readonly Happening[] {
  const first = countUpTo(happenings, from);
  return happenings.slice(first, Math.max(first, countUpTo(happenings, to - 1)));
}

function countUpTo(happenings: readonly Happening[], seq: number): number {
  let [from, to] = [0, happenings.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((happenings[middle]?.seq ?? Infinity) <= seq) from = middle + 1;
    else to = middle;
  }
  return from;
}
