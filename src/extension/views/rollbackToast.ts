/**
 * Job: answer a rollback from the palette when it is done, and name conflicts wherever it was asked.
 * Boundary: the panel draws its own line; what a message offers acts on its own rollback only; C6 the supervisor's own edits that stayed are named here.
 */
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { formatCounted } from '../../run/forDisplay.ts';
import type { FinishedRollback } from '../../run/state.ts';
import { placeWords } from '../../run/standing.ts';
import { rollbackWords } from '../../run/status.ts';
import type { RunSession } from '../runSession.ts';
import { tell, warn } from '../notify.ts';
import { whyNotTakeBack } from './takeBack.ts';

export function createRollbackToast(session: RunSession, asked: Set<number>): Disposable {
  return session.onEntry((entry) => {
    if (entry.type !== 'rollback.finished') return;
    const here = asked.delete(entry.to);
    const last = session.state?.lastRollback ?? null;
    if (last !== null && (here || entry.conflicts.length > 0)) void tellDone(session, last);
  });
}

async function tellDone(session: RunSession, rollback: FinishedRollback): Promise<void> {
  const { conflicts } = rollback;
  const words = rollbackWords(rollback, session.state ? placeWords(session.state, rollback.to) : undefined);
  const done = `Belay: ${words.done}`;
  const kept = `${formatCounted(conflicts.length, 'file')} of yours stayed: ${conflicts.slice(0, 3).join(', ')}${conflicts.length > 3 ? ' …' : ''}.`;
  const choice =
    conflicts.length === 0 ? await tell(done, words.takeBack) : await warn(`${done} ${kept}`, words.takeBack);
  if (choice === undefined) return;
  const why = whyNotTakeBack(rollback, session.state);
  if (why === null) await vscode.commands.executeCommand('belay.undoRollback');
  else await tell(`Belay: ${why}`);
}
