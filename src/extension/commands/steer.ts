/**
 * Job: steer the run besides its gates: pause, resume, stop, limits, key, held-out, status.
 * Boundary: a request each; what became of it comes back as an entry.
 * Rules: B2 only the supervisor changes a limit. H4 each look at held-out is journalled, by the engine.
 */
import * as vscode from 'vscode';
import type { Requests } from '../../protocol/messages.ts';
import { isRefusal } from '../../protocol/refused.ts';
import { reached } from '../../run/budget.ts';
import type { BudgetKind, BudgetLimits } from '../../run/entry.ts';
import { formatCount, formatTokens, formatUsdLimit } from '../../run/forDisplay.ts';
import { initialState } from '../../run/reduce.ts';
import { statusSentence } from '../../run/inOneLine.ts';
import { spentWords } from '../../run/costs.ts';
import type { RunState } from '../../run/state.ts';
import type { Parts } from '../parts.ts';
import { taskFileName, taskFileOf } from '../taskFiles.ts';
import { ask, tell } from '../notify.ts';
import { stateOf } from './shown.ts';

export async function stop(parts: Parts): Promise<void> {
  const question = {
    text: 'Stop this run for good?',
    grave: true,
    detail: 'It ends after the call in progress, and the folder stays as it is. A stopped run does not go on.',
  };
  if ((await ask(question, 'Stop')) !== 'Stop') return;
  await parts.session.request('stop', {});
}

export async function startAgain(parts: Parts): Promise<void> {
  const result = await parts.session.startAgain();
  if (result.ok) return;
  const log = await (await parts.runtime()).readEngineLog(parts.session.runId ?? '');
  if (log !== '') parts.log.error(`the engine's log ends with:\n${log}`);
  throw new Error(result.message);
}

export function readStatus(parts: Parts): void {
  const { state, connection } = parts.session;
  void tell(
    `Belay: ${statusSentence(state ?? initialState, connection.kind, { now: Date.now(), linkSince: connection.since })}`,
  );
}

export async function showHeldOut(parts: Parts): Promise<void> {
  const shown = await lookAtHeldOut(parts);
  if (shown === null) return;
  const { rate, checkpoint } = shown;
  const looks = stateOf(parts).heldOutLooks;
  void tell(
    `Belay: held-out ${(rate * 100).toFixed(1)} % at checkpoint ${String(checkpoint)} (look ${formatCount(looks)}).`,
  );
}

/** The agent's command in progress is waited for, which may take minutes: until then it can be taken back. null: it was. */
async function lookAtHeldOut({ session }: Parts): Promise<Requests['showHeldOut']['result'] | null> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: 'Belay: verifying the held-out cases; the agent’s commands wait',
    cancellable: true,
  };
  return vscode.window.withProgress(progress, async (_, token) => {
    token.onCancellationRequested(() => void session.request('cancelHeldOut', {}));
    try {
      return await session.request('showHeldOut', {});
    } catch (error) {
      if (isRefusal(error) && error.code === 'cancelled') return null;
      throw error;
    }
  });
}

/** Asks for the model's key and hands it to the engine that waits, if one does. */
export async function enterKey(parts: Parts): Promise<void> {
  const host = await modelHostOf(parts);
  if (host === null) throw new Error('The model of this task wants no key.');
  const key = await parts.keys.ask(host);
  if (key !== undefined && parts.session.connection.kind === 'attached')
    await parts.session.request('provideKey', { key });
}

/** The host that the model's key is for, as `belay.json` names it; null where none is wanted. */
export async function modelHostOf(parts: Parts): Promise<string | null> {
  const runFolder = parts.diffs.folder();
  const folder = runFolder === null ? (await parts.tasks.withTask())[0] : undefined;
  const taskFile = runFolder === null ? folder && taskFileOf(folder) : vscode.Uri.joinPath(runFolder, taskFileName);
  if (taskFile === undefined) throw new Error(`This folder has no ${taskFileName}.`);
  const task = await (await parts.runtime()).inspectTask(taskFile.fsPath);
  if (!task.ok)
    throw new Error(
      `${taskFileName} must be right before a key can be kept for its endpoint: ${task.problems[0] ?? ''}`,
    );
  return task.modelHost;
}

interface LimitWords {
  readonly noun: string;
  readonly format: (value: number) => string;
  /** What one of the unit that is typed is in the limit's unit. */
  readonly unit: number;
}

const limitWords: Readonly<Record<BudgetKind, LimitWords>> = {
  costUsd: { noun: 'dollars', format: formatUsdLimit, unit: 1 },
  tokens: { noun: 'tokens', format: formatTokens, unit: 1 },
  wallMs: { noun: 'hours', format: (ms) => `${String(Number((ms / 3_600_000).toFixed(2)))} h`, unit: 3_600_000 },
  steps: { noun: 'steps', format: formatCount, unit: 1 },
};

interface LimitItem extends vscode.QuickPickItem {
  readonly limit: BudgetKind;
  readonly bound: 'soft' | 'hard';
  readonly now: number;
}

export async function raiseLimits(parts: Parts): Promise<void> {
  const state = stateOf(parts);
  const { budget } = state;
  const all = limitItems(budget.limits);
  if (all.length === 0) throw new Error('This run has no limit.');
  const items = state.paused?.reason === 'budget' ? waitedFor(all, state) : all;
  const title = `Raise which limit? Spent ${spentWords(state)}, ${formatTokens(budget.tokens)} tokens.`;
  const item = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title });
  if (item === undefined) return;
  const words = limitWords[item.limit];
  const typed = await vscode.window.showInputBox({
    title: `${item.label}, now ${words.format(item.now)}`,
    prompt: `The new limit in ${words.noun}. The run goes on by itself when it waited for this.`,
    value: String(item.now / words.unit),
    ignoreFocusOut: true,
    validateInput: (value) => (positive(value) === null ? `A number of ${words.noun} above 0, such as 25.` : undefined),
  });
  const value = typed === undefined ? null : positive(typed);
  if (value === null) return;
  const limits = withLimit(budget.limits, item, value * words.unit);
  await parts.session.request('changeLimits', { limits });
}

/** Of a run that waits at a hard limit that very one, where it is plain; else all. */
function waitedFor(items: LimitItem[], state: RunState): LimitItem[] {
  const hard = items.filter(({ bound }) => bound === 'hard');
  const due = reached(state, 'hard', Date.now());
  const passed = hard.filter(({ limit }) => due.includes(limit));
  return [passed, hard].find(({ length }) => length === 1) ?? items;
}

function limitItems(limits: BudgetLimits): LimitItem[] {
  return (Object.keys(limitWords) as BudgetKind[]).flatMap((kind) =>
    (['hard', 'soft'] as const).flatMap((bound): LimitItem[] => {
      const now = limits[kind]?.[bound];
      if (now === undefined) return [];
      const label = `${bound === 'hard' ? 'Hard' : 'Soft'} limit of ${limitWords[kind].noun}`;
      return [{ label, description: limitWords[kind].format(now), limit: kind, bound, now }];
    }),
  );
}

/** A hard limit below the soft one takes the soft one along. */
function withLimit(limits: BudgetLimits, item: LimitItem, value: number): BudgetLimits {
  const next = { ...limits[item.limit], [item.bound]: value };
  const soft = next.soft !== undefined && next.hard !== undefined ? Math.min(next.soft, next.hard) : next.soft;
  return { ...limits, [item.limit]: { ...next, ...(soft !== undefined && { soft }) } };
}

function positive(text: string): number | null {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() !== '' && Number.isFinite(value) && value > 0 ? value : null;
}
