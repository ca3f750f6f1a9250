/**
 * Job: what of a run's state the Run view's page is given: the newest rows at first, older ones as they come into sight.
 * Boundary: pure; whose page it is and when it asks is runView.ts's and the intents'.
 */
import type { RunState, StepSummary } from '../../run/state.ts';

const rowsAtFirst = 60;
const rowsInAnswer = 20;

/** The rows of all steps that the state keeps would be most of what a page has to read before it draws. */
export function stateForPage(state: RunState): RunState {
  return state.steps.length <= rowsAtFirst ? state : { ...state, steps: state.steps.slice(-rowsAtFirst) };
}

/** Finished steps before a number, newest last, of those that the state has; they are there without an engine too. */
export function rowsBefore({ steps }: RunState, before: number): readonly StepSummary[] {
  return steps.filter(({ step }) => step < before).slice(-rowsInAnswer);
}
