/**
 * Job: a model by hand in the window: the question goes to the clipboard, the answer comes from there or from a file.
 * Boundary: the engine judges the answer; a refusal names its line, and the question stays open.
 * Rules: a browser may deny the clipboard. Then the question is a document to copy from, and the answer is pasted into the
 *   Run view's box, which needs nobody's leave.
 */
import { posix } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../base/assert.ts';
import type { Question } from '../../protocol/messages.ts';
import { notAFile, notAnAnswer, tooLargeToAnswer } from '../../run/answerFile.ts';
import { tell, warn } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { focusRun } from './start.ts';

/** A clipboard that may be read answers long before. */
const clipboardMs = 2_000;

export async function copyQuestion(parts: Parts): Promise<void> {
  const question = await openQuestion(parts);
  const text = await chooseText(question);
  if (text === undefined) return;
  try {
    await vscode.env.clipboard.writeText(text);
  } catch (error) {
    parts.log.warn(`the clipboard was denied: ${messageOf(error)}`);
    await openAsDocument(text);
    return;
  }
  vscode.window.setStatusBarMessage(`Belay: the question of step ${String(question.step)} is on the clipboard`, 5_000);
}

/** All of it is selected, so that one key copies it. */
async function openAsDocument(text: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ content: text, language: 'markdown' });
  const end = document.lineAt(document.lineCount - 1).range.end;
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, new vscode.Position(0, 0)) });
  void tell('Belay: the clipboard is denied here, so the question is open in the editor. It is selected: copy it.');
}

/** The first question is the same either way. */
async function chooseText({ step, prompt, news }: Question): Promise<string | undefined> {
  if (step === 1) return prompt;
  const items = [
    { label: 'Only What Is New', detail: 'To go on in the chat that gave the last answer.', text: news },
    { label: 'The Whole Prompt', detail: 'For a new chat.', text: prompt },
  ];
  return (await vscode.window.showQuickPick(items, { title: `The question of step ${String(step)}` }))?.text;
}

export async function answerByHand(parts: Parts): Promise<void> {
  const { step } = await openQuestion(parts);
  const paste = { label: 'Paste from the Clipboard', detail: 'The whole answer, as the model gave it.' };
  const file = { label: 'Choose a File…', detail: 'A text file with the answer.' };
  const title = `The answer for step ${String(step)}`;
  const box = {
    label: 'Write It in the Run View',
    detail: 'Paste or type there; for a browser that denies the clipboard.',
  };
  const choice = await vscode.window.showQuickPick([paste, file, box], { title, ignoreFocusOut: true });
  if (choice === box) await focusRun(parts);
  const text = choice === paste ? await pasted(parts) : choice === file ? await chosenFile() : undefined;
  if (text !== undefined) await parts.session.request('answer', { step, text });
}

/** A browser that denies the clipboard, or asks first, may never answer: then the way round it is told, and waiting goes on. */
async function pasted(parts: Parts): Promise<string | undefined> {
  const tellWayRound = (): void => {
    void warn('Belay: paste the answer into the Run view’s box: the clipboard gave no text.');
  };
  const late = setTimeout(tellWayRound, clipboardMs);
  try {
    const text = await vscode.env.clipboard.readText();
    if (text.trim() !== '') return text;
  } catch (error) {
    parts.log.warn(`the clipboard was denied: ${messageOf(error)}`);
  } finally {
    clearTimeout(late);
  }
  tellWayRound();
  return undefined;
}

/** From the Run view: what the file holds is put into its box, and sent from there. */
export async function chooseAnswerFile(parts: Parts): Promise<void> {
  const text = await chosenFile();
  if (text !== undefined) parts.runView.post({ type: 'answerFile', text });
}

/** @throws with the words for the supervisor where the file can't be an answer */
export async function showAnswerFile(parts: Parts, file: vscode.Uri): Promise<void> {
  parts.runView.post({ type: 'answerFile', text: await textOf(file) });
}

async function chosenFile(): Promise<string | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ title: 'The answer', canSelectMany: false })) ?? [];
  return file && (await textOf(file));
}

async function textOf(file: vscode.Uri): Promise<string> {
  const name = posix.basename(file.path);
  const { type, size } = await vscode.workspace.fs.stat(file);
  const refused = notAFile(name, (type & vscode.FileType.File) !== 0) ?? tooLargeToAnswer(name, size);
  if (refused !== null) throw new Error(refused);
  const text = decoded(await vscode.workspace.fs.readFile(file));
  const problem = notAnAnswer(name, text);
  if (text === null || problem !== null) throw new Error(problem ?? '');
  return text;
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null; // not UTF-8
  }
}

async function openQuestion({ session }: Parts): Promise<Question> {
  const question = await session.request('question', {});
  if (question === null) throw new Error('No question is open: the run is not waiting for an answer.');
  return question;
}
