/**
 * Job: open what a run holds: diffs of checkpoints, files, outputs, prompts, what a checkpoint does not cover.
 * Boundary: VS Code's own editors and quick picks; content by request to the engine.
 */
import * as vscode from 'vscode';
import { usdWords } from '../../run/costs.ts';
import type { Parts } from '../parts.ts';
import { fileUri, openDiffs } from '../review/openDiffs.ts';
import type { CheckpointNode } from '../views/checkpointsTree.ts';
import { stateOf } from './shown.ts';

export async function openFile(parts: Parts, path: string): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', fileUri(parts.diffs, path));
}

/** The checkpoint of a row; the command is only offered on one. */
export function checkpointOf(node: CheckpointNode | undefined): number {
  if (node?.kind !== 'checkpoint') throw new Error('Choose a checkpoint in the Checkpoints view.');
  return node.checkpoint;
}

export async function diffWithPrevious(parts: Parts, checkpoint: number): Promise<void> {
  if (checkpoint === 0) throw new Error('Checkpoint 0 is the baseline: nothing stands before it.');
  const before = stateOf(parts).checkpoints.findLast((c) => c.checkpoint < checkpoint && c.thinned !== true);
  await openDiffs(parts.diffs, before?.checkpoint ?? 0, checkpoint, `Checkpoint ${String(checkpoint)}`);
}

export async function diffWith(parts: Parts, checkpoint: number, other: 'workspace' | 'accepted'): Promise<void> {
  const names = { workspace: 'the folder', accepted: 'what is accepted' } as const;
  const name = names[other];
  await openDiffs(parts.diffs, checkpoint, other, `Checkpoint ${String(checkpoint)} and ${name}`);
}

/** The older of two selected checkpoints against the newer one. */
export async function diffSelected(parts: Parts, nodes: readonly CheckpointNode[] | undefined): Promise<void> {
  const chosen = new Set(
    (nodes ?? parts.checkpoints.selection).flatMap((n) => (n.kind === 'checkpoint' ? [n.checkpoint] : [])),
  );
  const [older, newer] = [...chosen].sort((a, b) => a - b);
  if (older === undefined || newer === undefined || chosen.size > 2)
    throw new Error('Select two checkpoints in the Checkpoints view.');
  await openDiffs(parts.diffs, older, newer, `Checkpoints ${String(older)} and ${String(newer)}`);
}

interface StepItem extends vscode.QuickPickItem {
  readonly step: number;
}

async function pickStep(parts: Parts, title: string): Promise<number | undefined> {
  await parts.session.served();
  const state = stateOf(parts);
  const done = [...state.steps].reverse().map((s): StepItem => ({
    label: `${String(s.step)}  ${s.title}`,
    description: usdWords(state, s.costUsd),
    step: s.step,
  }));
  const now: StepItem[] =
    state.step === null ? [] : [{ label: `${String(state.step.step)}  in progress`, step: state.step.step }];
  const items = [...now, ...done];
  if (items.length === 0) throw new Error('The run has no step yet.');
  return (await vscode.window.showQuickPick(items, { title }))?.step;
}

export async function openPromptFromPalette(parts: Parts): Promise<void> {
  const step = await pickStep(parts, 'Open the prompt of which step?');
  if (step !== undefined) await parts.documents.openPrompt(step);
}

export async function openOutputFromPalette(parts: Parts): Promise<void> {
  const step = await pickStep(parts, 'Open the output of which step?');
  if (step === undefined) return;
  const state = stateOf(parts);
  const calls =
    state.step?.step === step ? (state.step.calls ?? []) : (state.steps.find((s) => s.step === step)?.calls ?? []);
  if (calls.length === 0) throw new Error(`Step ${String(step)} ran no tool.`);
  const items = calls.map((call) => ({ label: call.title, callId: call.callId }));
  const chosen =
    items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: 'Output of which tool?' });
  if (chosen !== undefined) await parts.documents.openOutput(step, chosen.callId);
}
