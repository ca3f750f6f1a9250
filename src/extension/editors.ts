/**
 * Job: tell the engine which files the supervisor is editing and has saved (S3).
 * Boundary: paths only, relative to the run's folder; contents stay in the window.
 * Rules: told when the set changes, after a short rest; and anew to each engine that the window attaches to.
 */
import * as vscode from 'vscode';
import { messageOf } from '../base/assert.ts';
import { DisposableStore, type Disposable } from '../base/disposable.ts';
import { pathBelow } from './review/checkpointUri.ts';
import type { RunSession } from './runSession.ts';

const restMs = 100;

export interface EditorPorts {
  readonly session: RunSession;
  readonly folder: () => vscode.Uri | null;
  readonly log: (line: string) => void;
  /** A file of the run's folder was saved. */
  readonly onSaved: () => void;
}

export function reportEditors(ports: EditorPorts): Disposable {
  const store = new DisposableStore();
  /** What this engine was told last; null: nothing yet. An empty set is told too: another window may have left one behind. */
  let told: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  const saved = new Set<string>();

  const tell = (): void => {
    timer = null;
    const { session } = ports;
    if (session.connection.kind !== 'attached' || (session.state?.ended ?? null) !== null) return;
    const dirty = dirtyPaths(ports.folder());
    const set = dirty.join('\n');
    if (set === told && saved.size === 0) return;
    told = set;
    const params = { dirty, saved: [...saved] };
    saved.clear();
    session.request('reportEditors', params).catch((error: unknown) => {
      told = null; // told again with the next change
      ports.log(`editors not reported: ${messageOf(error)}`);
    });
  };
  const soon = (): void => {
    timer ??= setTimeout(tell, restMs);
  };

  store.add(
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (isOnDisk(document)) soon();
    }),
  );
  store.add(
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (isOnDisk(document)) soon();
    }),
  );
  store.add(
    vscode.workspace.onDidSaveTextDocument((document) => {
      const path = relative(ports.folder(), document.uri);
      if (path === null) return;
      saved.add(path);
      ports.onSaved();
      soon();
    }),
  );
  store.add(
    ports.session.onReplaced(() => {
      told = null;
      soon();
    }),
  );
  store.add({
    dispose: () => {
      if (timer !== null) clearTimeout(timer);
    },
  });
  return store;
}

function dirtyPaths(folder: vscode.Uri | null): string[] {
  const paths = vscode.workspace.textDocuments
    .filter((document) => document.isDirty && isOnDisk(document))
    .map((document) => relative(folder, document.uri));
  return paths.filter((path) => path !== null).sort();
}

function isOnDisk(document: vscode.TextDocument): boolean {
  return document.uri.scheme === 'file';
}

function relative(folder: vscode.Uri | null, uri: vscode.Uri): string | null {
  return folder === null || uri.scheme !== 'file' ? null : pathBelow(folder.path, uri.path);
}
