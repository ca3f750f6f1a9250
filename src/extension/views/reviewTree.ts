/**
 * Job: the Review view: the files that differ from the accepted tree, each with a tick for "read", and the badge of an open
 *   gate.
 * Boundary: what there is to see is review/reviewModel.ts's; it is asked only while somebody looks or a gate needs the number.
 */
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { gateSentence } from '../../run/status.ts';
import { placesOf } from '../review/findings.ts';
import { fileUri, type DiffSource } from '../review/openDiffs.ts';
import { reviewItem } from '../review/reviewItems.ts';
import { describeReview, type ReviewFile, type ReviewNode } from '../review/reviewList.ts';
import { reviewMessage } from '../review/reviewMessage.ts';
import type { ReviewModel } from '../review/reviewModel.ts';

const settleMs = 200;

export class ReviewTree implements vscode.TreeDataProvider<ReviewNode>, vscode.Disposable {
  private readonly source: DiffSource;
  private readonly model: ReviewModel;
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<undefined>());
  private readonly view: vscode.TreeView<ReviewNode>;
  private readonly pending = new Map<string, string>();
  private stale = true;
  private asking = false;
  /** The rows that VS Code was last told to draw. */
  private drawn = '';
  private timer: NodeJS.Timeout | null = null;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(source: DiffSource, model: ReviewModel) {
    this.source = source;
    this.model = model;
    this.view = this.store.add(
      vscode.window.createTreeView('belay.review', {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
        manageCheckboxStateManually: true,
      }),
    );
    this.listen();
  }

  /** The rows that are selected: what a key acts on. */
  get selection(): readonly ReviewNode[] {
    return this.view.selection;
  }

  /** Something in the folder or in what is accepted is another. */
  outdate(): void {
    this.stale = true;
    this.soon();
  }

  /** Says on the rows what was asked for these files and waits; null: no longer. */
  say(paths: readonly string[], words: string | null): void {
    for (const path of paths) {
      if (words === null) this.pending.delete(path);
      else this.pending.set(path, words);
    }
    this.changed.fire(undefined);
  }

  /** Selects the row, where the view is in sight; the keyboard stays where it is. */
  async reveal(row: ReviewFile): Promise<void> {
    if (this.view.visible) await this.view.reveal(row, { select: true, focus: false });
  }

  getTreeItem(node: ReviewNode): vscode.TreeItem {
    return reviewItem(node, { uri: (path) => fileUri(this.source, path), pending: this.pending });
  }

  getChildren(node?: ReviewNode): ReviewNode[] {
    if (node === undefined) return [...this.model.groups];
    if (node.kind === 'group') return [...node.findings, ...(node.pages.length > 0 ? node.pages : node.files)];
    if (node.kind === 'finding') return [...placesOf(node)];
    return node.kind === 'page' ? [...node.files] : [];
  }

  getParent(node: ReviewNode): ReviewNode | undefined {
    if (node.kind === 'group') return undefined;
    if (node.kind === 'place') return node.finding;
    if (node.kind === 'finding') return this.model.groups.find((one) => one.group === 'first');
    const group = this.model.groups.find((one) => one.group === node.group);
    if (node.kind === 'page') return group;
    return group?.pages.find((page) => page.files.some(({ file }) => file.path === node.file.path)) ?? group;
  }

  dispose(): void {
    this.store.dispose();
  }

  private listen(): void {
    const { store, view, model } = this;
    const { session } = this.source;
    store.add(
      view.onDidChangeVisibility(() => {
        this.soon();
      }),
    );
    store.add(
      view.onDidChangeCheckboxState(({ items }) => {
        void this.tick(items);
      }),
    );
    store.add(
      model.onChanged(() => {
        this.draw();
      }),
    );
    store.add(
      session.onReplaced(() => {
        this.draw(); // of another run the rows are none until its changes are known
        this.outdate();
      }),
    );
    store.add(
      session.onEntry(({ type }) => {
        if (moving.has(type)) this.outdate();
        if (type === 'integrity.checked') this.model.drawRows();
      }),
    );
    store.add(
      session.onChanged(() => {
        this.drawBadge();
        this.drawMessage();
      }),
    );
    store.add({
      dispose: () => {
        if (this.timer !== null) clearTimeout(this.timer);
      },
    });
  }

  private async tick(items: readonly (readonly [ReviewNode, vscode.TreeItemCheckboxState])[]): Promise<void> {
    for (const wanted of [vscode.TreeItemCheckboxState.Checked, vscode.TreeItemCheckboxState.Unchecked]) {
      const files = items.flatMap(([node, state]) => (state === wanted && node.kind === 'file' ? [node] : []));
      if (files.length > 0) await this.model.mark(files, wanted === vscode.TreeItemCheckboxState.Checked);
    }
  }

  private soon(): void {
    if (!this.stale || this.timer !== null || this.asking) return;
    const { state, connection } = this.source.session;
    const gateOpen = (state?.gate ?? null) !== null;
    // A finished run is not served for a list that nobody sees.
    if (!this.view.visible && !(gateOpen && connection.kind === 'attached')) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.ask();
    }, settleMs);
  }

  private async ask(): Promise<void> {
    const { state, connection } = this.source.session;
    if ((state?.head ?? null) === null) return;
    if (connection.kind !== 'attached' && connection.kind !== 'readOnly') return;
    this.asking = true;
    this.stale = false;
    await this.model.ask();
    this.asking = false;
    this.soon();
  }

  private draw(): void {
    const { review, rows, unread } = this.model;
    this.view.description = describeReview(review?.files ?? [], rows.length - (unread ?? 0));
    this.drawMessage();
    // A list that is drawn anew takes the row away from under the pointer: not where it says the same.
    const rowsNow = JSON.stringify(this.model.groups);
    if (rowsNow === this.drawn) return;
    this.drawn = rowsNow;
    this.changed.fire(undefined);
  }

  private drawMessage(): void {
    const { state, connection } = this.source.session;
    const files = this.model.review?.files.length ?? null;
    const message = state === null ? '' : reviewMessage(state, connection.kind, files, this.model.problem);
    if (this.view.message !== message) this.view.message = message;
  }

  private drawBadge(): void {
    const { state, connection } = this.source.session;
    const gate = connection.kind === 'attached' ? (state?.gate ?? null) : null;
    if ((this.view.badge !== undefined) === (gate !== null)) return;
    this.view.badge = gate === null ? undefined : { value: 1, tooltip: gateSentence(gate) };
  }
}

const moving: ReadonlySet<string> = new Set([
  'checkpoint.created',
  'gate.opened',
  'gate.decided',
  'rollback.finished',
  'files.accepted',
  'acceptance.withdrawn',
  'run.ended',
]);
