/**
 * Job: what the supervisor decides: review, accept, redirect, roll back, undo.
 * Boundary: a decision is a request; its fact comes back as an entry. The first decision of two windows wins, and the
 *   other's request is refused with the reason.
 * Rules: G3 a decision carries what was shown: the palette's shows it before it is taken. C4 a rollback is planned and
 *   its plan is shown first.
 */
import * as vscode from 'vscode';
import type { RollbackPlan } from '../../protocol/messages.ts';
import { isRefusal } from '../../protocol/refused.ts';
import type { RollbackPart, Shown } from '../../run/entry.ts';
import { capitalised, formatBytes, formatCounted, formatRate, rollbackSentence } from '../../run/forDisplay.ts';
import type { RunState } from '../../run/state.ts';
import { usdWords } from '../../run/costs.ts';
import { rateWords } from '../../run/inOneLine.ts';
import { canCommit, gateSentence } from '../../run/status.ts';
import { settings } from '../settings.ts';
import { tellOfRecording } from '../views/recordingNews.ts';
import type { Parts, PlanPlace } from '../parts.ts';
import { openDiff, openDiffs } from '../review/openDiffs.ts';
import { tell } from '../notify.ts';
import { askedHere } from './askedHere.ts';
import { acceptAndCommit } from './commit.ts';
import { openAllDiffs } from './review.ts';
import { shownNow, stateOf } from './shown.ts';
import { focusRun } from './start.ts';
import { telling } from './telling.ts';

function gateOf(parts: Parts): NonNullable<RunState['gate']> {
  const { gate } = stateOf(parts);
  if (gate === null) throw new Error('No gate is open.');
  return gate;
}

/** Accept from the palette: shows what is accepted, then asks. */
export async function acceptFromPalette(parts: Parts): Promise<void> {
  const gate = gateOf(parts);
  const state = stateOf(parts);
  const shown = shownNow(parts);
  const accept = {
    label: '$(check) Accept',
    description: `checkpoint ${String(gate.checkpoint)}`,
    detail: shownDetail(state, shown),
  };
  const review = { label: '$(diff-multiple) Open All Diffs', description: formatCounted(shown.filesChanged, 'file') };
  const choice = await vscode.window.showQuickPick([accept, review], {
    title: gateSentence(gate),
    ignoreFocusOut: true,
  });
  if (choice === accept) await acceptGate(parts, gate.gate, shown);
  if (choice === review) await openAllDiffs(parts);
}

function shownDetail(state: RunState, shown: Shown): string {
  return [
    `Visible ${rateWords(state, 'visible')}`,
    ...(state.run?.task.hasHeldOut === true ? [`Held-out ${rateWords(state, 'heldOut')}`] : []),
    `${formatCounted(shown.filesChanged, 'file')} changed`,
    state.run?.task.model.price === null ? 'cost not known' : `${usdWords(state, shown.spentUsd)} spent`,
  ].join(' · ');
}

/** With a commit where the setting wants one and the folder has a repository. @returns false where the supervisor gave up */
export async function acceptGate(parts: Parts, gate: number, shown: Shown): Promise<boolean> {
  if (settings.commitOnAccept() && canCommit(stateOf(parts))) return acceptAndCommit(parts, shown);
  await decideGate(parts, gate, 'accept', shown);
  return true;
}

type GateChoice = 'accept' | 'redirect' | 'rollback';

async function decideGate(
  parts: Parts,
  gate: number,
  decision: GateChoice,
  shown: Shown,
  more: { readonly text?: string; readonly to?: number; readonly planDigest?: string; readonly reason?: string } = {},
): Promise<void> {
  const { gates, decisions } = parts.asked;
  try {
    await askedHere(gates, gate, () => parts.session.request('decide', { gate, decision, shown, ...more }));
  } catch (error) {
    // Its entry came before the refusal: the engine answers in order.
    const told = decisions.get(gate);
    throw told === undefined ? error : new Error(`${capitalised(told)}, before you did.`, { cause: error });
  }
}

export function redirectFromPalette(parts: Parts): Promise<void> {
  return askRedirect(parts);
}

/** @param words to begin with */
export async function askRedirect(parts: Parts, words = ''): Promise<void> {
  const { gate } = stateOf(parts);
  const shown = shownNow(parts);
  const text = await vscode.window.showInputBox({
    title: gate === null ? 'Redirect' : gateSentence(gate),
    prompt: 'Say what to do differently. It stands in the next prompt and binds the rest of the run.',
    value: words,
    ignoreFocusOut: true,
    validateInput: (value) => (value.length > 20_000 ? 'At most 20,000 characters.' : undefined),
  });
  if (text === undefined || text.trim() === '') return;
  const directive = await redirect(parts, text.trim(), shown);
  // The command is over when the directive is in; its toast stays as long as it likes.
  void telling(parts.log, 'withdraw', async () => {
    const choice = await tell(`Belay: directive ${String(directive)}, in the next prompt.`, 'Withdraw');
    if (choice === 'Withdraw') await parts.session.request('withdraw', { directive });
  });
}

/** Adds a directive and returns its number; at an open gate this decides it. */
export async function redirect(parts: Parts, text: string, shown: Shown): Promise<number> {
  const gate = stateOf(parts).gate?.gate;
  const ask = () => parts.session.request('redirect', { text, shown });
  const { directive } = gate === undefined ? await ask() : await askedHere(parts.asked.gates, gate, ask);
  tellOfRecording(parts);
  return directive;
}

interface CheckpointItem extends vscode.QuickPickItem {
  readonly checkpoint: number;
}

/** Asks for the checkpoint to go back to; undefined: none was chosen. */
export async function pickCheckpoint(
  parts: Parts,
  title = 'Roll back to which checkpoint?',
): Promise<number | undefined> {
  const state = stateOf(parts);
  const whole = state.checkpoints.filter(({ thinned }) => thinned !== true);
  const items = whole.reverse().map((c): CheckpointItem => ({
    label: `${String(c.checkpoint)}  ${c.title}`,
    description: [c.visible === undefined ? '' : formatRate(c.visible), c.checkpoint === state.head ? 'here' : '']
      .filter((word) => word !== '')
      .join('  '),
    checkpoint: c.checkpoint,
  }));
  if (items.length === 0) throw new Error('The run has no checkpoint yet.');
  const options = { title, matchOnDescription: true, ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(items, options))?.checkpoint;
}

/** Plans a rollback and shows the plan, in the Run view or as a quick pick; nothing is written yet (C4). */
export async function planRollback(parts: Parts, to: number, place: PlanPlace, only?: RollbackPart): Promise<void> {
  const plan = await parts.session.request('planRollback', { to, ...(only && { only }) });
  if (place === 'panel') {
    await focusRun(parts);
    parts.runView.showPlan(plan);
  } else await showPlan(parts, plan);
}

export async function rollBackFromPalette(parts: Parts): Promise<void> {
  const to = await pickCheckpoint(parts);
  if (to !== undefined) await planRollback(parts, to, 'palette');
}

async function showPlan(parts: Parts, plan: RollbackPlan): Promise<void> {
  const go: PlanItem = { label: '$(discard) Roll Back', detail: rollbackSentence(plan) };
  const look: PlanItem = { label: '$(diff-multiple) Show Diff', description: 'the folder now against this checkpoint' };
  const files: PlanItem = { label: 'Files', kind: vscode.QuickPickItemKind.Separator };
  const rows = plan.paths.map((p): PlanItem => ({
    label: p.path,
    description: [p.action, formatBytes(p.bytes), p.reason ?? ''].filter((word) => word !== '').join(', '),
    path: p.path,
  }));
  const title = `Back to checkpoint ${String(plan.to)}`;
  const choice = await vscode.window.showQuickPick([go, look, files, ...rows], { title, ignoreFocusOut: true });
  if (choice === go) await askWhy(parts, plan, title);
  else if (choice === look) await openRollbackDiff(parts, plan.to);
  else if (choice?.path !== undefined) await openPlannedFile(parts, plan.to, choice.path);
}

/** The reason is optional; Escape rolls nothing back. */
async function askWhy(parts: Parts, { to, digest: planDigest }: RollbackPlan, title: string): Promise<void> {
  const reason = await vscode.window.showInputBox({
    title,
    prompt: 'Why? (goes to the agent; optional)',
    placeHolder: 'Enter rolls back, also without a reason',
    ignoreFocusOut: true,
    validateInput: (value) => (value.length > 20_000 ? 'At most 20,000 characters.' : undefined),
  });
  if (reason !== undefined)
    await carryOut(parts, { to, planDigest, reason: reason.trim() }, shownNow(parts), 'palette');
}

interface PlanItem extends vscode.QuickPickItem {
  readonly path?: string;
}

/** What a rollback to this checkpoint would change. */
export async function openRollbackDiff(parts: Parts, to: number): Promise<void> {
  await openDiffs(parts.diffs, 'workspace', to, `Back to checkpoint ${String(to)}`);
}

/** One file of a plan: the folder now against the checkpoint. */
export async function openPlannedFile(parts: Parts, to: number, path: string): Promise<void> {
  const { files } = await parts.session.request('compare', { from: 'workspace', to, paths: [path] });
  const file = files.find((f) => f.path === path);
  if (file === undefined) throw new Error(`${path} does not differ from checkpoint ${String(to)}.`);
  await openDiff(parts.diffs, { file, from: 'workspace', to });
}

export interface WantedRollback {
  readonly to: number;
  readonly planDigest: string;
  readonly reason?: string;
  readonly only?: RollbackPart;
}

/** Rolls back by a plan that was shown; an open gate is decided by it, but not by a rollback of a part. */
export async function carryOut(
  parts: Parts,
  { to, planDigest, reason = '', only }: WantedRollback,
  shown: Shown,
  place: PlanPlace,
): Promise<void> {
  const wanted = { to, planDigest, ...(reason !== '' && { reason }), ...(only && { only }) };
  const gate = only === undefined ? stateOf(parts).gate?.gate : undefined;
  const ask = async (): Promise<unknown> =>
    gate === undefined ? parts.session.request('rollBack', wanted) : decideGate(parts, gate, 'rollback', shown, wanted);
  const progress = { location: { viewId: 'belay.run' } };
  await vscode.window.withProgress(progress, async () => {
    try {
      if (place === 'palette') await askedHere(parts.asked.rollbacks, to, ask);
      else await ask();
    } catch (error) {
      if (!isRefusal(error) || error.code !== 'cancelled') throw error;
    }
  });
  parts.runView.showPlan(null);
}

/** Leaves the plan, and takes a rollback back that waits for the end of the step. */
export async function leavePlan(parts: Parts): Promise<void> {
  parts.runView.showPlan(null);
  if (parts.session.connection.kind === 'attached') await parts.session.request('cancelRollback', {});
}

export async function undoRollback(parts: Parts): Promise<void> {
  await vscode.window.withProgress({ location: { viewId: 'belay.run' } }, () =>
    parts.session.request('undoRollback', {}),
  );
}
