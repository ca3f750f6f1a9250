/**
 * Job: "Record Suite…": three questions, then the reference is asked, with progress and a way to cancel; what came of it opens as
 *   a document.
 * Boundary: the late bundle's process records and writes; nothing here reads a case.
 * Rules: H1 the summary tells of the held-out suite counts only. A file that is there is replaced only after a question.
 */
import * as vscode from 'vscode';
import type { RecordRequest } from '../../protocol/recordSuite.ts';
import { formatCounted } from '../../run/forDisplay.ts';
import { summaryText, type RecordSummary } from '../../run/suiteMaking/summary.ts';
import { ask, tell, warn } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { pickStep, type StepAnswer } from '../quickSteps.ts';
import type { Recorded } from '../../client/recordSuite.ts';
import { taskFileName, taskFileOf } from '../taskFiles.ts';
import { pickFolder, usableFolders } from './folders.ts';

export async function recordSuite(parts: Parts): Promise<void> {
  const usable = await usableFolders(parts); // trusted ones: the program that the task names is run
  const folders = (await parts.tasks.withTask()).filter((folder) => usable.includes(folder));
  if (folders.length === 0) throw new Error(`This folder has no ${taskFileName}. "Belay: New Task…" writes one.`);
  const folder = await pickFolder(folders, 'Record a suite for');
  if (folder === undefined) return;
  const request = await askedFor(folder);
  if (request === null) return;
  let recorded = await recordWithProgress(parts, request);
  if (!recorded.ok && recorded.exists.length > 0) {
    const files = recorded.exists.map((file) => vscode.workspace.asRelativePath(file)).join('\n');
    const detail = `${files}\n\nWhat is there now is kept beside them, as .bak.`;
    const choice = await ask({ text: 'Replace these suites?', detail, grave: true }, 'Replace');
    if (choice !== 'Replace') return;
    recorded = await recordWithProgress(parts, { ...request, replace: true });
  }
  if (!recorded.ok) {
    void warn(`Belay: ${recorded.message}`);
    return;
  }
  await showSummary(parts, folder, recorded.summary);
}

/** null: cancelled. */
async function askedFor(folder: vscode.WorkspaceFolder): Promise<RecordRequest | null> {
  const steps = { title: 'Record Suite', totalSteps: 2 };
  let inputs = await askInputs(steps);
  for (;;) {
    if (inputs.kind !== 'answer') return null;
    const cases = await pickStep<number>({
      ...steps,
      step: 2,
      placeHolder: 'How many cases in each of the two suites?',
      items: [50, 200, 500, 1000].map((value) => ({
        label: formatCounted(value, 'case'),
        detail: value === 200 ? 'Tells a gap of about ten points from chance.' : '',
        value,
      })),
      active: (value) => value === 200,
    });
    if (cases.kind === 'cancel') return null;
    if (cases.kind === 'answer')
      return {
        taskFile: taskFileOf(folder).fsPath,
        workspace: folder.uri.fsPath,
        inputs: inputs.value,
        cases: cases.value,
        seed: null,
        visible: null,
        heldOut: null,
        replace: false,
      };
    inputs = await askInputs(steps);
  }
}

async function askInputs(steps: {
  readonly title: string;
  readonly totalSteps: number;
}): Promise<StepAnswer<string | null>> {
  const answer = await pickStep<'found' | 'file'>({
    ...steps,
    step: 1,
    placeHolder: 'What is the reference asked?',
    items: [
      {
        label: 'What the Task Has',
        detail: 'Calls that its documents show, the cases of its visible suite, and duals made of them.',
        value: 'found',
      },
      {
        label: 'A File of Inputs Too…',
        detail: 'A command line a line, or a JSON object with "args", "stdin", "files", "env".',
        value: 'file',
      },
    ],
  });
  if (answer.kind !== 'answer') return answer;
  if (answer.value === 'found') return { kind: 'answer', value: null };
  const [file] = (await vscode.window.showOpenDialog({ openLabel: 'Take These Inputs' })) ?? [];
  return file === undefined ? { kind: 'cancel' } : { kind: 'answer', value: file.fsPath };
}

async function recordWithProgress(parts: Parts, request: RecordRequest): Promise<Recorded> {
  const runtime = await parts.runtime();
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: 'Belay: asking the reference',
    cancellable: true,
  };
  return vscode.window.withProgress(options, (progress, token) => {
    const cancel = new AbortController();
    token.onCancellationRequested(() => {
      cancel.abort();
    });
    let told = 0;
    const follow = (done: number, total: number): void => {
      progress.report({
        increment: ((done - told) / total) * 100,
        message: `${String(done)} of ${String(total)} questions`,
      });
      told = done;
    };
    return runtime.recordSuite(request, follow, cancel.signal);
  });
}

async function showSummary(parts: Parts, folder: vscode.WorkspaceFolder, summary: RecordSummary): Promise<void> {
  await parts.summaries.open('recorded suite.md', summaryText(summary));
  const { visible, heldOut, suites } = summary;
  const counts = `${formatCounted(visible.cases, 'visible case')}, ${formatCounted(heldOut.cases, 'held-out case')}`;
  if (suites === null) void tell(`Belay: recorded ${counts}.`);
  else void offerToName(parts, folder, suites, counts);
}

/** Names the suites in `belay.json`, as an edit that can be undone. */
async function offerToName(
  parts: Parts,
  folder: vscode.WorkspaceFolder,
  suites: NonNullable<RecordSummary['suites']>,
  counts: string,
): Promise<void> {
  const choice = await tell(`Belay: recorded ${counts}.`, `Use in ${taskFileName}`);
  if (choice === undefined) return;
  const document = await vscode.workspace.openTextDocument(taskFileOf(folder));
  const edit = new vscode.WorkspaceEdit();
  for (const { offset, length, content } of (await parts.runtime()).taskEdits(document.getText(), ['suites'], suites)) {
    const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
    edit.replace(document.uri, range, content);
  }
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(`${taskFileName} could not be changed.`);
  await vscode.window.showTextDocument(document);
}
