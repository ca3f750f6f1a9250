/**
 * Job: the diff in front whose left side is a checkpoint: which file, which checkpoint, and the lines that are selected in it. In a
 *   list of diffs that is the file whose right side has the keyboard.
 * Boundary: VS Code's tabs and editors; what is done with it stands in commands/.
 */
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable.ts';
import { checkpointScheme, parseCheckpointQuery, pathBelow, type CheckpointAddress } from './checkpointUri.ts';
import type { DiffSource } from './openDiffs.ts';
import { isMultiDiff } from './reviewTabs.ts';

export interface ShownDiff {
  /** Relative to the workspace. */
  readonly path: string;
  /** The left side's. */
  readonly checkpoint: number;
  readonly runId: string;
  readonly right: vscode.Uri;
}

type Source = Pick<DiffSource, 'folder' | 'lists'>;

/** null: another editor is in front, or a diff of something else. */
export function diffInFront(source: Source): ShownDiff | null {
  const sides = sidesInFront(source);
  const folder = source.folder();
  if (sides === null || folder === null) return null;
  const { left, right } = sides;
  const address = addressOf(left);
  const path = pathBelow(folder.path, left.path);
  // To a commit of the supervisor's repository Belay rolls nothing back.
  if (address === null || path === null || typeof address.side !== 'number') return null;
  return { path, checkpoint: address.side, runId: address.runId, right };
}

function addressOf({ scheme, query }: vscode.Uri): CheckpointAddress | null {
  return scheme === checkpointScheme ? parseCheckpointQuery(query) : null;
}

interface Sides {
  readonly left: vscode.Uri;
  readonly right: vscode.Uri;
}

function sidesInFront({ lists }: Source): Sides | null {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  if (tab === undefined) return null;
  if (tab.input instanceof vscode.TabInputTextDiff) return { left: tab.input.original, right: tab.input.modified };
  const right = isMultiDiff(tab.input) ? vscode.window.activeTextEditor?.document.uri : undefined;
  const left = right && lists.at(tab.label)?.get(right.toString());
  return right === undefined || left === undefined ? null : { left: vscode.Uri.parse(left, true), right };
}

/** Where `diffInFront` finds none, in words for a person. */
export function whyNoDiff({ lists }: Source): string {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const isList = tab !== undefined && isMultiDiff(tab.input) && lists.at(tab.label) !== null;
  if (!isList) return 'Open the diff of a file with a checkpoint.';
  return 'Put the cursor into the right side of a file that was changed. One that is new, or gone, goes back from its row in Review.';
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

/**
 * Tells VS Code when the menus of such a diff are wanted. A list of diffs has them wherever the keyboard is: a menu that is opened
 * with the mouse is drawn before the editor under it is known here.
 */
export function tellDiffInFront(source: Source): Disposable {
  const store = new DisposableStore();
  let told: boolean | null = null;
  const tell = (): void => {
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    const isList = tab !== undefined && isMultiDiff(tab.input);
    const is = isList ? isOfCheckpoint(source, tab.label) : diffInFront(source) !== null;
    if (is === told) return;
    told = is;
    void vscode.commands.executeCommand('setContext', 'belay.checkpointInFront', is);
  };
  store.add(vscode.window.tabGroups.onDidChangeTabs(tell));
  store.add(vscode.window.tabGroups.onDidChangeTabGroups(tell));
  tell();
  return store;
}

function isOfCheckpoint({ lists }: Source, label: string): boolean {
  const [left] = lists.at(label)?.values() ?? [];
  return left !== undefined && typeof addressOf(vscode.Uri.parse(left, true))?.side === 'number';
}
