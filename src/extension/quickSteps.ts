/**
 * Job: questions of several steps in VS Code's quick input: a title, "2/6", a way back, and an end at any time.
 * Boundary: knows nothing of what is asked.
 */
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable.ts';

export type StepAnswer<T> =
  { readonly kind: 'answer'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'cancel' };

export interface Step {
  readonly title: string;
  /** From 1. */
  readonly step: number;
  readonly totalSteps: number;
}

export interface StepItem<T> extends vscode.QuickPickItem {
  readonly value: T;
}

const back = { kind: 'back' } as const;
const cancel = { kind: 'cancel' } as const;

interface Pick<T> extends Step {
  readonly placeHolder: string;
  readonly items: readonly StepItem<T>[];
  /** What stands under the cursor. */
  readonly active?: (value: T) => boolean;
}

/** One of the items. */
export function pickStep<T>(options: Pick<T>): Promise<StepAnswer<T>> {
  const pick = quickPick(options);
  const active = pick.items.find(({ value }) => options.active?.(value) === true);
  if (active !== undefined) pick.activeItems = [active];
  return shown(pick, options.step, () => {
    const [chosen] = pick.selectedItems;
    return chosen === undefined ? null : chosen.value;
  });
}

/** Any number of the items, none too. */
export function tickStep<T>(
  options: Pick<T> & { readonly ticked: (value: T) => boolean },
): Promise<StepAnswer<readonly T[]>> {
  const pick = quickPick(options);
  pick.canSelectMany = true;
  pick.selectedItems = pick.items.filter(({ value }) => options.ticked(value));
  return shown(pick, options.step, () => pick.selectedItems.map(({ value }) => value));
}

export interface Input extends Step {
  readonly prompt: string;
  readonly value: string;
  readonly placeHolder?: string;
  /** What is said under the box while it is typed; an error keeps the step. The newest answer counts. */
  readonly check: (value: string) => Promise<vscode.InputBoxValidationMessage | undefined>;
}

/** A line of text, trimmed. */
export function inputStep(options: Input): Promise<StepAnswer<string>> {
  const box = vscode.window.createInputBox();
  box.title = options.title;
  box.step = options.step;
  box.totalSteps = options.totalSteps;
  box.prompt = options.prompt;
  box.value = options.value;
  box.placeholder = options.placeHolder ?? '';
  box.ignoreFocusOut = true;
  let newest = 0;
  const check = async (): Promise<boolean> => {
    const mine = ++newest;
    const said = await options.check(box.value.trim());
    if (mine !== newest) return false; // something else was typed meanwhile
    box.validationMessage = said;
    return said?.severity !== vscode.InputBoxValidationSeverity.Error;
  };
  box.onDidChangeValue(() => void check());
  void check();
  return shown(box, options.step, async () => ((await check()) ? box.value.trim() : null));
}

function quickPick<T>({ title, step, totalSteps, placeHolder, items }: Pick<T>): vscode.QuickPick<StepItem<T>> {
  const pick = vscode.window.createQuickPick<StepItem<T>>();
  pick.title = title;
  if (totalSteps > 1) {
    pick.step = step;
    pick.totalSteps = totalSteps;
  }
  pick.placeholder = placeHolder;
  pick.items = items;
  pick.matchOnDescription = true;
  pick.ignoreFocusOut = true;
  return pick;
}

/** Shows it until it is answered; `read` gives null where it is not answered yet. */
function shown<T>(
  input: vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox,
  step: number,
  read: () => T | null | Promise<T | null>,
): Promise<StepAnswer<T>> {
  const store = new DisposableStore();
  store.add(input);
  if (step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  const answered = new Promise<StepAnswer<T>>((resolve, reject) => {
    const accept = async (): Promise<void> => {
      const value = await read();
      if (value !== null) resolve({ kind: 'answer', value });
    };
    store.add(input.onDidAccept(() => void accept().catch(reject)));
    store.add(
      input.onDidHide(() => {
        resolve(cancel);
      }),
    );
    store.add(
      input.onDidTriggerButton((button) => {
        if (button === vscode.QuickInputButtons.Back) resolve(back);
      }),
    );
  });
  input.show();
  return answered.finally(() => {
    store.dispose();
  });
}
