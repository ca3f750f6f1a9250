/**
 * Job: have the context made shorter by hand, or the other model asked, with what that would do said first.
 * Boundary: the wish goes to the engine, which does it when no step is half done.
 */
import { stepsTold } from '../../run/context.ts';
import type { ContextWay } from '../../run/contextFacts.ts';
import { modelToSwitchTo, modelWords } from '../../run/models.ts';
import { whatItDoes } from '../../run/contextWords.ts';
import { ask } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { stateOf } from './shown.ts';

const buttons: Readonly<Record<ContextWay, string>> = { summary: 'Compact', fresh: 'Leave Out' };

export async function askContext(parts: Parts, way: ContextWay): Promise<void> {
  const state = stateOf(parts);
  if (stepsTold(state) === 0 && state.step === null) throw new Error('There is nothing to leave out yet.');
  const button = buttons[way];
  if ((await ask(whatItDoes(state, way), button)) === button) await parts.session.request('askContext', { way });
}

export async function switchModel(parts: Parts): Promise<void> {
  const { run } = stateOf(parts);
  const next = modelToSwitchTo(stateOf(parts));
  if (run === null || next === null) throw new Error('The task names no other model.');
  const text = `Go on with ${next.name}?`;
  const detail = `From the next step on it answers in place of ${run.task.model.name}. ${modelWords(next)}. You can switch back at any time.`;
  if ((await ask({ text, detail }, 'Switch')) === 'Switch')
    await parts.session.request('switchModel', { name: next.name });
}
