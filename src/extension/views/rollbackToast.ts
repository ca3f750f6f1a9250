/**
 * Job: answer a rollback from the palette when it is done, and name conflicts wherever it was asked.
 * Boundary: the panel draws its own line; C6 the supervisor's own edits that stayed are named here.
 */
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import { formatCounted } from '../../run/forDisplay.ts';
import type { Entry } from '../../run/entry.ts';
import type { RunSession } from '../runSession.ts';

export function createRollbackToast(session: RunSession, asked: Set<number>): Disposable {
  return session.onEntry((entry) => {
    if (entry.type !== 'rollback.finished') return;
    const here = asked.delete(entry.to);
    if (here || entry.conflicts.length > 0) void tell(entry);
  });
}

async function tell(entry: Entry<'rollback.finished'>): Promise<void> {
  const { conflicts, to } = entry;
  const done = `Belay: rolled back to ${String(to)}.`;
  const kept = `${formatCounted(conflicts.length, 'file')} of yours stayed: ${conflicts.slice(0, 3).join(', ')}${conflicts.length > 3 ? ' …' : ''}.`;
  const choice =
    conflicts.length === 0
      ? await vscode.window.showInformationMessage(done, 'Undo')
      : await vscode.window.showWarningMessage(`${done} ${kept}`, 'Undo');
  if (choice === 'Undo') await vscode.commands.executeCommand('belay.undoRollback');
}
