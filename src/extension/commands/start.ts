/**
 * Job: "Start Reconstruction": from a `belay.json` to an attached run, with one confirmation.
 * Boundary: asks and tells; the engine checks the task, the locks and the sandbox, and has the last word.
 */
import * as vscode from 'vscode';
import type { StartFailure } from '../../protocol/places.ts';
import type { Parts } from '../parts.ts';
import type { StartOptions } from '../runLink.ts';
import type { RunRecord } from '../runRecords.ts';
import { taskFileName, taskFileOf } from '../taskFiles.ts';
import { tellFailure, warn } from '../notify.ts';
import { settings } from '../settings.ts';
import { isSealed } from '../confirmation.ts';
import { confirmStart } from './confirmStart.ts';
import { pickFolder, usableFolders } from './folders.ts';
import { newTask } from './newTask.ts';
import { remediesOf, type Remedy } from './remedies.ts';

export async function start(parts: Parts): Promise<void> {
  const { session } = parts;
  if (session.connection.kind === 'attached' && session.state?.ended === null) {
    const { run } = session.state;
    const which = run === null ? 'a run' : `run ${run.runId} (“${run.task.name}”)`;
    const choice = await warn(
      `Belay: no run was started: ${which} is active in this folder. Stop it first to start another.`,
      'Show Run',
    );
    if (choice === 'Show Run') await focusRun(parts);
    return;
  }
  const folder = await folderWithTask(parts);
  if (folder === undefined) return;
  const taskFile = taskFileOf(folder);
  if (!(await saveTask(taskFile))) return;
  await startTask(parts, folder, taskFile);
}

/** Starts what the supervisor has asked for already: no second question, unless it would not be sealed. */
export async function startAsked(parts: Parts, folder: vscode.WorkspaceFolder): Promise<void> {
  await startTask(parts, folder, taskFileOf(folder), { asks: false });
}

/** Checks, asks and starts; after each thing that was mended, once more. */
async function startTask(
  parts: Parts,
  folder: vscode.WorkspaceFolder,
  taskFile: vscode.Uri,
  { asks } = { asks: true },
): Promise<void> {
  const runtime = await parts.runtime();
  const task = await runtime.inspectTask(taskFile.fsPath);
  if (!task.ok) {
    await refuse(parts, taskFile, task.problems.slice(0, 3).join('\n'));
    return;
  }
  const progress = { location: vscode.ProgressLocation.Window, title: 'Belay: checking the task and the sandbox' };
  const found = await vscode.window.withProgress(progress, () => runtime.preflight(taskFile.fsPath, folder.uri.fsPath));
  const again = () => startTask(parts, folder, taskFile);
  const errors = found.problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first !== undefined || found.suites === null) {
    const message = errors.map(({ text }) => text).slice(0, 3);
    const remedies = first === undefined ? [] : remediesOf(parts, taskFile, first);
    if (await refuse(parts, taskFile, message.join('\n'), { remedies })) await again();
    return;
  }
  const missing = task.windowModel === null ? null : await parts.broker.whyMissing(task.windowModel);
  if (missing !== null) {
    const problem = { path: ['model', 'name'], severity: 'error', text: missing } as const;
    if (await refuse(parts, taskFile, missing, { remedies: remediesOf(parts, taskFile, problem) })) await again();
    return;
  }
  const key = await parts.keys.keyFor(task.modelHost);
  const facts = {
    ...task,
    sandbox: found.sandbox,
    reasons: found.suites.reasons,
    missingKey: task.wantsKey && key === undefined ? task.modelHost : null,
  };
  const answer = asks || !isSealed(facts) ? await confirmStart(task.name, facts) : 'start';
  if (answer === 'changeLimits') await showLimits(taskFile);
  if (answer === 'enterKey' && task.modelHost !== null && (await parts.keys.ask(task.modelHost)) !== undefined)
    await again();
  if (answer !== 'start') return;
  if (task.windowModel !== null) await parts.broker.allow(task.windowModel);
  const options = {
    workspace: folder.uri.fsPath,
    taskFile: taskFile.fsPath,
    unsealed: !found.sandbox.available,
    storeQuotaBytes: settings.storeQuotaBytes(),
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
  if (result.code === 'workspace-busy') await refuseBusy(parts, options.workspace, result.message);
  else await refuse(parts, taskFile, result.message, { code: result.code });
}

interface Refusal {
  readonly code?: StartFailure;
  readonly remedies?: readonly Remedy[];
}

/** True when something was mended, so that a start is worth another look. */
async function refuse(
  parts: Parts,
  taskFile: vscode.Uri,
  message: string,
  { code = 'task', remedies = [] }: Refusal = {},
): Promise<boolean> {
  const open = `Open ${taskFileName}`;
  const choices = code === 'task' ? [open, 'Show Log'] : ['Show Log', open];
  parts.log.error(message);
  const labels = remedies.map(({ label }) => label);
  const choice = await tellFailure(`Belay: no run was started. ${oneLine(message)}`, ...labels, ...choices);
  if (choice === open) await showPlace(taskFile, placeIn(message));
  if (choice === 'Show Log') parts.log.show();
  return (await remedies.find(({ label }) => label === choice)?.apply()) ?? false;
}

/** W1: another run holds the folder, or one around or within it; this one leads there. */
async function refuseBusy(parts: Parts, workspace: string, message: string): Promise<void> {
  const other = await (await parts.runtime()).runInTheWay(workspace);
  const here = other !== null && parts.tasks.folders.some(({ uri }) => uri.fsPath === other.workspace);
  const way = other === null ? [] : [here ? 'Show Run' : 'Open Its Folder'];
  const choice = await tellFailure(`Belay: no run was started. ${oneLine(message)}`, ...way, 'Show Log');
  if (choice === 'Show Log') parts.log.show();
  else if (choice !== undefined && other !== null) await goTo(parts, other, here);
}

async function goTo(parts: Parts, { runId, workspace }: RunRecord, here: boolean): Promise<void> {
  if (here) {
    await parts.session.adopt(runId);
    await focusRun(parts);
  } else
    await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(workspace), { forceNewWindow: true });
}

async function folderWithTask(parts: Parts): Promise<vscode.WorkspaceFolder | undefined> {
  if ((await usableFolders(parts)).length === 0) return undefined;
  const folders = await parts.tasks.withTask();
  if (folders.length > 0) return pickFolder(folders, 'Start which task?');
  const choice = await tellFailure(`Belay: this folder has no ${taskFileName}.`, 'New Task…');
  if (choice !== undefined) await newTask(parts);
  return undefined;
}

/** False when it could not be saved, which VS Code has then said. */
async function saveTask(taskFile: vscode.Uri): Promise<boolean> {
  const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === taskFile.toString());
  return document?.isDirty === true ? document.save() : true;
}

async function showLimits(taskFile: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(taskFile);
  const offset = document.getText().search(/"budget"\s*:/);
  await showPlace(taskFile, offset < 0 ? null : document.positionAt(offset));
}

async function showPlace(taskFile: vscode.Uri, place: vscode.Position | null): Promise<void> {
  const selection = place === null ? {} : { selection: new vscode.Range(place, place) };
  await vscode.window.showTextDocument(taskFile, selection);
}

/** The first place that a message names, such as "belay.json:12:5 …"; null where it names none. */
function placeIn(message: string): vscode.Position | null {
  const [, line, column] = /\bbelay\.json:(\d+):(\d+)/.exec(message) ?? [];
  return line === undefined || column === undefined ? null : new vscode.Position(Number(line) - 1, Number(column) - 1);
}

/** A toast draws no line breaks. */
function oneLine(text: string): string {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .join('; ');
}
