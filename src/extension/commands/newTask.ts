/**
 * Job: "New Task…": a few questions, then a commented `belay.json`.
 * Boundary: the order of the questions and what is kept between them; each question is newTask/steps.ts's.
 * Rules: nothing is written before the last answer. What was answered is kept for the next time until the file is there. A
 *   `belay.json` that is there is never touched.
 */
import * as vscode from 'vscode';
import { formatCounted } from '../../run/forDisplay.ts';
import type { TaskAnswers, WholeAnswers } from '../newTask/answers.ts';
import { questions, type Question } from '../newTask/steps.ts';
import type { FolderSurvey } from '../newTask/survey.ts';
import { tell, warn } from '../notify.ts';
import type { Parts } from '../parts.ts';
import { pickStep } from '../quickSteps.ts';
import { taskFileName, taskFileOf } from '../taskFiles.ts';
import { pickFolder, usableFolders } from './folders.ts';

export async function newTask(parts: Parts): Promise<void> {
  const folder = await pickFolder(await usableFolders(parts), 'New task in');
  if (folder === undefined) return;
  if ((await parts.tasks.withTask()).includes(folder)) {
    await leadToTask(folder, `Belay: ${folder.name} has a ${taskFileName} already.`);
    return;
  }
  const memory = memoryOf(parts, folder);
  const kept = await beginning(memory.read());
  if (kept === null) return;
  const maker = (await parts.runtime()).newTask;
  const looking = { location: vscode.ProgressLocation.Window, title: 'Belay: looking at the folder' };
  const survey = await vscode.window.withProgress(looking, () => maker.survey(folder.uri.fsPath));
  const answers = await askAll(parts, folder, survey, kept, memory.keep);
  if (answers !== null) await write(parts, folder, answers, memory.forget);
}

interface Memory {
  readonly read: () => TaskAnswers;
  readonly keep: (answers: TaskAnswers) => Thenable<void>;
  readonly forget: () => Thenable<void>;
}

function memoryOf({ memory }: Parts, folder: vscode.WorkspaceFolder): Memory {
  const name = `belay.newTask:${folder.uri.toString()}`;
  return {
    read: () => memory.get<TaskAnswers>(name) ?? {},
    keep: (answers) => memory.update(name, answers),
    forget: () => memory.update(name, undefined),
  };
}

/** The answers to begin with; null: cancelled. */
async function beginning(kept: TaskAnswers): Promise<TaskAnswers | null> {
  const count = questions.filter(({ isAnswered }) => isAnswered(kept)).length;
  if (count === 0) return {};
  const items = [
    { label: 'Go On Where You Stopped', detail: `${formatCounted(count, 'answer')} kept.`, value: kept },
    { label: 'Begin Anew', detail: 'The kept answers go.', value: {} },
  ];
  const answer = await pickStep<TaskAnswers>({
    title: 'New Task',
    placeHolder: 'You began a task here',
    step: 1,
    totalSteps: 1,
    items,
  });
  return answer.kind === 'answer' ? answer.value : null;
}

/** null: cancelled; the answers so far are kept. */
async function askAll(
  parts: Parts,
  folder: vscode.WorkspaceFolder,
  survey: FolderSurvey,
  begun: TaskAnswers,
  keep: (answers: TaskAnswers) => Thenable<void>,
): Promise<WholeAnswers | null> {
  const maker = (await parts.runtime()).newTask;
  let answers = begun;
  const applying = (): readonly Question[] => questions.filter((one) => one.applies?.(answers, survey) ?? true);
  let question = applying().find(({ isAnswered }) => !isAnswered(answers)) ?? questions.at(-1);
  while (question !== undefined) {
    const order = applying();
    const at = order.indexOf(question);
    const step = { title: question.title, step: at + 1, totalSteps: order.length };
    const answer = await question.ask({ parts, maker, folder, survey, answers, step });
    if (answer.kind === 'cancel') return null;
    if (answer.kind === 'back') {
      question = order[at - 1] ?? question;
      continue;
    }
    answers = { ...answers, ...answer.value };
    await keep(answers);
    const rest = applying();
    question = rest[rest.indexOf(question) + 1];
  }
  return isWhole(answers) ? answers : null;
}

function isWhole(answers: TaskAnswers): answers is WholeAnswers {
  const { candidate, reference, cases, model, budget } = answers;
  return [candidate, reference, cases, model, budget].every((part) => part !== undefined);
}

async function write(
  parts: Parts,
  folder: vscode.WorkspaceFolder,
  answers: WholeAnswers,
  forget: () => Thenable<void>,
): Promise<void> {
  const maker = (await parts.runtime()).newTask;
  const { written, notes } = await maker.write(folder.uri.fsPath, folder.name, answers);
  for (const note of notes) void warn(`Belay: ${note}`);
  if (!written) {
    await leadToTask(folder, `Belay: ${folder.name} has a ${taskFileName} by now; it was not touched.`);
    return;
  }
  await forget();
  await vscode.window.showTextDocument(taskFileOf(folder), { preview: false });
  if (answers.cases.kind === 'none') {
    await leadToCases(answers.reference !== null);
    return;
  }
  const choice = await tell(`Belay: ${taskFileName} is written. Look it over, then start.`, 'Start Reconstruction');
  if (choice !== undefined) await vscode.commands.executeCommand('belay.start');
}

/** Where there is a reference to ask, it can make them. */
async function leadToCases(hasReference: boolean): Promise<void> {
  const message = `Belay: ${taskFileName} is written. It still needs cases: see what is marked in it.`;
  const choice = await tell(message, ...(hasReference ? ['Record Suite…'] : []));
  if (choice !== undefined) await vscode.commands.executeCommand('belay.recordSuite');
}

async function leadToTask(folder: vscode.WorkspaceFolder, message: string): Promise<void> {
  const choice = await tell(message, `Open ${taskFileName}`);
  if (choice !== undefined) await vscode.window.showTextDocument(taskFileOf(folder));
}
