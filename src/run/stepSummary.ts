/**
 * Job: a finished step as a row of the log keeps it: the head of each output, the rest is read from the journal.
 * Boundary: pure.
 */
import type { Entry } from './entry.ts';
import type { CallState, CallSummary, StepInProgress, StepSummary } from './state.ts';

const headLines = 12;
export const headChars = 1_200;

/** @param entry its end */
export function summaryOf(step: StepInProgress, entry: Entry<'step.finished'>): StepSummary {
  return {
    step: step.step,
    seq: step.seq,
    title: entry.title,
    text: step.text.slice(0, headChars),
    checkpoint: entry.checkpoint,
    costUsd: step.costUsd,
    tokens: step.tokens,
    wallMs: entry.at - step.startedAt,
    calls: (step.calls ?? []).map(callSummary),
  };
}

function callSummary(call: CallState): CallSummary {
  const { callId, name, title, result } = call;
  const { output, status, wallMs, ...rest } = result ?? { output: '', status: 'interrupted' as const, wallMs: 0 };
  return { callId, name, title, status, wallMs, head: headOf(output), ...rest };
}

function headOf(output: string): string {
  return output.split('\n', headLines).join('\n').slice(0, headChars);
}
