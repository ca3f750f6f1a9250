/**
 * Job: the state of the run that this window shows, and what of it the supervisor has before their eyes (G3).
 * Boundary: reads only.
 */
import type { Shown } from '../../run/entry.ts';
import type { RunState } from '../../run/state.ts';
import { shownOf } from '../../run/shown.ts';
import type { Parts } from '../parts.ts';

/** The state of the run, or a message for a person. */
export function stateOf(parts: Parts): RunState {
  const { state } = parts.session;
  if (state === null) throw new Error('This window shows no run.');
  return state;
}

export function shownNow(parts: Parts): Shown {
  const state = stateOf(parts);
  const { review } = parts.changes;
  return shownOf(state, review?.acceptedFiles === state.acceptedFiles ? review.files.length : null);
}
