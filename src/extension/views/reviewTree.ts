/**
 * Job: the Review view: the files that differ from the accepted tree, their diffs, and the badge of an open gate.
 * Boundary: which files differ is asked of the engine, and only while somebody looks or a gate needs the number.
 */
import * as vscode from 'vscode';
import { messageOf } from '../../base/assert.ts';
import { DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/emitter.ts';
import type { ChangedFile } from '../../protocol/messages.ts';
import { formatBytes, formatCount, formatCounted, formatLines } from '../../run/forDisplay.ts';
import type { RunState } from '../../run/state.ts';
import { gateSentence } from '../../run/status.ts';
import { fileUri, type DiffSource } from '../review/openDiffs.ts';

const pageRows = 500;
const settleMs = 200;

export type ReviewNode =
  { readonly kind: 'file'; readonly file: ChangedFile } | { readonly kind: 'more'; readonly hidden: number };

/** What the engine last said of the changes since the accepted tree. */
export interface Review {
  /** The accepted tree that it was compared with. */
  readonly acceptedFiles: RunState['acceptedFiles'];
  readonly files: readonly ChangedFile[];
}

export class ReviewTree implements vscode.TreeDataProvider<ReviewNode>, vscode.Disposable {
  private readonly source: DiffSource;
  private readonly log: (line: string) => void;
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<undefined>());
  private readonly reviewed = this.store.add(new Emitter<Review | null>());
  private readonly view: vscode.TreeView<ReviewNode>;
  private rowsMost = pageRows;
  private current: Review | null = null;
  private stale = true;
  private asking = false;
  private timer: NodeJS.Timeout | null = null;
  readonly onDidChangeTreeData = this.changed.event;
  /** The list is new. */
  readonly onReview = this.reviewed.event;

  constructor(source: DiffSource, log: (line: string) => void) {
    this.source = source;
    this.log = log;
    this.view = this.store.add(vscode.window.createTreeView('belay.review', { treeDataProvider: this }));
    const { session } = source;
    this.store.add(
      this.view.onDidChangeVisibility(() => {
        this.soon();
      }),
    );
    this.store.add(
      session.onReplaced(() => {
        this.outdate();
      }),
    );
    this.store.add(
      session.onEntry(({ type }) => {
        if (moving.has(type)) this.outdate();
      }),
    );
    this.store.add(
      session.onChanged(() => {
        this.drawBadge();
      }),
    );
    this.store.add({
      dispose: () => {
        if (this.timer !== null) clearTimeout(this.timer);
      },
    });
  }

  /** null: not asked yet, or the engine could not say. */
  get review(): Review | null {
    return this.current;
  }

  /** The supervisor saved a file of the run's folder. */
  outdate(): void {
    this.stale = true;
    this.soon();
  }

  showMore(): void {
    this.rowsMost += pageRows;
    this.changed.fire(undefined);
  }

  getTreeItem(node: ReviewNode): vscode.TreeItem {
    if (node.kind === 'file') return this.fileItem(node.file);
    const item = new vscode.TreeItem(`Show ${formatCount(Math.min(node.hidden, pageRows))} More`);
    item.command = { command: 'belay.showMoreReview', title: 'Show More' };
    return item;
  }

  getChildren(node?: ReviewNode): ReviewNode[] {
    if (node !== undefined || this.current === null) return [];
    const { files } = this.current;
    const rows: ReviewNode[] = files.slice(0, this.rowsMost).map((file) => ({ kind: 'file', file }));
    const hidden = files.length - rows.length;
    return hidden > 0 ? [...rows, { kind: 'more', hidden }] : rows;
  }

  dispose(): void {
    this.store.dispose();
  }

  private fileItem(file: ChangedFile): vscode.TreeItem {
    const uri = fileUri(this.source, file.path);
    const slash = file.path.lastIndexOf('/');
    const item = new vscode.TreeItem(file.path.slice(slash + 1));
    item.id = file.path;
    item.resourceUri = uri;
    item.iconPath = vscode.ThemeIcon.File;
    item.description = [file.path.slice(0, Math.max(0, slash)), sizeOf(file)].filter((word) => word !== '').join('  ');
    item.tooltip = `${file.path}\n${changeWords[file.change]}, ${sizeOf(file)}`;
    item.contextValue = file.change === 'deleted' ? 'deletedFile' : 'changedFile';
    item.command = {
      command: 'belay.openDiff',
      title: 'Open Diff',
      arguments: [{ kind: 'file', file } satisfies ReviewNode],
    };
    return item;
  }

  private soon(): void {
    if (!this.stale || this.timer !== null || this.asking) return;
    const gateOpen = (this.source.session.state?.gate ?? null) !== null;
    // A finished run is not served for a list that nobody sees.
    if (!this.view.visible && !(gateOpen && this.source.session.connection.kind === 'attached')) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.ask();
    }, settleMs);
  }

  private async ask(): Promise<void> {
    const { session } = this.source;
    const { state, connection } = session;
    const head = state?.head ?? null;
    if (state === null || head === null) return;
    if (connection.kind !== 'attached' && connection.kind !== 'readOnly') return;
    this.asking = true;
    this.stale = false;
    const { acceptedFiles } = state;
    try {
      const { files } = await session.request('compare', { from: 'accepted', to: 'workspace' });
      this.current = { acceptedFiles, files };
      this.view.message = files.length > 0 ? '' : nothingChanged(state);
    } catch (error) {
      this.log(`changes not listed: ${messageOf(error)}`);
      this.view.message = `The changes can't be listed: ${messageOf(error)}`;
    }
    this.asking = false;
    this.view.description = this.current === null ? '' : describe(this.current.files);
    this.changed.fire(undefined);
    this.reviewed.fire(this.current);
    this.soon();
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

const changeWords = { added: 'Added', modified: 'Changed', deleted: 'Deleted', mode: 'Mode changed' } as const;

function sizeOf(file: ChangedFile): string {
  if (file.change === 'mode') return 'mode';
  if (file.binary) return `binary, ${formatBytes(file.afterBytes ?? file.beforeBytes ?? 0)}`;
  if (file.added !== undefined && file.removed !== undefined)
    return formatLines({ added: file.added, removed: file.removed });
  return changeWords[file.change].toLowerCase();
}

/** "61 files · 4,212 lines" */
function describe(files: readonly ChangedFile[]): string {
  if (files.length === 0) return '';
  const lines = files.reduce((sum, file) => sum + (file.added ?? 0) + (file.removed ?? 0), 0);
  return `${formatCounted(files.length, 'file')}${lines === 0 ? '' : ` · ${formatCounted(lines, 'line')}`}`;
}

function nothingChanged(state: RunState): string {
  const accepted = state.checkpoints.find((c) => c.checkpoint === state.accepted);
  const step = accepted?.step ?? null;
  if (step !== null && accepted?.checkpoint === state.head) return `All accepted up to step ${String(step)}.`;
  return `Nothing changed since checkpoint ${String(state.accepted)}.`;
}
