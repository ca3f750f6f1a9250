/**
 * Job: "Choose Model…": put the picked model into `belay.json`, as one edit that can be undone.
 * Boundary: the picker asks, the catalogue rewrites the text; here they meet the document.
 * Rules: B1 a model whose price nobody knows needs a limit of steps or tokens: where there is none it is asked for. B2 it is
 *   the supervisor who names it. A run that goes on keeps the model it began with.
 */
import * as vscode from 'vscode';
import { isUnpriced } from '../../run/providers.ts';
import type { ModelChoice } from '../../run/task.ts';
import type { ModelCatalogue } from '../modelCatalogue.ts';
import { pickModel } from '../modelPicker.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { taskFileName, taskFileOf } from '../taskFiles.ts';

export async function chooseModel(parts: Parts): Promise<void> {
  const taskFile = await pickTaskFile(parts);
  if (taskFile === undefined) return;
  const catalogue = (await parts.runtime()).models;
  const document = await vscode.workspace.openTextDocument(taskFile);
  catalogue.isBounded(document.getText()); // what is no JSON is told before anything is asked
  const picked = await pickModel(parts);
  if (picked.kind !== 'answer') return;
  const choice = picked.value;
  const steps = await missingLimit(catalogue, document, choice);
  if (steps === null) return;
  await rewrite(document, catalogue.rewriteModel(document.getText(), choice, steps));
  const selection = new vscode.Range(placeOfModel(document), placeOfModel(document));
  await vscode.window.showTextDocument(document, { selection });
  if (parts.session.connection.kind === 'attached' && parts.session.state?.ended === null)
    void tell('Belay: the run that is active keeps its model; the next one takes this.');
}

async function pickTaskFile(parts: Parts): Promise<vscode.Uri | undefined> {
  const items = (await parts.tasks.withTask()).map((folder) => ({ label: folder.name, uri: taskFileOf(folder) }));
  if (items.length === 0) throw new Error(`This folder has no ${taskFileName}. "Belay: New Task…" writes one.`);
  if (items.length === 1) return items[0]?.uri;
  return (await vscode.window.showQuickPick(items, { title: 'The model of which task?' }))?.uri;
}

/** The limit to add; undefined: none is missing; null: the supervisor gave up. */
async function missingLimit(
  catalogue: ModelCatalogue,
  document: vscode.TextDocument,
  choice: ModelChoice,
): Promise<number | undefined | null> {
  if (!isUnpriced(choice.provider) || choice.price !== undefined || catalogue.isBounded(document.getText()))
    return undefined;
  const typed = await vscode.window.showInputBox({
    title: 'At most how many steps?',
    prompt: 'Belay does not know what this model costs, so a limit in dollars does not hold it.',
    value: '200',
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^[1-9]\d{0,5}$/.test(value.trim()) ? undefined : 'A whole number of steps, such as 200.',
  });
  return typed === undefined ? null : Number(typed);
}

/** Replaces only what differs, so that the cursor and the comments stay. */
async function rewrite(document: vscode.TextDocument, text: string): Promise<void> {
  const before = document.getText();
  let start = 0;
  while (start < before.length && before[start] === text[start]) start += 1;
  let end = 0;
  const shared = Math.min(before.length, text.length) - start;
  while (end < shared && before[before.length - 1 - end] === text[text.length - 1 - end]) end += 1;
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(start), document.positionAt(before.length - end));
  edit.replace(document.uri, range, text.slice(start, text.length - end));
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(`${taskFileName} could not be changed.`);
}

function placeOfModel(document: vscode.TextDocument): vscode.Position {
  return document.positionAt(Math.max(0, document.getText().search(/"model"\s*:/)));
}
