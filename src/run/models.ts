/**
 * Job: which models a run may be answered by: the one that its task names, and another one of the same provider.
 * Boundary: pure; with the fold of a change, a part of reduce.ts.
 */
import { assert } from '../base/assert.ts';
import type { Entry, ModelFacts } from './entry.ts';
import type { RunState } from './state.ts';

/** The one that would answer after a switch; null: the task names no other. */
export function modelToSwitchTo({ run }: Pick<RunState, 'run'>): ModelFacts | null {
  return run === null ? null : (run.ownModel ?? run.task.otherModel ?? null);
}

/** "gpt-5, $15.00 and $75.00 per million tokens in and out" */
export function modelWords({ name, price }: ModelFacts): string {
  if (price === null) return `${name}, whose price is not known`;
  const usd = (value: number) => `$${value.toFixed(2)}`;
  return `${name}, ${usd(price.inputUsdPerMTok)} and ${usd(price.outputUsdPerMTok)} per million tokens in and out`;
}

/** The prices of the calls after it are the new one's; what was too long for the old one says nothing of it. */
export function modelChanged(state: RunState, { model }: Entry<'model.changed'>): RunState {
  assert(state.run !== null, 'a run that is not there has no model');
  const { ownModel = state.run.task.model, ...run } = state.run;
  const isOwn = model.provider === ownModel.provider && model.name === ownModel.name;
  return {
    ...state,
    run: { ...run, task: { ...run.task, model }, ...(!isOwn && { ownModel }) },
    context: { ...state.context, tooLong: null },
  };
}
