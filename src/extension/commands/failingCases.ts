/**
 * Job: "Show Failing Cases…": which visible cases do not pass where the workspace stands, those first that passed before.
 * Boundary: one quick pick; a case opens as a read-only document. Ids are anybody's text: they are drawn, never obeyed.
 */
import * as vscode from 'vscode';
import type { VisibleCase } from '../../protocol/messages.ts';
import type { VerdictKind } from '../../run/entry.ts';
import { forPick, formatCount, formatCounted } from '../../run/forDisplay.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';

interface CaseItem extends vscode.QuickPickItem {
  readonly id?: string;
}

export async function showFailing(parts: Parts): Promise<void> {
  const found = await parts.session.request('visibleCases', {});
  const { checkpoint } = found;
  if (checkpoint === null) throw new Error('No visible case was verified where the folder stands now.');
  const ran = found.cases.filter(({ verdict }) => verdict !== null);
  const failing = ran.filter(({ verdict }) => verdict !== 'pass');
  const at = `at checkpoint ${formatCount(checkpoint)}`;
  if (failing.length === 0) {
    void tell(`Belay: all ${formatCounted(ran.length, 'visible case')} pass ${at}.`);
    return;
  }
  const not = failing.length === 1 ? 'does not pass' : 'do not pass';
  const title = `${formatCount(failing.length)} of ${formatCounted(ran.length, 'visible case')} ${not} ${at}`;
  const options = { title, placeHolder: 'Open which case?', matchOnDescription: true };
  const chosen = await vscode.window.showQuickPick(itemsOf(failing, found.before), options);
  if (chosen?.id !== undefined) await parts.documents.openCase(chosen.id, checkpoint);
}

function itemsOf(failing: readonly VisibleCase[], before: number | null): readonly CaseItem[] {
  const fell = failing.filter((one) => one.fell === true);
  const others = failing.filter((one) => one.fell !== true);
  const separator = (label: string): CaseItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  if (fell.length === 0) return others.map(itemOf);
  return [
    separator(`passed at checkpoint ${formatCount(before ?? 0)}`),
    ...fell.map(itemOf),
    ...(others.length === 0 ? [] : [separator('did not pass before')]),
    ...others.map(itemOf),
  ];
}

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
