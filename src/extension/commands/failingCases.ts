/**
 * Job: "Show Failing Cases…": which visible cases do not pass where the workspace stands, those first that passed before.
 * Boundary: one quick pick; a case opens as a read-only document. Ids are anybody's text: they are drawn, never obeyed.
 */
import * as vscode from 'vscode';
import type { VisibleCase, VisibleCases } from '../../protocol/messages.ts';
import type { VerdictKind } from '../../run/entry.ts';
import { failingOf, failingSentence, fellWords, othersWords } from '../../run/failingCases.ts';
import { forPick } from '../../run/forDisplay.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';

interface CaseItem extends vscode.QuickPickItem {
  readonly id?: string;
}

export async function showFailing(parts: Parts): Promise<void> {
  const found = await parts.session.request('visibleCases', {});
  const title = failingSentence(found);
  const items = itemsOf(found);
  if (items.length === 0 || found.checkpoint === null) {
    void tell(`Belay: ${uncapitalised(title)}.`);
    return;
  }
  const options = { title, placeHolder: 'Open which case?', matchOnDescription: true };
  const chosen = await vscode.window.showQuickPick(items, options);
  if (chosen?.id !== undefined) await parts.documents.openCase(chosen.id, found.checkpoint);
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
