/**
 * Job: which file of a review stands in front, and the multi-diff of a gate that is decided.
 * Boundary: VS Code says nothing of a multi-diff but its label and the editor within it that has the keyboard.
 */
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import type { RunSession } from '../runSession.ts';
import { checkpointScheme, pathBelow } from './checkpointUri.ts';

const gateLabel = /^Gate at step \d/;
const reviewLabel = /^(Gate at step|Changes since checkpoint) \d/;

/** The path of the file whose diff, or whose version at a checkpoint, is in front; null: none, or a plain editor. */
export function reviewedPath(folder: vscode.Uri | null): string | null {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  if (tab === undefined || folder === null) return null;
  const uri = reviewedUri(tab);
  return uri === null ? null : pathBelow(folder.path, uri.path);
}

function reviewedUri({ input, label }: vscode.Tab): vscode.Uri | null {
  if (input instanceof vscode.TabInputTextDiff)
    return input.original.scheme === checkpointScheme ? input.modified : null;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom)
    return input.uri.scheme === checkpointScheme || label.endsWith('(added)') ? input.uri : null;
  const inner = vscode.window.activeTextEditor?.document.uri;
  return isMultiDiff(input) && reviewLabel.test(label) ? (inner ?? null) : null;
}

const otherInputs = [
  vscode.TabInputText,
  vscode.TabInputTextDiff,
  vscode.TabInputCustom,
  vscode.TabInputNotebook,
  vscode.TabInputNotebookDiff,
  vscode.TabInputTerminal,
  vscode.TabInputWebview,
];

/** It has no class in the stable API, so it is what no other is. */
export function isMultiDiff(input: unknown): boolean {
  return otherInputs.every((known) => !(input instanceof known));
}

/** A gate that is decided leaves no list of diffs behind that looks as if it still were to be decided. */
export function closeDecidedGates(session: RunSession): Disposable {
  return session.onEntry(({ type }) => {
    if (type !== 'gate.decided') return;
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const decided = tabs.filter(({ input, label, isDirty }) => isMultiDiff(input) && gateLabel.test(label) && !isDirty);
    if (decided.length > 0) void vscode.window.tabGroups.close(decided, true);
  });
}
