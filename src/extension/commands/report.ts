/**
 * Job: the Run Report's commands and what its page asks for: open, save and copy as Markdown, go to a checkpoint or a gate.
 * Boundary: VS Code's dialogs, clipboard and editors; the report is reportPanel.ts's.
 * Rules: H1 a report with held-out figures is not written into the run's folder, which the agent reads.
 */
import { homedir } from 'node:os';
import { dirname, sep } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../base/assert.ts';
import type { Disposable } from '../../base/disposable.ts';
import type { ReportPageMessage } from '../../protocol/reportPage.ts';
import { reportMarkdown } from '../../run/report/markdown.ts';
import type { RunReport } from '../../run/report/report.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { realOf } from '../runRecords.ts';
import { openDiffs } from '../review/openDiffs.ts';
import { showFailing } from './failingCases.ts';
import { findBreakOf } from './findBreak.ts';
import { reviewGate } from './review.ts';
import { diffWithPrevious } from './open.ts';
import { focusRun } from './start.ts';

export function openReport(parts: Parts): void {
  parts.report.open();
}

async function reportNow(parts: Parts): Promise<RunReport> {
  const report = await parts.report.report();
  if (report === null || report === 'unchanged' || report.run === null)
    throw new Error('This window shows no run: there is nothing to report.');
  return report;
}

export async function copyReport(parts: Parts): Promise<void> {
  const text = reportMarkdown(await reportNow(parts), timeOfDay);
  try {
    await vscode.env.clipboard.writeText(text);
  } catch (error) {
    throw new Error(`The clipboard did not take the report (${messageOf(error)}). Save it as a file instead.`, {
      cause: error,
    });
  }
  void tell('Belay: the report is in the clipboard, as Markdown.');
}

export async function saveReport(parts: Parts): Promise<void> {
  const report = await reportNow(parts);
  const name = `run-report-${report.run?.runId ?? ''}.md`;
  const target = await vscode.window.showSaveDialog({
    title: 'Save the Run Report',
    filters: { Markdown: ['md'] },
    defaultUri: vscode.Uri.joinPath(vscode.Uri.file(homedir()), name),
  });
  if (target === undefined) return;
  await refuseAgentsFolder(report, target);
  await vscode.workspace.fs.writeFile(target, Buffer.from(reportMarkdown(report, timeOfDay), 'utf8'));
  // The command is over when the file is there; its toast stays as long as it likes.
  void offerToOpen(target);
}

async function refuseAgentsFolder({ run }: RunReport, target: vscode.Uri): Promise<void> {
  if (run === null || !run.hasHeldOut || target.scheme !== 'file') return;
  const real = await realOf(dirname(target.fsPath));
  if (real === run.workspace || real.startsWith(`${run.workspace}${sep}`))
    throw new Error(
      'The report was not saved: it holds held-out figures, and the agent reads this folder. Choose a place outside of it.',
    );
}

async function offerToOpen(file: vscode.Uri): Promise<void> {
  if ((await tell('Belay: the report is saved.', 'Open')) === 'Open') await vscode.window.showTextDocument(file);
}

/** With the time zone: who reads it may be elsewhere. */
function timeOfDay(at: number): string {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
}

/** The gate in the Run view while it is open; what a decided one was about, as diffs. */
export async function openGate(parts: Parts, gate: number): Promise<void> {
  if (parts.session.state?.gate?.gate === gate) {
    await reviewGate(parts);
    return;
  }
  const { gates } = await reportNow(parts);
  const found = gates.items.find((item) => item.gate === gate);
  if (found === undefined)
    throw new Error(
      `This run has no gate ${String(gate)}${gates.total > gates.items.length ? ' among its newest' : ''}.`,
    );
  await openDiffs(parts.diffs, found.accepted, found.checkpoint, `Gate ${String(gate)} at step ${String(found.step)}`);
}

export function handleReportIntents(parts: Parts): Disposable {
  return parts.report.onIntent((intent) => {
    perform(parts, intent).catch((error: unknown) => {
      parts.log.warn(`report, ${intent.type}: ${messageOf(error)}`);
      parts.report.post({ type: 'notice', severity: 'error', text: messageOf(error) });
    });
  });
}

async function perform(parts: Parts, intent: ReportPageMessage): Promise<void> {
  switch (intent.type) {
    case 'ready':
      return; // the panel's own
    case 'openCheckpoint':
      await (intent.checkpoint === 0 ? focusRun(parts) : diffWithPrevious(parts, intent.checkpoint));
      return;
    case 'openGate':
      await openGate(parts, intent.gate);
      return;
    case 'saveMarkdown':
      await saveReport(parts);
      return;
    case 'copyMarkdown':
      await copyReport(parts);
      return;
    case 'showFailing':
      await showFailing(parts);
      return;
    case 'openCase':
      await parts.documents.openCase(intent.id, intent.checkpoint);
      return;
    case 'findBreak':
      await findBreakOf(parts, intent.id);
      return;
    case 'showRun':
      await focusRun(parts);
  }
}
