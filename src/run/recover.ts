/**
 * Job: what an engine writes first when it opens a run, from the state that the last one left.
 * Boundary: pure. What needs the disk (was the cut edit made?) is told by the effect that performs the call again.
 * Rules: S1 nothing is undone, nothing durable is bought twice. B1 a cut call counts as spent, wholly.
 */
import type { EntryBody } from './entry.ts';
import { isAskedOfNobody } from './providers.ts';
import type { RunState } from './state.ts';

export function openingEntries(state: RunState, pid: number): readonly EntryBody[] {
  const started: EntryBody = { type: 'engine.started', pid, generation: state.generation + 1 };
  const request = state.step?.request;
  if (state.step === null || request === null || request === undefined) return [started];
  // What nobody bills can't have been billed.
  const billed = !isAskedOfNobody(state.run?.task.model.provider);
  const cut: EntryBody = {
    type: 'model.failed',
    step: state.step.step,
    attempt: request.attempt,
    kind: 'interrupted',
    message: 'the engine ended while the model was answering',
    retryable: true,
    costUsd: billed ? request.reservedUsd : 0,
    tokens: billed ? request.reservedTokens : 0,
  };
  return [started, cut];
}
