/**
 * Job: keep VS Code's context keys in step with the run.
 * Boundary: what they mean is contextKeys.ts's.
 */
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { changedKeys, contextOf, type ContextValues } from './contextKeys.ts';
import type { RunSession } from './runSession.ts';
import type { TaskFiles } from './taskFiles.ts';

export interface ToldContext extends Disposable {
  /** Resolves when VS Code has the keys of this moment. */
  readonly settled: () => Promise<void>;
}

export function tellContext(session: RunSession, tasks: TaskFiles): ToldContext {
  let told: ContextValues | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const tell = (): void => {
    const values = contextOf(session.connection.kind, session.state, tasks.hasTask);
    const keys = changedKeys(told, values);
    if (keys.length === 0) return;
    told = values;
    const telling = keys.map((key) => vscode.commands.executeCommand('setContext', `belay.${key}`, values[key]));
    last = Promise.all([last, ...telling]);
  };
  const store = new DisposableStore();
  store.add(session.onChanged(tell));
  store.add(tasks.onChanged(tell));
  tell();
  return {
    settled: async () => {
      await last;
    },
    dispose: () => {
      store.dispose();
    },
  };
}
