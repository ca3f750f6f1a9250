/**
 * Job: the host's side of the Run Report: one page in the editor area, its report kept fresh, its intents checked and handed on.
 * Boundary: the report is the engine's, or folded from the journal where no engine serves the run; no engine is started for it.
 * Rules: H4 what the page shows is what the report holds. A page that a reload brought back says `ready` and is given the report anew.
 */
import * as vscode from 'vscode';
import { messageOf } from '../../base/assert.ts';
import { DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import type { ReportHostMessage, ReportPageMessage } from '../../protocol/reportPage.ts';
import type { EntryType } from '../../run/entry.ts';
import type { RunReport } from '../../run/report/report.ts';
import type { Runtime } from '../runLink.ts';
import type { RunSession } from '../runSession.ts';
import { parseReportIntent } from './reportIntents.ts';
import { webviewPage } from './webviewPage.ts';

const viewType = 'belay.report';
/** A page that is looked at is at most so much behind the run. */
const refreshMs = 1_000;

export interface ReportPorts {
  readonly session: RunSession;
  readonly runtime: () => Promise<Runtime>;
  /** Resolves when the window has looked for a run: a page restored by a reload asks before that. */
  readonly ready: () => Promise<void>;
  readonly distFolder: vscode.Uri;
  readonly log: (line: string) => void;
}

export class ReportPanel implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly ports: ReportPorts;
  private readonly store = new DisposableStore();
  private readonly intended = this.store.add(new Emitter<ReportPageMessage>());
  private panel: vscode.WebviewPanel | null = null;
  private pageReady = false;
  /** The report that the page has: of which run, as of which entry. */
  private told = { runId: '', seq: 0 };
  private timer: NodeJS.Timeout | null = null;
  /** Every intent but `ready`. */
  readonly onIntent = this.intended.event;

  constructor(ports: ReportPorts) {
    this.ports = ports;
    const { session } = ports;
    this.store.add(vscode.window.registerWebviewPanelSerializer(viewType, this));
    this.store.add(
      session.onEntry(({ type }) => {
        if (!quiet.has(type)) this.soon();
      }),
    );
    this.store.add(
      session.onReplaced(() => {
        this.soon();
      }),
    );
  }

  /** Shows the page, and makes it first where there is none. */
  open(): void {
    if (this.panel !== null) {
      this.panel.reveal();
      return;
    }
    const column = vscode.ViewColumn.Active;
    this.take(vscode.window.createWebviewPanel(viewType, 'Run Report', column, this.options()));
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = this.options();
    this.panel?.dispose();
    this.take(panel);
    return Promise.resolve();
  }

  /** The report as it is now; null without a run. Rejects with a message for a person. */
  async report(known = 0): Promise<RunReport | 'unchanged' | null> {
    await this.ports.ready();
    const { session, runtime } = this.ports;
    const { runId } = session;
    if (runId === null) return null;
    if (session.connection.kind === 'attached') return (await session.request('report', { known })) ?? 'unchanged';
    return (await runtime()).storedReport(runId);
  }

  post(message: ReportHostMessage): void {
    // Resolves to false where the page has gone in the meantime: it asks again with `ready`.
    if (this.panel !== null && this.pageReady) void this.panel.webview.postMessage(message);
  }

  dispose(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.store.dispose();
    this.panel?.dispose();
  }

  private options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [this.ports.distFolder] };
  }

  private take(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    this.pageReady = false;
    const store = new DisposableStore();
    store.add(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        this.received(message);
      }),
    );
    store.add(
      panel.onDidChangeViewState(() => {
        // A hidden page is gone and says `ready` when it comes back.
        if (!panel.visible) this.pageReady = false;
      }),
    );
    store.add(
      panel.onDidDispose(() => {
        if (this.panel === panel) this.panel = null;
        store.dispose();
      }),
    );
    panel.webview.html = webviewPage(panel.webview, this.ports.distFolder, 'report');
  }

  private received(message: unknown): void {
    const intent = parseReportIntent(message);
    if (intent === null) {
      this.ports.log('the Run Report sent something that it should not');
    } else if (intent.type === 'ready') {
      this.pageReady = true;
      this.told = { runId: '', seq: 0 };
      void this.refresh();
    } else this.intended.fire(intent);
  }

  private soon(): void {
    if (this.panel === null || !this.pageReady || this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.refresh();
    }, refreshMs);
  }

  /** Never rejects: a report that can't be had is said on the page. */
  private async refresh(): Promise<void> {
    try {
      const runId = this.ports.session.runId ?? '';
      const report = await this.report(this.told.runId === runId ? this.told.seq : 0);
      if (report === 'unchanged') return;
      this.told = { runId: report?.run?.runId ?? '', seq: report?.seq ?? 0 };
      if (this.panel !== null) this.panel.title = report?.run ? `Report: ${report.run.name}` : 'Run Report';
      this.post({ type: 'report', report, now: Date.now() });
    } catch (error) {
      this.ports.log(`no report: ${messageOf(error)}`);
      this.post({ type: 'notice', severity: 'error', text: messageOf(error) });
    }
  }
}

/** Entries that change nothing that a report tells, and of which there are many. */
const quiet: ReadonlySet<EntryType> = new Set([
  'tool.started',
  'tool.finished',
  'step.started',
  'verification.started',
]);
