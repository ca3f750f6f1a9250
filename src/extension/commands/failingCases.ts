/**
 * Job: "Show Failing Cases…": which visible cases do not pass where the workspace stands, those first that passed before.
 * Boundary: one quick pick; a case opens as a read-only document, its row's button finds the step that broke it. Ids are anybody's
 *   text: they are drawn, never obeyed.
 */
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import type { VisibleCase, VisibleCases } from '../../protocol/messages.ts';
import type { VerdictKind } from '../../run/entry.ts';
import { failingOf, failingSentence, fellWords, othersWords } from '../../run/failingCases.ts';
import { forPick } from '../../run/forDisplay.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { caseOfDocument } from '../review/documents.ts';
import { findBreakOf } from './findBreak.ts';

interface CaseItem extends vscode.QuickPickItem {
  readonly id?: string;
}

export async function showFailing(parts: Parts): Promise<void> {
  const listed = await listFailing(parts);
  if (listed === null) return;
  const { items, title, checkpoint } = listed;
  const withButton = items.map((item) => (item.id === undefined ? item : { ...item, buttons: [findButton] }));
  const { id, find } = await pickOrFind(withButton, title);
  if (id === undefined) return;
  if (find) await findBreakOf(parts, id);
  else await parts.documents.openCase(id, checkpoint);
}

/** Of the case whose document is in front, or of one that is picked. */
export async function findBreakFromPalette(parts: Parts): Promise<void> {
  const front = vscode.window.activeTextEditor?.document.uri;
  const id = (front && caseOfDocument(front)) ?? (await pickFailing(parts, 'Find the step that broke which case?'));
  if (id !== undefined) await findBreakOf(parts, id);
}

/** Asks for a case that does not pass; undefined: none was chosen, or none fails, which is told. */
async function pickFailing(parts: Parts, placeHolder: string): Promise<string | undefined> {
  const listed = await listFailing(parts);
  if (listed === null) return undefined;
  const options = { title: listed.title, placeHolder, matchOnDescription: true };
  return (await vscode.window.showQuickPick(listed.items, options))?.id;
}

/** null: nothing fails, or nothing is known, which is told. */
async function listFailing(parts: Parts) {
  const found = await parts.session.request('visibleCases', {});
  const title = failingSentence(found);
  const items = itemsOf(found);
  if (items.length > 0 && found.checkpoint !== null) return { items, title, checkpoint: found.checkpoint };
  void tell(`Belay: ${uncapitalised(title)}.`);
  return null;
}

const findButton: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('search'),
  tooltip: 'Find the Step That Broke It',
};

interface Picked {
  readonly id: string | undefined;
  /** By the row's button. */
  readonly find: boolean;
}

async function pickOrFind(items: readonly CaseItem[], title: string): Promise<Picked> {
  const store = new DisposableStore();
  const pick = store.add(vscode.window.createQuickPick<CaseItem>());
  pick.items = items;
  pick.title = title;
  pick.placeholder = 'Open which case?';
  pick.matchOnDescription = true;
  try {
    return await new Promise<Picked>((resolve) => {
      store.add(
        pick.onDidAccept(() => {
          resolve({ id: pick.selectedItems[0]?.id, find: false });
        }),
      );
      store.add(
        pick.onDidTriggerItemButton(({ item }) => {
          resolve({ id: item.id, find: true });
        }),
      );
      store.add(
        pick.onDidHide(() => {
          resolve({ id: undefined, find: false });
        }),
      );
      pick.show();
    });
  } finally {
    store.dispose();
  }
}

function itemsOf(found: VisibleCases): readonly CaseItem[] {
  const { fell, others } = failingOf(found);
  const separator = (label: string): CaseItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  if (fell.length === 0) return others.map(itemOf);
  const rest = others.length === 0 ? [] : [separator(othersWords), ...others.map(itemOf)];
  return [separator(fellWords(found)), ...fell.map(itemOf), ...rest];
}

const uncapitalised = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

const icons: Readonly<Record<VerdictKind, string>> = {
  pass: 'pass',
  fail: 'error',
  error: 'warning',
  timeout: 'watch',
  flaky: 'sync-ignored',
};

function itemOf({ id, verdict, tags }: VisibleCase): CaseItem {
  const kind = verdict ?? 'error';
  return { label: `$(${icons[kind]}) ${forPick(id)}`, description: forPick([kind, ...tags].join('  ')), id };
}
