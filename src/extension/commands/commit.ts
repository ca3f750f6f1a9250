/**
 * Job: "Accept and Commit…": at a gate, and for files of the Review view.
 * Boundary: the message is proposed by the engine and edited here; git, its hooks and its signing run in the engine, with what
 *   they need of this window's session. What they said in a refusal stands whole in the log.
 * Rules: G3 what was shown goes with it. Nothing is accepted where nothing could be committed.
 */
import * as vscode from 'vscode';
import { messageOf } from '../../base/assert.ts';
import { commitEnvironment } from '../../protocol/commitEnvironment.ts';
import type { CommitProposal, CommitScope } from '../../protocol/messages.ts';
import type { Shown } from '../../run/entry.ts';
import { formatCounted, saidLast } from '../../run/forDisplay.ts';
import { tell } from '../notify.ts';
import type { Parts } from '../parts.ts';
import type { ReviewFile } from '../review/reviewList.ts';
import { askedHere } from './askedHere.ts';
import { shownNow, stateOf } from './shown.ts';
import { telling } from './telling.ts';

/** The open gate. @returns false where the supervisor gave up @param shown what stood on the page where it was asked for; without it what is shown now */
export async function acceptAndCommit(parts: Parts, shown: Shown = shownNow(parts)): Promise<boolean> {
  const { gate } = stateOf(parts);
  if (gate === null) throw new Error('No gate is open. Tick files in the Review view to commit them.');
  return askedHere(parts.asked.gates, gate.gate, () => commit(parts, { gate: gate.gate }, shown));
}

/** Files in the versions that their rows show. */
export async function commitRows(parts: Parts, rows: readonly ReviewFile[]): Promise<void> {
  if (rows.length === 0) throw new Error('No file is marked as read. Tick each file that you have read, then commit.');
  const files = rows.map(({ file: { path, version } }) => ({ path, version }));
  await commit(parts, { files }, shownNow(parts));
}

async function commit(parts: Parts, scope: CommitScope, shown: Shown): Promise<boolean> {
  const proposal = await parts.session.request('proposeCommit', scope);
  const message = await editedMessage(proposal);
  if (message === undefined) return false;
  const params = { ...scope, message, shown, session: commitEnvironment(process.env) };
  const progress = { location: { viewId: 'belay.run' } };
  const done = await vscode.window.withProgress(progress, async () => {
    try {
      return await parts.session.request('acceptAndCommit', params);
    } catch (error) {
      parts.log.error(messageOf(error)); // a hook's lines; a notification has room for few
      throw new Error(`Nothing was committed or accepted. ${saidLast(messageOf(error), 3)}`, { cause: error });
    }
  });
  const { commit: id, branch, files, accepted } = done;
  const acceptance = accepted ? stateOf(parts).beforeAccept?.acceptance : undefined;
  const words = `committed ${formatCounted(files, 'file')} to ${branch} as ${id.slice(0, 8)}`;
  void telling(parts.log, 'undoAccept', async () => {
    const choice = await tell(`Belay: ${words}.`, ...(acceptance === undefined ? [] : ['Undo']));
    if (choice !== undefined && acceptance !== undefined) await parts.session.request('undoAccept', { acceptance });
  });
  return true;
}

const edit: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('edit'), tooltip: 'Edit the Whole Message' };

/** The subject in one line, or with its button the whole message in an editor; undefined: given up. */
async function editedMessage(proposal: CommitProposal): Promise<string | undefined> {
  const [subject = '', ...body] = proposal.message.split('\n');
  const input = vscode.window.createInputBox();
  input.title = `Accept and Commit ${formatCounted(proposal.files, 'file')} to ${proposal.branch}`;
  input.prompt = promptOf(proposal, body.length > 0);
  input.value = subject;
  input.buttons = [edit];
  input.ignoreFocusOut = true;
  const answer = await new Promise<{ readonly text: string; readonly inEditor: boolean } | undefined>((resolve) => {
    input.onDidAccept(() => {
      if (input.value.trim() === '') input.validationMessage = 'A commit wants a message.';
      else resolve({ text: [input.value.trim(), ...body].join('\n'), inEditor: false });
    });
    input.onDidChangeValue(() => {
      input.validationMessage = undefined;
    });
    input.onDidTriggerButton(() => {
      resolve({ text: [input.value, ...body].join('\n'), inEditor: true });
    });
    input.onDidHide(() => {
      resolve(undefined);
    });
    input.show();
  });
  input.dispose();
  return answer?.inEditor === true ? inEditor(answer.text) : answer?.text;
}

function promptOf({ leftOut }: CommitProposal, hasBody: boolean): string {
  const more = hasBody ? 'The titles of the steps and two trailers follow.' : 'Two trailers follow.';
  const [first] = leftOut;
  if (first === undefined) return `${more} Your hooks run.`;
  const others = leftOut.length === 1 ? '' : ` and ${String(leftOut.length - 1)} more`;
  return `${more} Your hooks run. Not committed: ${first.path} (${first.reason})${others}.`;
}

async function inEditor(content: string): Promise<string | undefined> {
  const document = await vscode.workspace.openTextDocument({ language: 'git-commit', content });
  await vscode.window.showTextDocument(document);
  const choice = await tell('Belay: edit the message, then commit.', 'Commit', 'Cancel');
  return choice === 'Commit' ? document.getText() : undefined;
}
