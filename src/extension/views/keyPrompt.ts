/**
 * Job: give a waiting engine the key that this window has, and ask for one where it has none.
 * Boundary: a stored key is handed to each engine once; when it waits again after that, the key was wrong and only the
 *   supervisor can help. While a toast of the same step is unanswered there is no second one: the panel says what is new.
 */
import { messageOf } from '../../base/assert.ts';
import type { Disposable } from '../../base/disposable.ts';
import { enterKey, modelHostOf } from '../commands/steer.ts';
import { telling } from '../commands/telling.ts';
import type { Parts } from '../parts.ts';
import { tell } from '../notify.ts';

export function createKeyPrompt(parts: Parts): Disposable {
  const { session, keys, log } = parts;
  let handledSince = 0;
  let handedTo = '';
  let asking = '';

  const provide = async (): Promise<boolean> => {
    const engine = `${session.runId ?? ''}/${String(session.state?.generation)}`;
    if (handedTo === engine) return false;
    handedTo = engine;
    const key = await keys.keyFor(await modelHostOf(parts));
    if (key === undefined) return false;
    await session.request('provideKey', { key });
    return true;
  };
  const serve = async (message: string): Promise<void> => {
    try {
      if (await provide()) return;
    } catch (error) {
      log.warn(`the stored key was not handed over: ${messageOf(error)}`); // the supervisor is asked instead
    }
    const place = `${session.runId ?? ''}/${String(session.state?.stepsFinished)}`;
    if (asking === place) return;
    asking = place;
    const text = `Belay: waiting for a key. ${message}`;
    const choice = await tell(text, 'Enter Key…', 'Later');
    if (asking === place) asking = '';
    if (choice === 'Enter Key…') await enterKey(parts);
  };
  return session.onChanged(() => {
    const { state, connection } = session;
    if (connection.kind !== 'attached' || state?.paused?.reason !== 'key' || state.paused.since === handledSince)
      return;
    handledSince = state.paused.since;
    const { message } = state.paused;
    void telling(log, 'key', () => serve(message));
  });
}
