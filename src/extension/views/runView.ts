/**
 * Job: the host's side of the Run webview: its page, entries and deltas relayed unchanged, intents checked and handed on.
 * Boundary: holds no truth; the page folds the same entries with the same reducer. What an intent does stands in
 *   commands/intents.ts.
 * Rules: the page says `ready` first and gets one `state`, then every entry after it. A page that is hidden is gone and
 *   says `ready` again when it comes back.
 */
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import type { Connection, HostMessage, IntentName, Intents, WebviewMessage } from '../../protocol/webview.ts';
import type { RollbackPlan } from '../../protocol/messages.ts';
import type { AwayNews } from '../../run/away.ts';
import { initialState } from '../../run/reduce.ts';
import type { ReviewModel } from '../review/reviewModel.ts';
import type { RunSession } from '../runSession.ts';
import { parseIntent } from './intents.ts';
import { stateForPage } from './pageState.ts';
import { webviewPage } from './webviewPage.ts';

/** What each intent does; a rejection's message is shown in the page, beside the input that it gives back. */
export type IntentHandlers = { readonly [K in Exclude<IntentName, 'ready'>]: (intent: Intents[K]) => Promise<void> };

export interface RunViewPorts {
  readonly session: RunSession;
  readonly distFolder: vscode.Uri;
  readonly log: (line: string) => void;
  readonly review: () => Pick<ReviewModel, 'review' | 'unread'>;
}

export class RunView implements vscode.WebviewViewProvider, vscode.Disposable {
  private readonly ports: RunViewPorts;
  private readonly store = new DisposableStore();
  private readonly intended = this.store.add(new Emitter<WebviewMessage>());
  private view: vscode.WebviewView | null = null;
  private pageReady = false;
  private told: Connection | null = null;
  private plan: RollbackPlan | null = null;
  private stepToReveal: number | null = null;
  private readonly becameReady = this.store.add(new Emitter<void>());
  /** A page has come and has its state. */
  readonly onReady = this.becameReady.event;
  private away: AwayNews | null = null;
  /** Every intent but `ready`. */
  readonly onIntent = this.intended.event;

  constructor(ports: RunViewPorts) {
    this.ports = ports;
    const { session } = ports;
    this.store.add(vscode.window.registerWebviewViewProvider('belay.run', this));
    this.store.add(
      session.onEntry((entry) => {
        this.post({ type: 'entry', entry });
      }),
    );
    this.store.add(
      session.onDelta((delta) => {
        this.post({ type: 'delta', delta });
      }),
    );
    this.store.add(
      session.onReplaced(() => {
        this.postState();
      }),
    );
    this.store.add(
      session.onChanged(() => {
        this.postConnection();
      }),
    );
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    this.pageReady = false;
    const store = new DisposableStore();
    view.webview.options = { enableScripts: true, localResourceRoots: [this.ports.distFolder] };
    store.add(
      view.webview.onDidReceiveMessage((message: unknown) => {
        this.received(message);
      }),
    );
    store.add(
      view.onDidChangeVisibility(() => {
        if (!view.visible) this.pageReady = false;
      }),
    );
    store.add(
      view.onDidDispose(() => {
        this.view = null;
        this.pageReady = false;
        store.dispose();
      }),
    );
    view.webview.html = webviewPage(view.webview, this.ports.distFolder, 'run');
    this.describe();
  }

  /** Shows a plan inline, or takes it away. Kept for a page that is not there yet. */
  showPlan(plan: RollbackPlan | null): void {
    this.plan = plan;
    this.post({ type: 'rollbackPlan', plan });
  }

  /** Scrolls the log to a step and opens its row. Kept for a page that is not there yet. */
  reveal(step: number): void {
    this.stepToReveal = step;
    this.postReveal();
  }

  /** Tells what happened while nobody looked, or takes that away. Kept for a page that is not there yet. */
  showAway(news: AwayNews | null): void {
    this.away = news;
    this.post({ type: 'away', news });
  }

  /** Sends to the page if there is one; a page that comes later gets the whole state. */
  post(message: HostMessage): void {
    if (this.view === null || !this.pageReady) return;
    // Resolves to false where the page has gone in the meantime: it asks again with `ready`.
    void this.view.webview.postMessage(message);
  }

  dispose(): void {
    this.store.dispose();
  }

  private received(message: unknown): void {
    const intent = parseIntent(message);
    if (intent === null) {
      this.ports.log('the Run view sent something that it should not');
      return;
    }
    if (intent.type !== 'ready') {
      this.intended.fire(intent);
      return;
    }
    this.pageReady = true;
    this.postState();
    if (this.plan !== null) this.post({ type: 'rollbackPlan', plan: this.plan });
    if (this.away !== null) this.post({ type: 'away', news: this.away });
    this.postReview();
    this.postReveal();
    this.becameReady.fire();
  }

  private postReveal(): void {
    if (this.stepToReveal === null || this.view === null || !this.pageReady) return;
    this.post({ type: 'reveal', step: this.stepToReveal });
    this.stepToReveal = null;
  }

  /** How many files the supervisor is about to stand behind. */
  postReview(): void {
    const { review, unread } = this.ports.review();
    if (review !== null) this.post({ type: 'review', filesChanged: review.files.length, unread });
  }

  private postState(): void {
    const { state, connection, signs } = this.ports.session;
    this.told = connection;
    this.post({ type: 'state', state: stateForPage(state ?? initialState), connection, now: Date.now() });
    if (signs !== null) this.post({ type: 'delta', delta: { kind: 'signs', signs } });
    this.describe();
  }

  private postConnection(): void {
    const { connection } = this.ports.session;
    if (this.told === connection) return;
    this.told = connection;
    this.post({ type: 'connection', connection });
  }

  private describe(): void {
    const name = this.ports.session.state?.run?.task.name;
    if (this.view !== null && name !== undefined) this.view.description = name;
  }
}
