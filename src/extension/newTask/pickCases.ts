/**
 * Job: choose a file of cases: one of those that were found, or another one, which is looked at before it is taken.
 * Boundary: asks; whether a file holds cases is told by the survey's reader.
 */
import { isAbsolute, relative } from 'node:path';
import * as vscode from 'vscode';
import { pickStep, type StepAnswer, type StepItem } from '../quickSteps.ts';
import type { Asking } from './asking.ts';

interface CasesChoice<T> {
  readonly placeHolder: string;
  readonly items: readonly StepItem<T>[];
  /** After "Choose a File…". */
  readonly last: StepItem<T>;
  readonly active: (value: T) => boolean;
  /** What "Choose a File…" says of itself. */
  readonly choose: string;
  /** The answer that a file makes; @param file as `belay.json` names it */
  readonly take: (file: string, isInside: boolean) => T;
  /** Why a file inside the folder is refused, after its name; absent: it isn't. */
  readonly refuse?: string;
}

export async function pickCases<T>(asking: Asking, choice: CasesChoice<T>): Promise<StepAnswer<T>> {
  const { step } = asking;
  const another = { label: 'Choose a File…', detail: choice.choose, value: null };
  const wrap = (item: StepItem<T>): StepItem<{ readonly value: T } | null> => ({
    ...item,
    value: { value: item.value },
  });
  let placeHolder = choice.placeHolder;
  for (;;) {
    const items = [...choice.items.map(wrap), another, wrap(choice.last)];
    const active = (taken: { readonly value: T } | null) => taken !== null && choice.active(taken.value);
    const picked = await pickStep({ ...step, placeHolder, items, active });
    if (picked.kind !== 'answer') return picked;
    if (picked.value !== null) return { kind: 'answer', value: picked.value.value };
    const file = await chooseFile(asking, choice);
    if ('taken' in file) return { kind: 'answer', value: file.taken };
    if (file.problem !== null) placeHolder = file.problem;
  }
}

async function chooseFile<T>(
  { maker, folder }: Asking,
  { take, refuse }: CasesChoice<T>,
): Promise<{ readonly taken: T } | { readonly problem: string | null }> {
  const root = folder.uri.fsPath;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      defaultUri: vscode.Uri.joinPath(folder.uri, '..'),
      filters: { 'Cases, one JSON object a line': ['jsonl', 'ndjson', 'json'] },
      openLabel: 'Choose',
    })) ?? [];
  if (chosen === undefined) return { problem: null };
  const look = await maker.suiteAt(chosen.fsPath, root);
  if (!look.ok) return { problem: look.message };
  const path = relative(root, chosen.fsPath);
  if (look.inside && refuse !== undefined) return { problem: `${path} ${refuse}` };
  const beside = !isAbsolute(path) && !path.startsWith('../..');
  return { taken: take(beside ? path : chosen.fsPath, look.inside) };
}
