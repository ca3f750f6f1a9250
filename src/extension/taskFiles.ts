/**
 * Job: know which folders of the workspace have a `belay.json` at their root, now.
 * Boundary: existence only; what stands in it is the language server's and the engine's to say.
 */
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable.ts';
import { Emitter } from '../base/emitter.ts';

export const taskFileName = 'belay.json';

export class TaskFiles implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new Emitter<void>());
  private watchers = new DisposableStore();
  private found: readonly vscode.WorkspaceFolder[] = [];
  readonly onChanged = this.changed.event;

  constructor() {
    this.store.add({
      dispose: () => {
        this.watchers.dispose();
      },
    });
    this.store.add(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.watch();
      }),
    );
    this.watch();
  }

  /** Folders on disk, with a task file or without. */
  get folders(): readonly vscode.WorkspaceFolder[] {
    return (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file');
  }

  get hasTask(): boolean {
    return this.found.length > 0;
  }

  /** The folders that have one; looks again. */
  async withTask(): Promise<readonly vscode.WorkspaceFolder[]> {
    const { folders } = this;
    const there = await Promise.all(folders.map((folder) => exists(taskFileOf(folder))));
    this.found = folders.filter((_, index) => there[index]);
    return this.found;
  }

  dispose(): void {
    this.store.dispose();
  }

  private watch(): void {
    this.watchers.dispose();
    this.watchers = new DisposableStore();
    for (const folder of this.folders) {
      const watcher = vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(folder, taskFileName),
        false,
        true,
        false,
      );
      this.watchers.add(watcher);
      this.watchers.add(
        watcher.onDidCreate(() => {
          this.look();
        }),
      );
      this.watchers.add(
        watcher.onDidDelete(() => {
          this.look();
        }),
      );
    }
    this.look();
  }

  private look(): void {
    void this.withTask().then(() => {
      this.changed.fire();
    });
  }
}

export function taskFileOf(folder: vscode.WorkspaceFolder): vscode.Uri {
  return vscode.Uri.joinPath(folder.uri, taskFileName);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return false; // not there, or not to be read: no task either way
    throw error;
  }
}
