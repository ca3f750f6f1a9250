/**
 * Job: the diff in front whose left side is a checkpoint: which file, which checkpoint, and the lines that are selected in it.
 * Boundary: VS Code's tabs and editors; what is done with it stands in commands/.
 */
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import { checkpointScheme, parseCheckpointQuery, pathBelow } from './checkpointUri.ts';

export interface ShownDiff {
  /** Relative to the workspace. */
  readonly path: string;
  /** The left side's. */
  readonly checkpoint: number;
  readonly runId: string;
  readonly right: vscode.Uri;
}

/** null: another editor is in front, or a diff of something else. */
export function diffInFront(folder: vscode.Uri | null): ShownDiff | null {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vscode.TabInputTextDiff) || folder === null) return null;
  const { original, modified } = input;
  const address = original.scheme === checkpointScheme ? parseCheckpointQuery(original.query) : null;
  const path = pathBelow(folder.path, original.path);
  // To a commit of the supervisor's repository Belay rolls nothing back.
  if (address === null || path === null || typeof address.side !== 'number') return null;
  return { path, checkpoint: address.side, runId: address.runId, right: modified };
}

/** Lines of the right side that are selected, or that the cursor is in; from 1, both inclusive. Throws with words for a person. */
export function selectedLines({ right }: ShownDiff): { readonly first: number; readonly last: number } {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.toString() !== right.toString())
    throw new Error('Put the cursor into the right side of the diff, at the change to roll back.');
  if (editor.document.isDirty) throw new Error('The file has unsaved changes in an editor: save or close it first.');
  const { start, end } = editor.selection;
  // A selection of whole lines ends at the beginning of the next one.
  const last = end.character === 0 && end.line > start.line ? end.line : end.line + 1;
  return { first: start.line + 1, last };
}

/** Tells VS Code when the menus of such a diff are wanted. */
export function tellDiffInFront(folder: () => vscode.Uri | null): Disposable {
  const store = new DisposableStore();
  let told: boolean | null = null;
  const tell = (): void => {
    const is = diffInFront(folder()) !== null;
    if (is === told) return;
    told = is;
    void vscode.commands.executeCommand('setContext', 'belay.checkpointInFront', is);
  };
  store.add(vscode.window.tabGroups.onDidChangeTabs(tell));
  store.add(vscode.window.tabGroups.onDidChangeTabGroups(tell));
  tell();
  return store;
}
