/**
 * Job: offer to go on with a run that was interrupted while no window saw it, such as by a restart of the machine; or go on with
 *   it, where a setting says so.
 * Boundary: that no engine serves the run is the session's to find out, by connecting: what a dead engine left behind (its pid,
 *   its socket's name) says nothing. Two windows that go on at once find the same engine: the run's lock lets one begin.
 */
import type { Disposable } from '../../base/disposable.ts';
import { interruptedWords } from '../../run/interrupted.ts';
import { startAgain } from '../commands/steer.ts';
import { telling } from '../commands/telling.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { settings } from '../settings.ts';

export function createInterruptedPrompt(parts: Parts): Disposable {
  const { session, log } = parts;
  const goOn = async (): Promise<void> => {
    const words = session.state && interruptedWords(session.state, Date.now());
    const mode = settings.resumeAfterRestart();
    if (words === null || mode === 'off') return;
    const { runId } = session;
    if (mode === 'ask' && (await tell(`Belay: ${words.text}`, words.choice, 'Later')) !== words.choice) return;
    // The window may show another run by the time that somebody answers.
    if (session.runId === runId) await startAgain(parts);
  };
  return session.onInterrupted(() => void telling(log, 'resume', goOn));
}
