/**
 * Job: tell the Run view what a recorded run has besides its journal: how quick it plays, and what was recorded at the open gate.
 * Boundary: asks the engine when a gate opens or changes, and when the page or the engine comes; the page draws.
 */
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import type { EntryType } from '../../run/entry.ts';
import type { Parts } from '../parts.ts';

/** After these something else may be left to do as recorded. */
const changing: ReadonlySet<EntryType> = new Set([
  'run.created',
  'gate.opened',
  'gate.decided',
  'file.rejected',
  'rollback.finished',
]);

export function followRecording({ session, runView, log }: Parts): Disposable {
  const tell = async (): Promise<void> => {
    const { state, connection } = session;
    if (state?.run?.task.recording === undefined || state.ended !== null || connection.kind !== 'attached') return;
    try {
      const { factor } = await session.request('setPace', { factor: null });
      const acts = state.gate === null ? null : await session.request('recordedDecision', {});
      runView.post({ type: 'pace', factor });
      runView.post({ type: 'recordedHere', acts });
    } catch (error) {
      // the engine left or the gate was decided meanwhile: the next entry asks anew
      log.debug(`recording: ${String(error)}`);
    }
  };
  const store = new DisposableStore();
  store.add(
    session.onEntry(({ type }) => {
      if (changing.has(type)) void tell();
    }),
  );
  store.add(session.onReplaced(() => void tell()));
  store.add(runView.onReady(() => void tell()));
  return store;
}

/** A redirect of the supervisor's own changes nothing of what is played. */
export function tellOfRecording({ runView, session }: Pick<Parts, 'runView' | 'session'>): void {
  if (session.state?.run?.task.recording === undefined) return;
  const text = 'This is a recording: your words are kept, but they change none of its answers.';
  runView.post({ type: 'notice', severity: 'info', text });
}
