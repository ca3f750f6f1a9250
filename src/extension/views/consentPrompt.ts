/**
 * Job: tell once that the run waits for the supervisor's consent to VS Code's model, with the button that gives it.
 * Boundary: the panel says it as well; VS Code's own question comes from the request that follows.
 */
import type { Disposable } from '../../base/disposable.ts';
import { allowModel } from '../commands/allowModel.ts';
import { telling } from '../commands/telling.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';

export function createConsentPrompt(parts: Parts): Disposable {
  const { session, log } = parts;
  let toldSince = 0;
  const ask = async (message: string): Promise<void> => {
    const choice = await tell(`Belay: waiting for your consent. ${message}`, 'Allow the Model…', 'Later');
    if (choice === 'Allow the Model…') await allowModel(parts);
  };
  return session.onChanged(() => {
    const paused = session.connection.kind === 'attached' ? session.state?.paused : null;
    if (paused?.reason !== 'consent' || paused.since === toldSince) return;
    toldSince = paused.since;
    const { message } = paused;
    void telling(log, 'consent', () => ask(message));
  });
}
