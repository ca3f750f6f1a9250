/**
 * Job: "Start Reconstruction" and "New Task…": from a `belay.json` to an attached run, with one confirmation.
 * Boundary: asks and tells; the engine checks the task, the locks and the sandbox, and has the last word.
 */
import * as vscode from 'vscode';
import type { StartFailure } from '../../protocol/places.ts';
import { startDetail, unsealedDetail } from '../confirmation.ts';
import type { Parts } from '../parts.ts';
import type { StartOptions, TaskInspection } from '../runLink.ts';
import { taskFileName, taskFileOf } from '../taskFiles.ts';
import { newTaskText } from '../newTaskText.ts';

type Inspected = Extract<TaskInspection, { ok: true }>;

export async function start(parts: Parts): Promise<void> {
  const { session } = parts;
  if (session.connection.kind === 'attached' && session.state?.ended === null) {
    const choice = await vscode.window.showInformationMessage(
      'Belay: a run is active in this folder. Stop it first to start another.',
      'Show Run',
    );
    if (choice === 'Show Run') await focusRun(parts);
    return;
  }
  const folder = await pickFolder(parts);
  if (folder === undefined) return;
  const taskFile = taskFileOf(folder);
  if (!(await saveTask(taskFile))) return;
  const runtime = await parts.runtime();
  const task = await runtime.inspectTask(taskFile.fsPath);
  if (!task.ok) {
    await refuse(parts, taskFile, task.problems.slice(0, 3).join('\n'));
    return;
  }
  const sandbox = await runtime.findSandbox();
  if (!(await confirm(task, sandbox, taskFile))) return;
  const unsealed = sandbox === null;
  if (unsealed && !(await allowUnsealed('No sandbox was found: bubblewrap (bwrap) is not installed.'))) return;
  const key = await parts.keys.keyFor(task.modelHost);
  const options = {
    workspace: folder.uri.fsPath,
    taskFile: taskFile.fsPath,
    unsealed,
    ...(key !== undefined && { key }),
  };
  await launch(parts, options, taskFile);
}

/** Shows the Run view. */
export async function focusRun(parts: Parts): Promise<void> {
  await parts.contextSettled();
  await vscode.commands.executeCommand('belay.run.focus');
}

async function launch(parts: Parts, options: StartOptions, taskFile: vscode.Uri): Promise<void> {
  const progress = { location: vscode.ProgressLocation.Window, title: 'Belay: starting the engine' };
  const result = await vscode.window.withProgress(progress, () => parts.session.start(options));
  if (result.ok) {
    await focusRun(parts);
    return;
  }
  parts.log.error(`start refused (${result.code}): ${result.message}`);
  if (result.code === 'no-sandbox' && !options.unsealed) {
    // Found but not usable: only the engine could tell.
    if (await allowUnsealed(`The sandbox does not work here: ${sentence(result.message)}`)) {
      await launch(parts, { ...options, unsealed: true }, taskFile);
    }
    return;
  }
  await refuse(parts, taskFile, result.message, result.code);
}

async function refuse(parts: Parts, taskFile: vscode.Uri, message: string, code: StartFailure = 'task'): Promise<void> {
  const open = `Open ${taskFileName}`;
  const choices = code === 'task' ? [open, 'Show Log'] : code === 'workspace-busy' ? ['Show Log'] : ['Show Log', open];
  parts.log.error(message);
  const choice = await vscode.window.showErrorMessage(`Belay: no run was started. ${oneLine(message)}`, ...choices);
  if (choice === open) await vscode.window.showTextDocument(taskFile);
  if (choice === 'Show Log') parts.log.show();
}

async function pickFolder(parts: Parts): Promise<vscode.WorkspaceFolder | undefined> {
  if (parts.tasks.folders.length === 0) {
    const choice = await vscode.window.showErrorMessage('Belay: open the folder of your program first.', 'Open Folder');
    if (choice !== undefined) await vscode.commands.executeCommand('vscode.openFolder');
    return undefined;
  }
  if (!vscode.workspace.isTrusted) {
    const choice = await vscode.window.showErrorMessage(
      'Belay runs programs from this folder: trust it first.',
      'Manage Trust',
    );
    if (choice !== undefined) await vscode.commands.executeCommand('workbench.trust.manage');
    return undefined;
  }
  const folders = await parts.tasks.withTask();
  if (folders.length === 0) {
    const choice = await vscode.window.showErrorMessage(`Belay: this folder has no ${taskFileName}.`, 'New Task…');
    if (choice !== undefined) await newTask(parts);
    return undefined;
  }
  if (folders.length === 1) return folders[0];
  const items = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, folder }));
  return (await vscode.window.showQuickPick(items, { title: 'Start which task?' }))?.folder;
}

/** False when it could not be saved, which VS Code has then said. */
async function saveTask(taskFile: vscode.Uri): Promise<boolean> {
  const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === taskFile.toString());
  return document?.isDirty === true ? document.save() : true;
}

async function confirm(task: Inspected, sandbox: string | null, taskFile: vscode.Uri): Promise<boolean> {
  const detail = startDetail({ ...task, sandbox });
  const message = `Start “${task.name}”?`;
  const choice = await vscode.window.showInformationMessage(
    message,
    { modal: true, detail },
    'Start',
    'Change Limits…',
  );
  if (choice === 'Change Limits…') await showLimits(taskFile);
  return choice === 'Start';
}

async function allowUnsealed(reason: string): Promise<boolean> {
  const options = { modal: true, detail: unsealedDetail(reason) };
  return (await vscode.window.showWarningMessage('Run without a sandbox?', options, 'Run Unsealed')) === 'Run Unsealed';
}

async function showLimits(taskFile: vscode.Uri): Promise<void> {
  const editor = await vscode.window.showTextDocument(taskFile);
  const offset = editor.document.getText().search(/"budget"\s*:/);
  if (offset < 0) return;
  const position = editor.document.positionAt(offset);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** A toast draws no line breaks. */
function oneLine(text: string): string {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .join('; ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

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
