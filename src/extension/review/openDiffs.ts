/**
 * Job: open VS Code's own diff and multi-diff on two sides of a run.
 * Boundary: which files differ is asked of the engine; a checkpoint's side is an immutable `belay-checkpoint:` address, the
 *   folder's side is the file itself, so that the supervisor can correct it where it is read.
 */
import * as vscode from 'vscode';
import type { ChangedFile, Side } from '../../protocol/messages.ts';
import { acceptedCheckpointOf } from '../../run/accepted.ts';
import { formatCount, formatCounted } from '../../run/forDisplay.ts';
import { initialState } from '../../run/reduce.ts';
import { tell } from '../notify.ts';
import type { RunSession } from '../runSession.ts';
import { bytesUri } from './bytes.ts';
import { checkpointQuery, checkpointScheme } from './checkpointUri.ts';
import { nameOf, whyNoText } from './fileKinds.ts';
import type { OpenedLists } from './openedLists.ts';
import { pageFiles, pagesIn } from './reviewList.ts';

export interface DiffSource {
  readonly session: RunSession;
  readonly folder: () => vscode.Uri | null;
  readonly lists: OpenedLists;
}

/** A file with what its diff is between. */
export interface Compared {
  readonly file: ChangedFile;
  readonly from: Side;
  readonly to: Side;
}

export function fileUri(source: DiffSource, path: string): vscode.Uri {
  const folder = source.folder();
  if (folder === null) throw new Error('This window shows no run.');
  return vscode.Uri.joinPath(folder, path);
}

export function sideUri(source: DiffSource, side: Side, path: string): vscode.Uri {
  const file = fileUri(source, path);
  const checkpoint = checkpointOf(source, side, path);
  if (checkpoint === 'workspace') return file;
  const query = checkpointQuery({ runId: source.session.runId ?? '', side: checkpoint });
  return vscode.Uri.from({ scheme: checkpointScheme, path: file.path, query });
}

/** The accepted version stands in a checkpoint, whose address never changes. */
function checkpointOf({ session }: DiffSource, side: Side, path: string): Exclude<Side, 'accepted'> {
  return side === 'accepted' ? acceptedCheckpointOf(session.state ?? initialState, path) : side;
}

const sideNames = { workspace: 'Workspace', accepted: 'Accepted' } as const;
function sideName(side: Side): string {
  if (typeof side === 'number') return `Checkpoint ${String(side)}`;
  return side === 'workspace' || side === 'accepted' ? sideNames[side] : side.slice(0, 'commit '.length + 8);
}

/** Opens all that differs between two sides. Says so when nothing does. */
export async function openDiffs(source: DiffSource, from: Side, to: Side, title: string): Promise<void> {
  const { files } = await source.session.request('compare', { from, to });
  if (files.length === 0) void tell(`Belay: no difference between ${sideName(from)} and ${sideName(to)}.`);
  const compared = files.map((file) => ({ file, from, to }));
  await openMany(source, compared, title);
}

/** Opens these files as one multi-diff, page by page; what no text diff can show is offered beside it. */
export async function openMany(source: DiffSource, files: readonly Compared[], title: string): Promise<void> {
  const alone = files.filter(({ file }) => whyNoText(file) !== null);
  const texts = files.filter(({ file }) => whyNoText(file) === null);
  const [first] = alone;
  if (first !== undefined && texts.length === 0 && alone.length === 1) {
    await openDiff(source, first);
    return;
  }
  if (alone.length > 0) void offerAlone(source, alone);
  const pages = pagesIn(texts);
  const open = async (index: number): Promise<void> => {
    const page = pages[index];
    if (page === undefined) return;
    const counted = await withCounts(source, page.files);
    const odd = counted.filter(({ file }) => whyNoText(file) !== null);
    if (odd.length > 0) void offerAlone(source, odd);
    const resources = counted.filter((one) => !odd.includes(one)).map((one) => resourceOf(source, one));
    const listTitle = pages.length > 1 ? `${title}, ${page.label}` : title;
    const text = (uri: vscode.Uri | undefined) => uri?.toString() ?? null;
    const sides = resources.map(([, left, right]) => ({ left: text(left), right: text(right) }));
    source.lists.remember(listTitle, sides);
    await vscode.commands.executeCommand('vscode.changes', listTitle, resources);
    if (index + 1 === pages.length) return;
    const next = `Next ${formatCount(Math.min(pageFiles, texts.length - (index + 1) * pageFiles))}`;
    void tell(`Belay: files ${page.label}.`, next).then((choice) => (choice === next ? open(index + 1) : undefined));
  };
  await open(0);
}

/** Of many files the engine tells names first: what is about to be opened is looked at. */
async function withCounts(source: DiffSource, files: readonly Compared[]): Promise<readonly Compared[]> {
  const [first] = files;
  const uncounted = files.filter(({ file }) => file.uncounted);
  if (first === undefined || uncounted.length === 0) return files;
  const { from, to } = first;
  const paths = uncounted.map(({ file }) => file.path);
  const { files: counted } = await source.session.request('compare', { from, to, paths });
  const known = new Map(counted.map((file) => [file.path, file]));
  return files.map((one) => ({ ...one, file: known.get(one.file.path) ?? one.file }));
}

function resourceOf(
  source: DiffSource,
  { file, from, to }: Compared,
): readonly [vscode.Uri, vscode.Uri | undefined, vscode.Uri | undefined] {
  return [
    fileUri(source, file.path),
    file.change === 'added' ? undefined : sideUri(source, from, file.path),
    file.change === 'deleted' ? undefined : sideUri(source, to, file.path),
  ];
}

async function offerAlone(source: DiffSource, alone: readonly Compared[]): Promise<void> {
  const are = alone.length === 1 ? 'file has a diff of its own' : 'files have a diff of their own';
  const choice = await tell(`Belay: ${formatCount(alone.length)} ${are}: binary, or too large for this list.`, 'Open…');
  if (choice === undefined) return;
  const items = alone.map((one) => ({ label: one.file.path, description: whyNoText(one.file) ?? '', one }));
  const title = formatCounted(alone.length, 'file');
  const chosen = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title });
  if (chosen !== undefined) await openDiff(source, chosen.one);
}

/** Opens one file's diff; what was added or deleted stands alone. Of a binary file its bytes are compared. */
export async function openDiff(source: DiffSource, { file, from, to }: Compared): Promise<void> {
  const { path, change, version } = file;
  const run = source.session.runId ?? '';
  const uri = (side: Side) =>
    whyNoText(file) === 'binary'
      ? bytesUri({ run, path, side: checkpointOf(source, side, path), version })
      : sideUri(source, side, path);
  if (change === 'added')
    await vscode.commands.executeCommand('vscode.open', uri(to), undefined, `${nameOf(path)} (added)`);
  else if (change === 'deleted')
    await vscode.commands.executeCommand('vscode.open', uri(from), undefined, `${nameOf(path)} (deleted)`);
  else {
    const title = `${nameOf(path)} (${sideName(from)} ↔ ${sideName(to)})`;
    await vscode.commands.executeCommand('vscode.diff', uri(from), uri(to), title);
  }
}
