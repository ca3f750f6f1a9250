/**
 * Job: the rows of finished steps from the entries of the journal, for pages of steps that the folded state has let go of.
 * Boundary: pure; the same fold and the same summary as the state's own rows.
 */
import type { Entry, EntryType } from './entry.ts';
import { reduceStep } from './reduce.ts';
import type { StepInProgress, StepSummary } from './state.ts';
import { summaryOf } from './stepSummary.ts';

/** What makes or cuts a step; everything else between the first and the last entry of one leaves it as it is. */
const ofSteps: ReadonlySet<EntryType> = new Set([
  'step.started',
  'model.requested',
  'model.answered',
  'model.failed',
  'tool.started',
  'tool.finished',
]);

/** @param entries whole steps, in order, with whatever lies between */
export function stepRows(entries: readonly Entry[]): readonly StepSummary[] {
  const rows: StepSummary[] = [];
  let step: StepInProgress | null = null;
  for (const entry of entries) {
    if (entry.type === 'step.finished') {
      if (step?.step === entry.step) rows.push(summaryOf(step, entry));
      step = null;
    } else if (entry.type === 'step.started' || (step !== null && ofSteps.has(entry.type)))
      step = reduceStep(step, entry);
  }
  return rows;
}
