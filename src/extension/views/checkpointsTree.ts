/**
 * Job: the Checkpoints view: each step of the run, what it changed, and the way back to it.
 * Boundary: draws checkpointRows; the commands stand in commands/.
 */
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { formatCount } from '../../run/forDisplay.ts';
import { storeWords } from '../../run/storeForecast.ts';
import type { RunSession } from '../runSession.ts';
import {
  checkpointGroups,
  pageRows,
  rowsOf,
  type CheckpointGroup,
  type CheckpointRow,
  type MoreRow,
} from './checkpointRows.ts';

export type CheckpointNode = CheckpointGroup | CheckpointRow | MoreRow;

export class CheckpointsTree implements vscode.TreeDataProvider<CheckpointNode>, vscode.Disposable {
  private readonly session: RunSession;
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<undefined>());
  private readonly view: vscode.TreeView<CheckpointNode>;
  /** How many rows of a group are drawn, where it is more than a page. */
  private readonly most = new Map<string, number>();
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
        if (redrawing.has(type)) this.refresh();
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
    if (node.kind === 'group') return groupItem(node);
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
    if (node === undefined) return [...checkpointGroups(state, Date.now())];
    return node.kind === 'group' ? [...rowsOf(node, state, this.most.get(node.id) ?? pageRows)] : [];
  }

  dispose(): void {
    this.store.dispose();
  }

  private refresh(): void {
    // Cleared before the rows come: a message and an empty tree would say two things.
    this.view.message = this.session.state?.checkpoints.length === 0 ? 'Each step of a run becomes a checkpoint.' : '';
    this.showSize();
    this.changed.fire(undefined);
  }

  private showSize(): void {
    const store = this.session.state?.store;
    const words = store ? storeWords(store, Date.now(), weekdayOf) : '';
    this.view.description = words.replace(/[:;].*/, '');
    // What grows in time is said in full; what asks for a person's attention, above the rows.
    const isUrgent = /full|over its quota/.test(words);
    if (isUrgent) this.view.message = `Checkpoints take ${words}. “Thin Checkpoints…” lets old ones go.`;
  }
}

const weekdayOf = (at: number): string => new Date(at).toLocaleDateString('en-GB', { weekday: 'long' });

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
