/**
 * Job: "Open Run…" and links: find a run of this machine, show it in this window or open its folder, and go to a place in it.
 * Boundary: only navigation: a link starts no engine, decides nothing and runs nothing; a folder is opened only when asked.
 */
import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable.ts';
import type { KnownRun } from '../../client/knownRuns.ts';
import { ask, tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { realOf } from '../runRecords.ts';
import { parseRunPath, runPath, type RunPlace } from '../runUri.ts';
import { deleteRun } from './deleteRun.ts';
import { diffWithPrevious } from './open.ts';
import { openGate } from './report.ts';
import { runItem } from './runItem.ts';
import { focusRun } from './start.ts';
import { telling } from './telling.ts';

export async function openRun(parts: Parts): Promise<void> {
  const chosen = await pickRun((await parts.runtime()).listRuns());
  if (chosen === 'none') void tell('Belay: no run was ever started on this machine.');
  else if (chosen?.act === 'delete') await deleteRun(parts, chosen.run);
  else if (chosen !== null) await show(parts, chosen.run, { runId: chosen.run.runId, at: null });
}

interface Picked {
  readonly run: KnownRun;
  readonly act: 'open' | 'delete';
}

const deleteButton: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('trash'),
  tooltip: 'Delete Run… (shows what that frees)',
};

interface RunPick extends vscode.QuickPickItem {
  readonly run: KnownRun;
}

/** The list grows while journals are read: the newest runs are there at once. null: left; 'none': there is no run. */
async function pickRun(runs: AsyncIterable<KnownRun>): Promise<Picked | 'none' | null> {
  const pick = vscode.window.createQuickPick<RunPick>();
  pick.title = 'Open Run';
  pick.placeholder = 'Name, state or folder';
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.keepScrollPosition = true;
  pick.busy = true;
  const chosen = new Promise<Picked | null>((resolve) => {
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      resolve(item === undefined ? null : { run: item.run, act: 'open' });
    });
    pick.onDidTriggerItemButton(({ item: { run } }) => {
      resolve({ run, act: 'delete' });
    });
    pick.onDidHide(() => {
      resolve(null);
    });
  });
  let isOpen = true;
  pick.show();
  try {
    const filled = async (): Promise<Picked | 'none' | null> =>
      (await fill(pick, runs, () => isOpen)) === 0 ? 'none' : chosen;
    return await Promise.race([chosen, filled()]);
  } finally {
    isOpen = false;
    pick.dispose();
  }
}

/** @returns how many runs there are */
async function fill(
  pick: vscode.QuickPick<RunPick>,
  runs: AsyncIterable<KnownRun>,
  isOpen: () => boolean,
): Promise<number> {
  for await (const run of runs) {
    if (!isOpen()) break;
    const active = pick.activeItems;
    pick.items = [...pick.items, { ...runItem(run), run, buttons: [deleteButton] }];
    // What is marked stays marked while the list grows below it.
    if (active.length > 0) pick.activeItems = active;
  }
  pick.busy = false;
  return pick.items.length;
}

/** Handles `vscode://belay.belay/run/…`; a failure becomes a message. */
export function handleLinks(parts: Parts): Disposable {
  return vscode.window.registerUriHandler({
    handleUri: (uri) => telling(parts.log, 'link', () => followLink(parts, uri.path)),
  });
}

export async function followLink(parts: Parts, path: string): Promise<void> {
  const place = parseRunPath(path);
  if (place === null)
    throw new Error('This link names no run of Belay. One looks like …/run/20261123-0640-7f3a/step/12.');
  if (parts.session.runId === place.runId) {
    await goTo(parts, place);
    return;
  }
  const run = await (await parts.runtime()).findRun(place.runId);
  if (run === null) throw new Error(`There is no run ${place.runId} on this machine.`);
  await show(parts, run, place);
}

/** Goes where a link led whose folder this window was opened for. */
export async function followAskedLink(parts: Parts): Promise<void> {
  const asked = await parts.askedLink.take(parts.tasks.folders.map(({ uri }) => uri.fsPath));
  if (asked !== null) await followLink(parts, asked.what);
}

async function show(parts: Parts, run: KnownRun, place: RunPlace): Promise<void> {
  const { session } = parts;
  const { runId, workspace, damage } = run;
  if (damage !== null || workspace === null)
    throw new Error(`Run ${runId} can’t be opened: ${damage ?? 'it has no folder'}.`);
  const folders = await Promise.all(parts.tasks.folders.map(({ uri }) => realOf(uri.fsPath)));
  if (!folders.includes(workspace)) {
    await offerFolder(parts, run, workspace, place);
    return;
  }
  if (session.runId !== runId) {
    if (session.connection.kind === 'attached' && session.state?.ended === null)
      throw new Error(
        `This window shows run ${session.runId ?? ''}, which goes on. Stop it first to look at ${runId}.`,
      );
    await session.adopt(runId, { chosen: true });
  }
  await goTo(parts, place);
}

async function offerFolder(
  parts: Parts,
  { runId, state }: KnownRun,
  workspace: string,
  place: RunPlace,
): Promise<void> {
  const name = state?.run?.task.name ?? runId;
  const choice = await ask(
    { text: `Open the folder of “${name}”?`, detail: `Run ${runId} is in ${workspace}.` },
    'Open in New Window',
  );
  if (choice === undefined) return;
  await parts.askedLink.ask(workspace, runPath(place));
  await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(workspace), { forceNewWindow: true });
}

async function goTo(parts: Parts, { at }: RunPlace): Promise<void> {
  if (at?.kind === 'gate') await openGate(parts, at.number);
  else if (at?.kind === 'checkpoint') await openCheckpoint(parts, at.number);
  else {
    await focusRun(parts);
    if (at !== null) reveal(parts, at.number);
  }
}

async function openCheckpoint(parts: Parts, checkpoint: number): Promise<void> {
  if (parts.session.state?.checkpoints.get(checkpoint) === undefined)
    throw new Error(`This run has no checkpoint ${String(checkpoint)}.`);
  await focusRun(parts);
  if (checkpoint > 0) await diffWithPrevious(parts, checkpoint);
}

function reveal(parts: Parts, step: number): void {
  const started = parts.session.state?.stepsStarted ?? 0;
  if (step < 1 || step > started)
    throw new Error(`This run has no step ${String(step)}; its last one is ${String(started)}.`);
  parts.runView.reveal(step);
}

/** The link of a step or a checkpoint, to the clipboard. */
export async function copyLink(parts: Parts, at: RunPlace['at']): Promise<void> {
  const { runId } = parts.session;
  if (runId === null) throw new Error('This window shows no run.');
  const link = vscode.Uri.from({
    scheme: vscode.env.uriScheme,
    authority: 'belay.belay',
    path: runPath({ runId, at }),
  });
  await vscode.env.clipboard.writeText(link.toString());
}
