/** Job: "New Task…". */
import * as vscode from 'vscode';
import { newTaskText } from '../newTaskText.ts';
import type { Parts } from '../parts.ts';
import { taskFileOf } from '../taskFiles.ts';

/** Writes a `belay.json` to fill in; one that is there is opened and not touched. */
export async function newTask(parts: Parts): Promise<void> {
  const { folders } = parts.tasks;
  const items = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, folder }));
  const folder =
    items.length > 1 ? (await vscode.window.showQuickPick(items, { title: 'New task in' }))?.folder : folders[0];
  if (folder === undefined) return;
  const taskFile = taskFileOf(folder);
  if (!(await parts.tasks.withTask()).includes(folder)) {
    await vscode.workspace.fs.writeFile(taskFile, Buffer.from(newTaskText(folder.name)));
  }
  await vscode.window.showTextDocument(taskFile);
}
