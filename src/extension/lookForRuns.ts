/**
 * Job: look whether the workspace's folders have a run, and have the session attach to it.
 * Boundary: at activation, when the window gets the focus (another one may have started a run), when folders or trust change.
 *   Starts no engine. In an untrusted folder nothing is attached: an engine that died would be started again.
 */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { messageOf } from '../base/assert.ts';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { stateFolder } from '../protocol/places.ts';
import type { RunFolder } from './runFolder.ts';
import { newestRunOf } from './runRecords.ts';
import type { RunSession } from './runSession.ts';
import type { TaskFiles } from './taskFiles.ts';

export interface Look extends Disposable {
  /** The first look; every call gives the same promise. */
  readonly first: () => Promise<void>;
  readonly again: () => Promise<void>;
}

export interface LookPorts {
  readonly session: RunSession;
  readonly tasks: TaskFiles;
  readonly folder: RunFolder;
  readonly warn: (line: string) => void;
}

export function lookForRuns({ session, tasks, folder, warn }: LookPorts): Look {
  const state = stateFolder(process.env, homedir());
  const look = async (): Promise<void> => {
    const { folders } = tasks;
    await folder.look(folders);
    const { kind } = session.connection;
    if (!vscode.workspace.isTrusted || kind === 'attached' || kind === 'starting' || session.isChosen) return;
    const paths = folders.map(({ uri }) => uri.fsPath);
    const record = await newestRunOf(state, paths);
    // A finished run that is shown already stays as it is.
    if (record !== null && !(record.runId === session.runId && kind === 'readOnly')) await session.adopt(record.runId);
  };
  const safely = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      warn(`no run was looked for: ${messageOf(error)}`); // the log has it; a start tells it to the supervisor
    }
  };
  const first = safely();
  const again = (): Promise<void> => first.then(safely);
  const store = new DisposableStore();
  store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void again()));
  store.add(vscode.workspace.onDidChangeWorkspaceFolders(() => void again()));
  store.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) void again();
    }),
  );
  return {
    first: () => first,
    again,
    dispose: () => {
      store.dispose();
    },
  };
}
