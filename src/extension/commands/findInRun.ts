/**
 * Job: "Find in Run…": look for a text in all steps of a run, those that no window has loaded too, and go to one of them.
 * Boundary: one quick pick; the engine looks, a few megabytes of the journal at a time, and a move that nobody asks for is none:
 *   closing the list, or typing on, ends the search.
 */
import * as vscode from 'vscode';
import type { FoundInStep, FoundSteps } from '../../run/find.ts';
import { forPick, formatCount, formatCounted } from '../../run/forDisplay.ts';
import { limits } from '../../run/limits.ts';
import type { Parts } from '../parts.ts';
import { stateOf } from './shown.ts';
import { focusRun } from './start.ts';

interface FoundItem extends vscode.QuickPickItem {
  readonly step: number | null;
}

/** Typing on within this long begins no search. */
const typingMs = 250;

export async function findInRun(parts: Parts): Promise<void> {
  await parts.session.served();
  const step = await pickFound(parts);
  if (step === null) return;
  await focusRun(parts);
  parts.runView.reveal(step);
}

function pickFound(parts: Parts): Promise<number | null> {
  const pick = vscode.window.createQuickPick<FoundItem>();
  pick.title = 'Find in Run';
  pick.placeholder = 'Text in titles, answers, calls and outputs of all steps';
  pick.keepScrollPosition = true;
  let search = new AbortController();
  const chosen = new Promise<number | null>((resolve, reject) => {
    pick.onDidChangeValue((value) => {
      search.abort();
      search = new AbortController();
      const text = value.trim().slice(0, limits.findChars);
      pick.items = [];
      pick.busy = text !== '';
      pick.title = 'Find in Run';
      if (text === '') return;
      const { signal } = search;
      setTimeout(() => {
        find(parts, pick, text, signal).catch(reject);
      }, typingMs);
    });
    pick.onDidAccept(() => {
      const step = pick.activeItems[0]?.step;
      if (step !== undefined && step !== null) resolve(step);
    });
    pick.onDidHide(() => {
      resolve(null);
    });
  });
  pick.show();
  return chosen.finally(() => {
    search.abort();
    pick.dispose();
  });
}

/** Newest steps first; what is marked stays marked while the list grows below it. */
async function find(parts: Parts, pick: vscode.QuickPick<FoundItem>, text: string, signal: AbortSignal): Promise<void> {
  // As a call, since it may change while something is awaited.
  const isOver = () => signal.aborted;
  let before: number | null = stateOf(parts).stepsStarted + 1;
  while (before !== null && pick.items.length < limits.findShown && !isOver()) {
    const move: FoundSteps = await parts.session.request('find', { text, before });
    if (isOver()) return;
    before = move.before;
    const active = pick.activeItems;
    if (move.found.length > 0) pick.items = [...pick.items, ...move.found.map(itemOf)].slice(0, limits.findShown);
    if (active.length > 0) pick.activeItems = active;
    pick.title = `Find in Run: ${progressWords(pick.items.length, before)}`;
  }
  if (isOver()) return;
  pick.busy = false;
  if (pick.items.length === 0) pick.items = [{ label: 'No step holds this text', alwaysShow: true, step: null }];
}

/** "3 steps, searched back to step 12,340"; "the newest 200 steps"; "3 steps" */
function progressWords(found: number, before: number | null): string {
  if (found === limits.findShown) return `the newest ${formatCount(found)} steps that hold it`;
  const steps = formatCounted(found, 'step');
  return before === null ? steps : `${steps}, searched back to step ${formatCount(before)}`;
}

function itemOf({ step, title, where, call, excerpt, places }: FoundInStep): FoundItem {
  const name = title === '' ? 'in progress' : title;
  const more = places === 1 ? '' : ` and ${formatCounted(places - 1, 'more place')}`;
  return {
    label: `${formatCount(step)}  ${forPick(name)}`,
    ...(where !== 'title' && { detail: forPick(excerpt) }),
    description: `${placeNames[where]}${call === undefined ? '' : ` ${forPick(call)}`}${more}`,
    // VS Code would hold each row against what is typed, in its label alone.
    alwaysShow: true,
    step,
  };
}

const placeNames: Readonly<Record<FoundInStep['where'], string>> = {
  title: 'title',
  answer: 'answer',
  call: 'call',
  output: 'output of',
};
