/**
 * Job: the Checkpoints view: each step of the run, what it changed, and the way back to it.
 * Boundary: draws checkpointRows; the commands stand in commands/.
 */
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { formatCount } from '../../run/forDisplay.ts';
import { storeInShort, storeWords } from '../../run/storeForecast.ts';
import type { RunState } from '../../run/state.ts';
import type { RunSession } from '../runSession.ts';
import {
  checkpointGroups,
  pageRows,
  rowsOf,
  type CheckpointGroup,
  type CheckpointRow,
  type MoreRow,
} from './checkpointRows.ts';

const settleMs = 150;

export type CheckpointNode = CheckpointGroup | CheckpointRow | MoreRow;

export class CheckpointsTree implements vscode.TreeDataProvider<CheckpointNode>, vscode.Disposable {
  private readonly session: RunSession;
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<CheckpointGroup[] | undefined>());
  private readonly view: vscode.TreeView<CheckpointNode>;
  /** How many rows of a group are drawn, where it is more than a page. */
  private readonly most = new Map<string, number>();
  /** What the rows were last drawn from. */
  private drawn: RunState | null = null;
  /** As VS Code was given them; it knows them by identity. */
  private groups: readonly CheckpointGroup[] = [];
  /** The same groups as they are now. */
  private current: readonly CheckpointGroup[] = [];
  private timer: NodeJS.Timeout | null = null;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(session: RunSession) {
    this.session = session;
    this.view = this.store.add(
      vscode.window.createTreeView('belay.checkpoints', {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
      }),
    );
    this.store.add(
      session.onReplaced(() => {
        this.refresh();
      }),
    );
    this.store.add(
      session.onEntry(({ type }) => {
        if (redrawing.has(type)) this.soon();
      }),
    );
  }

  get selection(): readonly CheckpointNode[] {
    return this.view.selection;
  }

  showMore(group: string): void {
    this.most.set(group, (this.most.get(group) ?? pageRows) + pageRows);
    this.refresh();
  }

  getTreeItem(node: CheckpointNode): vscode.TreeItem {
    if (node.kind === 'group') return groupItem(this.asItIs(node));
    const item = new vscode.TreeItem(node.label);
    item.id = node.id;
    if (node.kind === 'more') {
      item.command = { command: 'belay.showMoreCheckpoints', title: node.label, arguments: [node.group] };
      return item;
    }
    item.description = node.description;
    item.tooltip = node.tooltip;
    item.iconPath = new vscode.ThemeIcon(node.icon);
    item.contextValue = node.context;
    item.accessibilityInformation = { label: node.spoken };
    return item;
  }

  getChildren(node?: CheckpointNode): CheckpointNode[] {
    const { state } = this.session;
    if (state === null) return [];
    if (node === undefined) {
      this.groups = this.current = checkpointGroups(state, Date.now());
      return [...this.groups];
    }
    return node.kind === 'group' ? [...rowsOf(this.asItIs(node), state, this.most.get(node.id) ?? pageRows)] : [];
  }

  private asItIs(group: CheckpointGroup): CheckpointGroup {
    return this.current.find(({ id }) => id === group.id) ?? group;
  }

  dispose(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.store.dispose();
  }

  /** Rows that are drawn anew move under the pointer: what comes together is drawn together, and nothing where all is the same. */
  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const [before, now] = [this.drawn, this.session.state];
      this.showSize();
      if (before === null || now === null || rowsDiffer(before, now)) this.refresh();
    }, settleMs);
  }

  private refresh(): void {
    this.drawn = this.session.state;
    // The message goes before the rows come: it and an empty tree would say two things.
    this.showSize();
    this.current = this.drawn === null ? [] : checkpointGroups(this.drawn, Date.now());
    const isSame = this.groups.length > 0 && idsOf(this.groups) === idsOf(this.current);
    // Where all is drawn anew, a menu that is open loses its row until the rows have come again.
    this.changed.fire(isSame ? [...this.groups] : undefined);
  }

  private showSize(): void {
    const { state } = this.session;
    const words = state ? storeWords(state.store, Date.now(), weekdayOf('long')) : '';
    this.view.description = state ? storeInShort(state.store, Date.now(), weekdayOf('short')) : '';
    // What asks for a person's attention is said above the rows.
    const isUrgent = /full|over its quota/.test(words);
    const none = state?.checkpoints.length === 0 ? 'Each step of a run becomes a checkpoint.' : '';
    const message = isUrgent ? `Checkpoints take ${words}. “Thin Checkpoints…” lets old ones go.` : none;
    if (this.view.message !== message) this.view.message = message;
  }
}

const idsOf = (groups: readonly CheckpointGroup[]) => JSON.stringify(groups.map(({ id }) => id));

/** Whether the rows of two states can read differently. */
function rowsDiffer(before: RunState, now: RunState): boolean {
  const { checkpoints, head, accepted, acceptedFiles, run } = now;
  return (
    before.checkpoints !== checkpoints ||
    before.head !== head ||
    before.accepted !== accepted ||
    before.acceptedFiles !== acceptedFiles ||
    before.run !== run
  );
}

const weekdayOf =
  (weekday: 'long' | 'short') =>
  (at: number): string =>
    new Date(at).toLocaleDateString('en-GB', { weekday });

const redrawing: ReadonlySet<string> = new Set([
  'checkpoint.created',
  'verification.finished',
  'gate.opened',
  'gate.decided',
  'rollback.finished',
  'files.accepted',
  'acceptance.withdrawn',
  'checkpoints.thinned',
  'store.swept',
  'quota.changed',
]);

function groupItem(group: CheckpointGroup): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(group.label, group.open ? Expanded : Collapsed);
  item.id = group.id;
  item.contextValue = 'group';
  if (group.checkpoints.length > 1) item.description = formatCount(group.checkpoints.length);
  return item;
}
