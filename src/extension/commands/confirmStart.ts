/**
 * Job: the one question before a start: its truths, what is missing with a way to get it, and a line to tick where the run
 * would not be sealed.
 * Boundary: asks; what is true was found by the engine's preflight, the words are confirmation.ts's.
 * Rules: H2 nothing runs without a seal unless the supervisor ticks it, each time anew.
 */
import * as vscode from 'vscode';
import { isSealed, startDetail, tickWords, type StartFacts } from '../confirmation.ts';
import { ask, tell, warn } from '../notify.ts';

/** 'again': something that was missing is there now. */
export type StartAnswer = 'start' | 'changeLimits' | 'enterKey' | 'cancel';

const installCommand = 'sudo apt install bubblewrap';

export async function confirmStart(name: string, facts: StartFacts): Promise<StartAnswer> {
  const sealed = isSealed(facts);
  const go = sealed ? 'Start' : 'Start NOT Sealed…';
  const key = facts.missingKey === null ? [] : ['Enter Key…'];
  const install = facts.sandbox.available ? [] : ['Install a Sandbox…'];
  const question = { text: `Start “${name}”?`, grave: !sealed, detail: startDetail(facts) };
  const choice = await ask(question, go, ...key, ...install, 'Change Limits…');
  if (choice === 'Change Limits…') return 'changeLimits';
  if (choice === 'Enter Key…') return 'enterKey';
  if (choice === 'Install a Sandbox…') await showInstall();
  if (choice !== go) return 'cancel';
  return sealed || (await isTicked(name, facts)) ? 'start' : 'cancel';
}

/** Belay installs nothing by itself: this needs the rights of an administrator. */
async function showInstall(): Promise<void> {
  const choice = await tell(
    `Belay: install bubblewrap 0.8 or newer, on Debian with “${installCommand}”.`,
    'Copy Command',
  );
  if (choice !== undefined) await vscode.env.clipboard.writeText(installCommand);
}

async function isTicked(name: string, facts: StartFacts): Promise<boolean> {
  const line = { label: tickWords(facts) };
  const ticked = await vscode.window.showQuickPick([line], {
    canPickMany: true,
    ignoreFocusOut: true,
    title: `Start “${name}” NOT sealed?`,
    placeHolder: 'Tick the line, then OK; without the tick nothing starts',
  });
  if (ticked === undefined) return false;
  if (ticked.length === 0) void warn('Belay: no run was started: the line was not ticked.');
  return ticked.length > 0;
}
