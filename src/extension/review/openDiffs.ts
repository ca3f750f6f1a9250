/**
 * Job: open VS Code's own diff and multi-diff on two sides of a run.
 * Boundary: which files differ is asked of the engine; a checkpoint's side is an immutable `belay-checkpoint:` address, the
 *   folder's side is the file itself, so that the supervisor can correct it where it is read.
 */
import * as vscode from 'vscode';
import type { ChangedFile, Side } from '../../protocol/messages.ts';
import { acceptedCheckpointOf } from '../../run/accepted.ts';
import { initialState } from '../../run/reduce.ts';
import type { RunSession } from '../runSession.ts';
import { tell } from '../notify.ts';
import { checkpointQuery, checkpointScheme } from './checkpointUri.ts';

/** VS Code reads every original of a multi-diff at once. */
const filesInMultiDiff = 300;

export interface DiffSource {
  readonly session: RunSession;
  readonly folder: () => vscode.Uri | null;
}

export function fileUri(source: DiffSource, path: string): vscode.Uri {
  const folder = source.folder();
  if (folder === null) throw new Error('This window shows no run.');
  return vscode.Uri.joinPath(folder, path);
}

export function sideUri(source: DiffSource, side: Side, path: string): vscode.Uri {
  const file = fileUri(source, path);
  if (side === 'workspace') return file;
  const { runId, state } = source.session;
  const checkpoint = side === 'accepted' ? acceptedCheckpointOf(state ?? initialState, path) : side;
  const query = checkpointQuery({ runId: runId ?? '', checkpoint });
  return vscode.Uri.from({ scheme: checkpointScheme, path: file.path, query });
}

const sideNames = { workspace: 'Workspace', accepted: 'Accepted' } as const;
const nameOf = (side: Side): string => (typeof side === 'number' ? `Checkpoint ${String(side)}` : sideNames[side]);

/** Opens all that differs between two sides. Says so when nothing does. */
export async function openDiffs(source: DiffSource, from: Side, to: Side, title: string): Promise<void> {
  const { files } = await source.session.request('compare', { from, to });
  if (files.length === 0) {
    void tell(`Belay: no difference between ${nameOf(from)} and ${nameOf(to)}.`);
    return;
  }
  const shown = files.slice(0, filesInMultiDiff);
  if (shown.length < files.length) {
    void tell(
      `Belay: showing the first ${String(shown.length)} of ${String(files.length)} files; the others open from the Review view.`,
    );
  }
  const resources = shown.map((file) => [
    fileUri(source, file.path),
    file.change === 'added' ? undefined : sideUri(source, from, file.path),
    file.change === 'deleted' ? undefined : sideUri(source, to, file.path),
  ]);
  await vscode.commands.executeCommand('vscode.changes', title, resources);
}

/** Opens one file's diff; what was added or deleted stands alone. */
export async function openDiff(source: DiffSource, from: Side, to: Side, file: ChangedFile): Promise<void> {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (file.change === 'added') {
    await vscode.commands.executeCommand('vscode.open', sideUri(source, to, file.path), undefined, `${name} (added)`);
  } else if (file.change === 'deleted') {
    await vscode.commands.executeCommand(
      'vscode.open',
      sideUri(source, from, file.path),
      undefined,
      `${name} (deleted)`,
    );
  } else {
    const title = `${name} (${nameOf(from)} ↔ ${nameOf(to)})`;
    await vscode.commands.executeCommand(
      'vscode.diff',
      sideUri(source, from, file.path),
      sideUri(source, to, file.path),
      title,
    );
  }
}
