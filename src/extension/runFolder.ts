/**
 * Job: the folder of the window's run as VS Code names it: a workspace folder may be opened by a symbolic link.
 * Boundary: engines know real paths only.
 */
import * as vscode from 'vscode';
import { realOf } from './runRecords.ts';
import type { RunSession } from './runSession.ts';

export class RunFolder {
  private readonly session: RunSession;
  private opened: ReadonlyMap<string, vscode.Uri> = new Map();

  constructor(session: RunSession) {
    this.session = session;
  }

  /** Resolves the workspace's folders anew. */
  async look(folders: readonly vscode.WorkspaceFolder[]): Promise<void> {
    this.opened = new Map(await Promise.all(folders.map(async ({ uri }) => [await realOf(uri.fsPath), uri] as const)));
  }

  /** null without a run. */
  readonly uri = (): vscode.Uri | null => {
    const real = this.session.state?.run?.workspace;
    return real === undefined ? null : (this.opened.get(real) ?? vscode.Uri.file(real));
  };
}
