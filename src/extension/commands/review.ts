/**
 * Job: what the supervisor does with the files of the Review view: read, accept, reject, one or many.
 * Boundary: a file is accepted in the version that its row shows; the engine refuses another. To read is this window's matter,
 *   to accept and to reject are requests whose facts come back as entries.
 * Rules: G3 what was shown goes with an acceptance. Each of them can be taken back where it is told.
 */
import * as vscode from 'vscode';
import { formatCount, formatCounted } from '../../run/forDisplay.ts';
import type { RunState } from '../../run/state.ts';
import { canCommit, rollbackWords } from '../../run/status.ts';
import { settings } from '../settings.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { fileUri, openDiff, openMany, type Compared } from '../review/openDiffs.ts';
import { nextUnread, type ReviewFile, type ReviewNode } from '../review/reviewList.ts';
import { rejectWords } from '../review/rejectWords.ts';
import { reviewedPath } from '../review/reviewTabs.ts';
import { whyNotTakeBack } from '../views/takeBack.ts';
import { commitRows } from './commit.ts';
import { focusRun } from './start.ts';
import { shownNow, stateOf } from './shown.ts';
import { telling } from './telling.ts';

/** The files that a command is about: the selected rows where the row is one of them, and all files of groups and pages. */
export function filesOf(parts: Parts, node?: ReviewNode, nodes?: readonly ReviewNode[]): readonly ReviewFile[] {
  const chosen = nodes !== undefined && nodes.length > 0 ? nodes : node === undefined ? parts.review.selection : [node];
  const files = chosen.flatMap((one) => {
    if (one.kind === 'file') return [one];
    return one.kind === 'group' || one.kind === 'page' ? one.files : [];
  });
  return [...new Map(files.map((row) => [row.file.path, row])).values()];
}

/** While a gate stands its checkpoint is on the right, which no later step changes; what was edited since is the file. */
export function comparedOf({ gate }: RunState, { file, edited }: ReviewFile): Compared {
  return { file, from: 'accepted', to: gate === null || edited ? 'workspace' : gate.checkpoint };
}

export async function openReviewDiff(parts: Parts, node: ReviewNode | undefined): Promise<void> {
  const [row] = filesOf(parts, node);
  if (row !== undefined) await openDiff(parts.diffs, comparedOf(stateOf(parts), row));
}

/** The files of a group, a page or the selection as one multi-diff. */
export async function openGroupDiffs(parts: Parts, node?: ReviewNode, nodes?: readonly ReviewNode[]): Promise<void> {
  const state = stateOf(parts);
  const files = filesOf(parts, node, nodes).map((row) => comparedOf(state, row));
  if (files.length > 0) await openMany(parts.diffs, files, reviewTitle(state));
}

/** All changes since the accepted tree, in the order of the Review view. */
export async function openAllDiffs(parts: Parts): Promise<void> {
  const { state } = await parts.session.served();
  const { review } = parts.changes;
  if (review?.acceptedFiles !== state.acceptedFiles) await parts.changes.ask();
  const files = parts.changes.rows.map((row) => comparedOf(state, row));
  if (files.length === 0) void tell(`Belay: nothing changed since what is accepted.`);
  else await openMany(parts.diffs, files, reviewTitle(state));
}

function reviewTitle({ gate, accepted }: RunState): string {
  return gate === null ? `Changes since checkpoint ${String(accepted)}` : `Gate at step ${String(gate.step)}`;
}

/** Shows what the open gate is about; without a gate, all changes since the accepted tree. */
export async function reviewGate(parts: Parts): Promise<void> {
  await focusRun(parts);
  await openAllDiffs(parts);
}

/** One key for the whole review: opens it, then marks what is in front as read and opens the next file that is not. */
export async function reviewNext(parts: Parts): Promise<void> {
  const { changes } = parts;
  if (changes.review === null) await changes.ask();
  const path = reviewedPath(parts.diffs.folder());
  const here = changes.rows.find(({ file }) => file.path === path);
  if (here === undefined && stateOf(parts).gate !== null) {
    await reviewGate(parts);
    return;
  }
  if (here !== undefined) await changes.mark([here], true);
  const next = nextUnread(changes.groups, path);
  if (next === null) {
    await focusRun(parts);
    void tell(`Belay: ${allReadWords(changes.rows.length)}`);
    return;
  }
  await parts.review.reveal(next);
  await openDiff(parts.diffs, comparedOf(stateOf(parts), next));
}

function allReadWords(files: number): string {
  if (files === 0) return 'nothing changed since what is accepted.';
  return files === 1 ? 'the one changed file is read.' : `all ${formatCount(files)} files are read.`;
}

export async function markFiles(parts: Parts, read: boolean, files: readonly ReviewFile[]): Promise<void> {
  await parts.changes.mark(files, read);
}

/** The files that the supervisor has ticked. */
export function readRows(parts: Parts): readonly ReviewFile[] {
  return parts.changes.rows.filter((row) => row.read === 'read');
}

export async function acceptReviewed(parts: Parts): Promise<void> {
  const read = readRows(parts);
  if (read.length > 0 && settings.commitOnAccept() && canCommit(stateOf(parts))) {
    refuseUnsaved(parts, read);
    await commitRows(parts, read);
    return;
  }
  if (read.length === 0) throw new Error('No file is marked as read. Tick each file that you have read, then accept.');
  await acceptRows(parts, read);
}

/** Accepts these files in the versions that the rows show, and offers to take that back. */
export async function acceptRows(parts: Parts, rows: readonly ReviewFile[]): Promise<void> {
  if (rows.length === 0) throw new Error('Choose files in the Review view.');
  refuseUnsaved(parts, rows);
  const files = rows.map(({ file: { path, version } }) => ({ path, version }));
  const paths = files.map(({ path }) => path);
  await waiting(parts, paths, () => parts.session.request('acceptFiles', { files, shown: shownNow(parts) }));
  const acceptance = stateOf(parts).beforeAccept?.acceptance;
  void telling(parts.log, 'undoAccept', async () => {
    const what = paths.length === 1 ? String(paths[0]) : formatCounted(paths.length, 'file');
    const choice = await tell(`Belay: accepted ${what}.`, 'Undo');
    if (choice === 'Undo' && acceptance !== undefined) await parts.session.request('undoAccept', { acceptance });
  });
}

export async function undoAccept(parts: Parts): Promise<void> {
  const { beforeAccept, lastCommit } = stateOf(parts);
  if (beforeAccept === null) throw new Error('Nothing was accepted that could be taken back.');
  const { acceptance, files } = beforeAccept;
  const commit = lastCommit?.acceptance === acceptance ? ` Commit ${lastCommit.commit.slice(0, 8)} is taken back.` : '';
  await parts.session.request('undoAccept', { acceptance });
  const what =
    files === null ? 'The gate’s changes are' : files === 1 ? 'One file is' : `${formatCount(files)} files are`;
  void tell(`Belay: ${what} no longer accepted.${commit}`);
}

/** Puts files back to their accepted versions; one reason for all, in one input box. */
export async function rejectRows(parts: Parts, rows: readonly ReviewFile[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) throw new Error('Choose files in the Review view.');
  refuseUnsaved(parts, rows);
  const reason = await vscode.window.showInputBox({
    title: rows.length === 1 ? `Reject ${first.file.path}` : `Reject ${formatCounted(rows.length, 'file')}`,
    prompt: `${rejectWords(rows.map(({ file }) => file.change))} Why? (goes to the agent; optional)`,
    placeHolder: 'Enter rejects, also without a reason',
    ignoreFocusOut: true,
    validateInput: (value) => (value.length > 20_000 ? 'At most 20,000 characters.' : undefined),
  });
  if (reason === undefined) return;
  const shown = shownNow(parts);
  const done = await waiting(
    parts,
    rows.map(({ file }) => file.path),
    async () => {
      const directives: number[] = [];
      for (const { file } of rows)
        directives.push((await parts.session.request('rejectFile', { path: file.path, reason, shown })).directive);
      return directives;
    },
  );
  void telling(parts.log, 'undoReject', () => tellRejected(parts, rows, done));
}

async function tellRejected(parts: Parts, rows: readonly ReviewFile[], directives: readonly number[]): Promise<void> {
  const [only] = rows;
  const words = directives.length === 1 ? `Directive ${String(directives[0])} tells` : 'Directives tell';
  if (rows.length > 1 || only === undefined) {
    await tell(`Belay: put back ${formatCounted(rows.length, 'file')}. ${words} the agent.`);
    return;
  }
  const done = only.file.change === 'added' ? 'removed' : 'put back';
  const last = parts.session.state?.lastRollback ?? null;
  const takeBack = last === null ? [] : [rollbackWords(last).takeBack];
  const choice = await tell(`Belay: ${done} ${only.file.path}. ${words} the agent.`, ...takeBack);
  if (choice === undefined || last === null) return;
  const why = whyNotTakeBack(last, parts.session.state);
  if (why === null) await parts.session.request('undoRollback', {});
  else await tell(`Belay: ${why}`);
}

/** What must not meet a step half done waits for its end, and the rows say so. */
async function waiting<T>(parts: Parts, paths: readonly string[], ask: () => Promise<T>): Promise<T> {
  const { step, paused } = stateOf(parts);
  if (step !== null && paused === null) parts.review.say(paths, `Applies after step ${String(step.step)}`);
  try {
    return await ask();
  } finally {
    parts.review.say(paths, null);
  }
}

/** What stands in an editor and not on disk was not looked at by anybody but its writer. */
function refuseUnsaved(parts: Parts, rows: readonly ReviewFile[]): void {
  const dirty = new Set(vscode.workspace.textDocuments.filter((d) => d.isDirty).map((d) => d.uri.toString()));
  const unsaved = rows.find(({ file }) => dirty.has(fileUri(parts.diffs, file.path).toString()));
  if (unsaved !== undefined) throw new Error(`Save ${unsaved.file.path} first: it has changes that are not on disk.`);
}
