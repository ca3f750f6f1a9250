/**
 * Job: what an engine writes first when it opens a run, from the state that the last one left.
 * Boundary: pure. What needs the disk (was the cut edit made?) is told by the effect that performs the call again.
 * Rules: S1 nothing is undone, nothing durable is bought twice. B1 a cut call counts as spent, wholly.
 */
import type { EntryBody } from './entry.ts';
import type { CallOnItsWay } from './modelFacts.ts';
import { isAskedOfNobody } from './providers.ts';
import type { RunState } from './state.ts';

export function openingEntries(state: RunState, pid: number): readonly EntryBody[] {
  const started: EntryBody = { type: 'engine.started', pid, generation: state.generation + 1 };
  // What nobody bills can't have been billed.
  const billed = !isAskedOfNobody(state.run?.task.model.provider);
  const cut = ({ attempt, reservedUsd, reservedTokens }: CallOnItsWay) => ({
    attempt,
    kind: 'interrupted' as const,
    message: 'the engine ended while the model was answering',
    retryable: true,
    costUsd: billed ? reservedUsd : 0,
    tokens: billed ? reservedTokens : 0,
  });
  const { step, context } = state;
  if (context.pending?.request) return [started, { type: 'summary.failed', ...cut(context.pending.request) }];
  if (step?.request) return [started, { type: 'model.failed', step: step.step, ...cut(step.request) }];
  return [started];
}
