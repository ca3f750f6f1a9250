/** Job: the folders that Belay may work in, or the way to one: without a folder or trust nothing else makes sense. */
import * as vscode from 'vscode';
import { tellFailure } from '../notify.ts';
import type { Parts } from '../parts.ts';

/** Empty: the supervisor was told what is missing, and led there. */
export async function usableFolders(parts: Parts): Promise<readonly vscode.WorkspaceFolder[]> {
  if (parts.tasks.folders.length === 0) {
    const choice = await tellFailure('Belay: open the folder of your program first.', 'Open Folder');
    if (choice !== undefined) await vscode.commands.executeCommand('vscode.openFolder');
    return [];
  }
  if (!vscode.workspace.isTrusted) {
    const choice = await tellFailure('Belay runs programs from this folder: trust it first.', 'Manage Trust');
    if (choice !== undefined) await vscode.commands.executeCommand('workbench.trust.manage');
    return [];
  }
  return parts.tasks.folders;
}

/** The only one, or the one that is picked. */
export async function pickFolder(
  folders: readonly vscode.WorkspaceFolder[],
  title: string,
): Promise<vscode.WorkspaceFolder | undefined> {
  if (folders.length <= 1) return folders[0];
  const items = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, folder }));
  return (await vscode.window.showQuickPick(items, { title }))?.folder;
}
