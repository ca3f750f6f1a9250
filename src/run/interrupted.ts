/**
 * Job: what is said of a run whose engine ended while nobody saw it, such as with the machine: where it stood, and what its
 *   engine would do if it was started again.
 * Boundary: pure; that no engine serves the run was found out by connecting.
 */
import { formatCount, formatSince, visibleControls } from './forDisplay.ts';
import type { RunState } from './state.ts';

export interface Interrupted {
  /** Two sentences: what was interrupted, and what comes of it. */
  readonly text: string;
  /** The button: a run that waits for its supervisor is served again, and does not go on. */
  readonly choice: 'Resume' | 'Start Again';
}

/** null: it has ended, or never began. */
export function interruptedWords(state: RunState, now: number): Interrupted | null {
  const { run, ended, gate, paused, at } = state;
  if (run === null || ended !== null) return null;
  const since = formatSince(Math.max(0, now - at));
  const ago = since === 'now' ? 'just now' : `${since} ago`;
  const text = `The run “${visibleControls(run.task.name)}” was interrupted ${ago}, ${placeOf(state)}.`;
  const waits = gate !== null || (paused !== null && paused.until === undefined);
  return waits
    ? { text: `${text} Once it is started again it waits there for you.`, choice: 'Start Again' }
    : { text: `${text} Nothing of it is lost, and no answer is bought twice.`, choice: 'Resume' };
}

function placeOf({ gate, paused, step, stepsFinished }: RunState): string {
  if (gate !== null) return `at its gate at step ${formatCount(gate.step)}`;
  if (paused !== null) return paused.until === undefined ? 'while it was paused' : 'while it waited for the provider';
  return step === null ? `after step ${formatCount(stepsFinished)}` : `in step ${formatCount(step.step)}`;
}
