/**
 * Job: the run in the status bar: step, rate and spend, or what it waits for; a click shows the Run view.
 * Boundary: words are run/status.ts's.
 */
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import { statusBarOf, statusSentence } from '../../run/inOneLine.ts';
import { initialState } from '../../run/reduce.ts';
import type { RunSession } from '../runSession.ts';

export function createStatusBar(session: RunSession): Disposable {
  const store = new DisposableStore();
  const item = store.add(vscode.window.createStatusBarItem('belay.status', vscode.StatusBarAlignment.Left, 20));
  item.name = 'Belay';
  item.command = 'belay.focusRun';
  const warning = new vscode.ThemeColor('statusBarItem.warningBackground');
  const draw = (): void => {
    const { state, connection } = session;
    // A finished run that nobody has looked at yet has nothing to say here.
    if (connection.kind === 'none' || (connection.kind === 'readOnly' && state === null)) {
      item.hide();
      return;
    }
    const shown = statusBarOf(state ?? initialState, connection.kind);
    const text = `$(${shown.icon}) ${shown.text}`;
    if (item.text !== text) item.text = text;
    item.backgroundColor = shown.warning ? warning : undefined;
    const sentence = statusSentence(state ?? initialState, connection.kind);
    item.tooltip = sentence;
    item.accessibilityInformation = { label: `Belay: ${sentence} Shows the Run view.`, role: 'button' };
    item.show();
  };
  store.add(session.onChanged(draw));
  draw();
  return store;
}
