/**
 * Job: "Fork Run from Here…": a checkpoint in a new folder, or in a new worktree of the supervisor's repository.
 * Boundary: asks where; the engine writes it. Nothing is started: the supervisor opens the folder and starts the run there.
 */
import { basename, dirname, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { forkBranch, formatCount } from '../../run/forDisplay.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { stateOf } from './shown.ts';
import { telling } from './telling.ts';

export async function forkFrom(parts: Parts, checkpoint: number): Promise<void> {
  const branch = await askBranch(parts, checkpoint);
  if (branch === undefined) return;
  const to = await askFolder(parts, checkpoint);
  if (to === undefined) return;
  const progress = { location: vscode.ProgressLocation.Window, title: 'Belay: writing the fork' };
  const { workspace } = await vscode.window.withProgress(progress, () =>
    parts.session.request('fork', { checkpoint, to, ...(branch !== null && { branch }) }),
  );
  void telling(parts.log, 'openFork', async () => {
    const where = branch === null ? workspace : `${workspace}, on branch ${branch}`;
    const words = `checkpoint ${formatCount(checkpoint)} is in ${where}. Nothing was started.`;
    if ((await tell(`Belay: ${words}`, 'Open Folder')) === undefined) return;
    const folder = vscode.Uri.file(workspace);
    await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
  });
}

/** The branch of a worktree; null: a plain folder; undefined: given up. */
async function askBranch(parts: Parts, checkpoint: number): Promise<string | null | undefined> {
  const { run } = stateOf(parts);
  if (!run?.baseline.git) return null;
  const plain = { label: '$(folder) New Folder', detail: 'Holds the checkpoint and nothing else.' };
  const worktree = {
    label: '$(git-branch) New Worktree of Your Repository',
    detail: 'On a new branch; the changes of the run are not committed in it.',
  };
  const title = `Fork from checkpoint ${formatCount(checkpoint)}`;
  const choice = await vscode.window.showQuickPick([plain, worktree], { title, ignoreFocusOut: true });
  if (choice !== worktree) return choice === undefined ? undefined : null;
  return vscode.window.showInputBox({
    title,
    prompt: 'Name of the new branch',
    value: forkBranch(run.runId, checkpoint),
    ignoreFocusOut: true,
    validateInput: (name) => (name.trim() === '' ? 'A worktree wants a branch of its own.' : undefined),
  });
}

async function askFolder(parts: Parts, checkpoint: number): Promise<string | undefined> {
  const workspace = stateOf(parts).run?.workspace ?? '';
  const name = `${basename(workspace)}-${String(checkpoint)}`;
  return vscode.window.showInputBox({
    title: `Fork from checkpoint ${formatCount(checkpoint)}`,
    prompt: 'The new folder, by its whole path',
    value: join(dirname(workspace), name),
    ignoreFocusOut: true,
    validateInput: (path) => (isAbsolute(path.trim()) ? undefined : 'Name the folder from the root.'),
  });
}
