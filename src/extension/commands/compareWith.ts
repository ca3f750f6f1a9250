/**
 * Job: "Compare with…": a checkpoint against whatever the supervisor picks.
 * Boundary: one quick pick, then VS Code's own diffs. The older side stands left.
 */
import * as vscode from 'vscode';
import type { Side } from '../../protocol/messages.ts';
import { formatCount, formatRate } from '../../run/forDisplay.ts';
import type { Parts } from '../parts.ts';
import { openDiffs } from '../review/openDiffs.ts';
import { stateOf } from './shown.ts';

interface SideItem extends vscode.QuickPickItem {
  readonly sides?: readonly [from: Side, to: Side];
}

export async function compareWith(parts: Parts, checkpoint: number): Promise<void> {
  const title = `Compare checkpoint ${formatCount(checkpoint)} with…`;
  const options = { title, matchOnDescription: true, matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick(itemsOf(parts, checkpoint), options);
  if (chosen?.sides === undefined) return;
  const [from, to] = chosen.sides;
  await openDiffs(parts.diffs, from, to, `Checkpoint ${formatCount(checkpoint)} and ${plain(chosen.label)}`);
}

async function itemsOf(parts: Parts, checkpoint: number): Promise<readonly SideItem[]> {
  const head = await parts.session.request('userHead', {});
  const state = stateOf(parts);
  const commit: readonly SideItem[] =
    head === null
      ? []
      : [
          {
            label: '$(git-commit) HEAD',
            description: `${head.branch ?? 'detached'} at ${head.commit.slice(0, 8)}`,
            detail: 'The newest commit of your repository, without what is ignored',
            sides: [`commit ${head.commit}`, checkpoint],
          },
        ];
  const others = [...state.checkpoints.reversed()].filter((c) => c.checkpoint !== checkpoint && c.thinned !== true);
  const rows = others.map((c): SideItem => ({
    label: `${String(c.checkpoint)}  ${c.title}`,
    description: c.visible === undefined ? '' : formatRate(c.visible),
    sides: c.checkpoint < checkpoint ? [c.checkpoint, checkpoint] : [checkpoint, c.checkpoint],
  }));
  return [
    { label: '$(folder) Workspace', description: 'the folder as it is now', sides: [checkpoint, 'workspace'] },
    { label: '$(check) Accepted', description: 'what you stand behind', sides: ['accepted', checkpoint] },
    ...commit,
    { label: 'Checkpoints', kind: vscode.QuickPickItemKind.Separator },
    ...rows,
  ];
}

const plain = (label: string) => label.replace(/^\$\([a-z-]+\) /, '');
