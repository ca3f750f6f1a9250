/**
 * Job: notice that the supervisor was away from the run, with the window in the back or closed, and tell what it did then.
 * Boundary: when somebody looks is VS Code's word (the window has the focus); the words are run/away.ts's.
 */
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import { lastSeenOf, newsSince, type AwayNews, type LastSeen } from '../../run/away.ts';
import type { RunSession } from '../runSession.ts';

const seenKey = 'belay.lastSeen';
/** A window that is closed tells nobody; what it showed is at most this old then. */
const keepEveryMs = 60_000;

export interface AwayPorts {
  readonly session: RunSession;
  readonly memory: vscode.Memento;
  readonly now: () => number;
  readonly tell: (news: AwayNews) => void;
}

export function watchAway({ session, memory, now, tell }: AwayPorts): Disposable {
  const store = new DisposableStore();
  let looking = false;
  const keep = (): void => {
    const seen = session.state && lastSeenOf(session.state, now());
    if (looking && seen !== null) void memory.update(seenKey, seen);
  };
  /** From the first moment on in which there is a run to look at and somebody who looks. */
  const comeBack = (): void => {
    const { state } = session;
    if (looking || state === null || !vscode.window.state.focused) return;
    const seen = memory.get<LastSeen>(seenKey);
    const news = seen && newsSince(seen, state, now());
    if (news) tell(news);
    looking = true;
    keep();
  };
  store.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) comeBack();
      else {
        keep();
        looking = false;
      }
    }),
  );
  store.add(session.onReplaced(comeBack));
  const timer = setInterval(keep, keepEveryMs);
  store.add({
    dispose: () => {
      clearInterval(timer);
    },
  });
  comeBack();
  return store;
}
