/**
 * Job: read-only documents of a run: the whole output of a tool call, the prompt of a step as it was sent, a summary, the log as text, what a
 *   checkpoint does not cover, a visible case with its verdict; and what a check of the sandbox found.
 * Boundary: text by request to the engine; immutable once there.
 */
import * as vscode from 'vscode';
import { limits } from '../../run/limits.ts';
import { logText } from '../../run/logText.ts';
import { notCoveredText } from '../../run/notCoveredText.ts';
import type { StepSummary } from '../../run/state.ts';
import type { RunSession } from '../runSession.ts';

const scheme = 'belay-text';

export class RunDocuments implements vscode.TextDocumentContentProvider {
  private readonly session: RunSession;
  private readonly ready: () => Promise<void>;
  /** The newest check of the sandbox, which is no run's. */
  private sandboxCheck = 'Check the sandbox again: what was found is no longer known to this window.';

  constructor(session: RunSession, ready: () => Promise<void>) {
    this.session = session;
    this.ready = ready;
  }

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  async openOutput(step: number, callId: string): Promise<void> {
    await this.open(`step ${String(step)} output.txt`, { kind: 'output', step: String(step), callId });
  }

  async openPrompt(step: number): Promise<void> {
    await this.open(`step ${String(step)} prompt.md`, { kind: 'prompt', step: String(step) });
  }

  async openSummary(seq: number): Promise<void> {
    await this.open('summary.md', { kind: 'summary', seq: String(seq) });
  }

  async openNotCovered(checkpoint: number): Promise<void> {
    await this.open(`not covered by checkpoint ${String(checkpoint)}.txt`, {
      kind: 'notCovered',
      checkpoint: String(checkpoint),
    });
  }

  async openCase(id: string, checkpoint: number): Promise<void> {
    await this.open(`case ${id.replace(/[^\w.-]+/g, '-').slice(0, 60)}.txt`, {
      kind: 'case',
      case: id,
      checkpoint: String(checkpoint),
    });
  }

  /** A new document for each state of the log: what is open stays as it was read. */
  async openLog(): Promise<void> {
    const { state } = await this.session.served();
    await this.open('run log.txt', { kind: 'log', seq: String(state.seq) });
  }

  /** As a rendered page: it is read, not edited. */
  async openSandboxCheck(text: string): Promise<void> {
    this.sandboxCheck = text;
    const uri = vscode.Uri.from({ scheme, path: '/sandbox check.md', query: `at=${String(Date.now())}` });
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    if (uri.path === '/sandbox check.md') return this.sandboxCheck;
    await this.ready();
    const parameters = new URLSearchParams(uri.query);
    if (parameters.get('run') !== this.session.runId)
      return 'This document belongs to a run that this window does not show.';
    if (parameters.get('kind') === 'log') return this.log();
    if (parameters.get('kind') === 'notCovered') {
      const checkpoint = Number(parameters.get('checkpoint'));
      return notCoveredText(checkpoint, await this.session.request('notCovered', { checkpoint }));
    }
    if (parameters.get('kind') === 'case')
      return (await this.session.request('readCase', { id: parameters.get('case') ?? '' })).text;
    if (parameters.get('kind') === 'summary')
      return (await this.session.request('readSummary', { seq: Number(parameters.get('seq')) })).text;
    const step = Number(parameters.get('step'));
    if (parameters.get('kind') === 'output') {
      return (await this.session.request('readOutput', { step, callId: parameters.get('callId') ?? '' })).text;
    }
    return readable((await this.session.request('readPrompt', { step })).text);
  }

  private async log(): Promise<string> {
    const { state } = await this.session.served();
    const steps: StepSummary[] = [...state.steps];
    while (steps.length < limits.stepsInLogText && (steps[0]?.step ?? 1) > 1) {
      const older = await this.session.request('steps', { before: steps[0]?.step ?? 1 });
      if (older.length === 0) break;
      steps.unshift(...older);
    }
    const { stepsFinished, happenings, run } = state;
    const parts = { name: run?.task.name ?? '', runId: run?.runId ?? '', steps, stepsFinished, happenings };
    return logText(parts, (at) => new Date(at).toLocaleString());
  }

  private async open(title: string, query: Readonly<Record<string, string>>): Promise<void> {
    const parameters = new URLSearchParams({ run: this.session.runId ?? '', ...query });
    const uri = vscode.Uri.from({ scheme, path: `/${title}`, query: parameters.toString() });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }
}

/** The case that a document is about; undefined: it is another one. */
export function caseOfDocument(uri: vscode.Uri): string | undefined {
  return uri.scheme === scheme ? (new URLSearchParams(uri.query).get('case') ?? undefined) : undefined;
}

/** JSON is indented for a reader; anything else stays as it is. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch (error) {
    if (error instanceof SyntaxError) return text; // not JSON: shown as it was sent
    throw error;
  }
}
