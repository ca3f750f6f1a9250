/**
 * Job: a model by hand in the window: the question goes to the clipboard, the answer comes from there or from a file.
 * Boundary: the engine judges the answer; a refusal names its line, and the question stays open.
 */
import * as vscode from 'vscode';
import type { Question } from '../../protocol/messages.ts';
import type { Parts } from '../parts.ts';

export async function copyQuestion(parts: Parts): Promise<void> {
  const question = await openQuestion(parts);
  const text = await chooseText(question);
  if (text === undefined) return;
  try {
    await vscode.env.clipboard.writeText(text);
  } catch {
    // denied, as a browser may: it can be copied from a document
    await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ content: text, language: 'markdown' }),
    );
    return;
  }
  vscode.window.setStatusBarMessage(`Belay: the question of step ${String(question.step)} is on the clipboard`, 5_000);
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
  const choice = await vscode.window.showQuickPick([paste, file], { title, ignoreFocusOut: true });
  const text =
    choice === paste ? await vscode.env.clipboard.readText() : choice === file ? await fileText() : undefined;
  if (text !== undefined) await parts.session.request('answer', { step, text });
}

async function fileText(): Promise<string | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ title: 'The answer', canSelectMany: false })) ?? [];
  return file && new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
}

async function openQuestion({ session }: Parts): Promise<Question> {
  const question = await session.request('question', {});
  if (question === null) throw new Error('No question is open: the run is not waiting for an answer.');
  return question;
}
