/**
 * Job: a way out of each thing that a start found missing: another file of cases, another reference, another model.
 * Boundary: asks and changes `belay.json` by one edit that can be undone; whether that was enough is found by the next check.
 */
import { isAbsolute, relative } from 'node:path';
import * as vscode from 'vscode';
import type { PreflightProblem } from '../../protocol/places.ts';
import type { Parts } from '../parts.ts';
import { taskFileName } from '../taskFiles.ts';
import { chooseModel } from './chooseModel.ts';

export interface Remedy {
  /** A button. */
  readonly label: string;
  /** True when something was changed, so that a start is worth another look. */
  readonly apply: () => Promise<boolean>;
}

/** For the first error; none for what only an editor can mend. */
export function remediesOf(parts: Parts, taskFile: vscode.Uri, problem: PreflightProblem): readonly Remedy[] {
  const [part, key] = problem.path;
  const change = (path: PreflightProblem['path'], value: unknown) => changeTask(parts, taskFile, path, value);
  if (part === 'suites' && key !== undefined) {
    const cases = { 'Cases, one JSON object a line': ['jsonl', 'ndjson', 'json'] };
    return [{ label: 'Choose Cases…', apply: () => chooseFile(taskFile, cases, (path) => change(problem.path, path)) }];
  }
  if (part === 'reference') {
    const command = ['reference', 'command'];
    return [
      { label: 'Choose Program…', apply: () => chooseFile(taskFile, {}, (path) => change(command, [path])) },
      { label: 'Leave It Out', apply: () => change(['reference'], undefined) },
    ];
  }
  if (part === 'model') {
    // What it wrote is looked at before anything is started with it.
    const choose = async () => {
      await chooseModel(parts);
      return false;
    };
    return [{ label: 'Choose Model…', apply: choose }];
  }
  return [];
}

async function chooseFile(
  taskFile: vscode.Uri,
  filters: Record<string, string[]>,
  take: (path: string) => Promise<boolean>,
): Promise<boolean> {
  const folder = vscode.Uri.joinPath(taskFile, '..');
  const [chosen] = (await vscode.window.showOpenDialog({ defaultUri: folder, filters, openLabel: 'Choose' })) ?? [];
  if (chosen === undefined) return false;
  const inside = relative(folder.fsPath, chosen.fsPath);
  return take(inside.startsWith('..') || isAbsolute(inside) ? chosen.fsPath : inside);
}

async function changeTask(
  parts: Parts,
  taskFile: vscode.Uri,
  path: PreflightProblem['path'],
  value: unknown,
): Promise<boolean> {
  const document = await vscode.workspace.openTextDocument(taskFile);
  const edits = (await parts.runtime()).taskEdits(document.getText(), path, value);
  const edit = new vscode.WorkspaceEdit();
  for (const { offset, length, content } of edits) {
    const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
    edit.replace(taskFile, range, content);
  }
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(`${taskFileName} could not be changed.`);
  return document.save();
}
