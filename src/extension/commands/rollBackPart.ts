/**
 * Job: roll back a part of the workspace: files of the Review view, files and folders of a checkpoint, the file or the hunk of a
 *   diff in front.
 * Boundary: makes the plan and shows it in the Run view, where it is carried out or left.
 * Rules: C4 the plan is shown first. C6 a hunk's lines are named with the version of the file that they are of.
 */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { RollbackPart } from '../../run/entry.ts';
import { formatCount, formatCounted } from '../../run/forDisplay.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import type { ReviewFile } from '../review/reviewList.ts';
import { diffInFront, selectedLines, whyNoDiff, type ShownDiff } from '../review/shownDiff.ts';
import { pickCheckpoint, planRollback } from './decide.ts';

const foldersOffered = 200;

/** To a checkpoint that is asked for. */
export async function rollBackRows(parts: Parts, rows: readonly ReviewFile[]): Promise<void> {
  const paths = rows.map(({ file }) => file.path);
  const [first] = paths;
  if (first === undefined) throw new Error('Choose files in the Review view.');
  const what = paths.length === 1 ? first : formatCounted(paths.length, 'file');
  const to = await pickCheckpoint(parts, `Roll ${what} back to which checkpoint?`);
  if (to !== undefined) await planRollback(parts, to, 'panel', { paths });
}

interface PathItem extends vscode.QuickPickItem {
  readonly path?: string;
}

/** From the palette, which names no checkpoint. */
export async function rollBackPartOfAny(parts: Parts): Promise<void> {
  const to = await pickCheckpoint(parts, 'Roll files and folders back to which checkpoint?');
  if (to !== undefined) await rollBackPartOf(parts, to);
}

/** What differs from a checkpoint, file by file, with the folders above. */
export async function rollBackPartOf(parts: Parts, checkpoint: number): Promise<void> {
  const { files } = await parts.session.request('compare', { from: 'workspace', to: checkpoint });
  if (files.length === 0) {
    void tell(`Belay: the folder stands as at checkpoint ${formatCount(checkpoint)}.`);
    return;
  }
  const counts = new Map<string, number>();
  for (const folder of files.flatMap(({ path }) => foldersAbove(path)))
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  const folders = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, foldersOffered);
  const items: readonly PathItem[] = [
    ...(folders.length === 0 ? [] : [{ label: 'Folders', kind: vscode.QuickPickItemKind.Separator }]),
    ...folders.map(([path, n]) => ({
      label: `$(folder) ${path}/`,
      description: `${formatCounted(n, 'file')} ${n === 1 ? 'differs' : 'differ'}`,
      path,
    })),
    { label: 'Files', kind: vscode.QuickPickItemKind.Separator },
    ...files.map(({ path }) => ({ label: `$(file) ${path}`, path })),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: `Roll back to checkpoint ${String(checkpoint)}`,
    placeHolder: 'Which files and folders?',
    canPickMany: true,
    ignoreFocusOut: true,
  });
  const paths = (chosen ?? []).flatMap(({ path }) => (path === undefined ? [] : [path]));
  if (paths.length > 0) await planRollback(parts, checkpoint, 'panel', { paths });
}

function foldersAbove(path: string): string[] {
  return path
    .split('/')
    .slice(0, -1)
    .map((_, at, names) => names.slice(0, at + 1).join('/'));
}

export async function rollBackShownFile(parts: Parts): Promise<void> {
  const { path, checkpoint } = shown(parts);
  await planRollback(parts, checkpoint, 'panel', { paths: [path] });
}

/** The change at the cursor, or all that the selection touches. */
export async function rollBackShownHunk(parts: Parts): Promise<void> {
  const diff = shown(parts);
  const lines = selectedLines(diff);
  const content = await vscode.workspace.fs.readFile(diff.right);
  const digest = createHash('sha256').update(content).digest('hex');
  const only: RollbackPart = { paths: [diff.path], lines: { ...lines, digest } };
  await planRollback(parts, diff.checkpoint, 'panel', only);
}

function shown(parts: Parts): ShownDiff {
  const diff = diffInFront(parts.diffs);
  if (diff === null) throw new Error(whyNoDiff(parts.diffs));
  if (diff.runId !== parts.session.runId) throw new Error('This diff is of another run than the one that is shown.');
  return diff;
}
