/**
 * Job: the questions of "New Task…", one function each: what is offered, what each offer means, what the answer is.
 * Boundary: asks in VS Code's quick input; what is there was found by the survey, what comes of it is answers.ts's.
 * Rules: nothing of the reference is run. A file of held-out cases lies outside the folder (H2).
 */
import * as vscode from 'vscode';
import { formatCounted, joinWords } from '../../run/forDisplay.ts';
import { mayWords } from '../confirmation.ts';
import { pickModel } from '../modelPicker.ts';
import { inputStep, pickStep, tickStep, type StepAnswer, type StepItem } from '../quickSteps.ts';
import {
  casesToCome,
  holdsDollars,
  joinCommand,
  limitsOf,
  manualPageFile,
  spendingOf,
  splitCommand,
  type BudgetAnswer,
  type CandidateAnswer,
  type CasesAnswer,
  type TaskAnswers,
} from './answers.ts';
import type { Asking } from './asking.ts';
import { pickCases } from './pickCases.ts';
import type { CandidateOffer, FolderSurvey } from './survey.ts';
import type { TaskMaker } from './taskMaker.ts';

export interface Question {
  readonly title: string;
  readonly isAnswered: (answers: TaskAnswers) => boolean;
  /** Left out where there is nothing to ask. Absent: always asked. */
  readonly applies?: (answers: TaskAnswers, survey: FolderSurvey) => boolean;
  readonly ask: (asking: Asking) => Promise<StepAnswer<TaskAnswers>>;
}

export const questions: readonly Question[] = [
  { title: 'New Task: the language to rebuild in', isAnswered: (a) => a.candidate !== undefined, ask: askCandidate },
  { title: 'New Task: the original program', isAnswered: (a) => a.reference !== undefined, ask: askReference },
  {
    title: 'New Task: documents for the agent',
    isAnswered: (a) => a.docs !== undefined,
    applies: ({ reference }, { docs }) => docs.length > 0 || (reference ?? null) !== null,
    ask: askDocs,
  },
  { title: 'New Task: the cases', isAnswered: (a) => a.cases !== undefined, ask: askCases },
  {
    title: 'New Task: held-out cases',
    isAnswered: (a) => a.heldOut !== undefined,
    applies: ({ cases }) => cases?.kind === 'visible',
    ask: askHeldOut,
  },
  { title: 'New Task: the model', isAnswered: (a) => a.model !== undefined, ask: askModel },
  { title: 'New Task: the limit', isAnswered: (a) => a.budget !== undefined, ask: askBudget },
];

/** The answer with what was known before. */
function known<T>(answer: StepAnswer<T>, take: (value: T) => TaskAnswers): StepAnswer<TaskAnswers> {
  return answer.kind === 'answer' ? { kind: 'answer', value: take(answer.value) } : answer;
}

async function askCandidate(asking: Asking): Promise<StepAnswer<TaskAnswers>> {
  const { survey, answers, step } = asking;
  const offers = survey.candidates.map((offer): StepItem<CandidateOffer | null> => ({
    label: offer.label,
    description: commandsOf(offer),
    detail: seenOf(offer),
    value: offer,
  }));
  const other = { label: 'Another Language or Other Commands…', detail: 'You name it and its commands.', value: null };
  const picked = await pickStep<CandidateOffer | null>({
    ...step,
    placeHolder: 'The agent writes in it; its commands can be changed later',
    items: [...offers, other],
    active: (offer) => offer !== null && offer.language === answers.candidate?.language,
  });
  if (picked.kind !== 'answer') return picked;
  if (picked.value === null) return askCommands(asking);
  const { label, language, build, run, toolchains } = picked.value;
  const candidate: CandidateAnswer = { label, language, ...(build !== undefined && { build }), run, toolchains };
  return { kind: 'answer', value: { candidate } };
}

function commandsOf({ build, run }: CandidateOffer): string {
  return build === undefined ? joinCommand(run) : `${build}, then ${joinCommand(run)}`;
}

/** "go.mod is here · go: /usr/bin/go" */
function seenOf({ mark, program, toolchains, language }: CandidateOffer): string {
  const parts = [
    ...(mark === null ? [] : [`${mark} is here`]),
    program ?? `the programs of ${language} are not on PATH: install them first`,
    ...(toolchains.length === 0 ? [] : [`the sandbox gets ${toolchains.join(', ')}`]),
  ];
  return parts.join(' · ');
}

async function askCommands({ answers, step }: Asking): Promise<StepAnswer<TaskAnswers>> {
  const before = answers.candidate;
  const language = await inputStep({
    ...step,
    prompt: 'The language that the agent writes.',
    placeHolder: 'go',
    value: before?.language ?? '',
    check: (value) => Promise.resolve(value === '' ? wrong('The name of a language, such as go.') : undefined),
  });
  if (language.kind !== 'answer') return language;
  const build = await inputStep({
    ...step,
    prompt: 'The shell command that builds it; empty where nothing is built.',
    value: before?.build ?? '',
    check: () => Promise.resolve(undefined),
  });
  if (build.kind !== 'answer') return build;
  const run = await inputStep({
    ...step,
    prompt: 'The command that runs it; the arguments of a case are added.',
    placeHolder: './main',
    value: before === undefined ? '' : joinCommand(before.run),
    check: (value) =>
      Promise.resolve(splitCommand(value) === null ? wrong('A program and its arguments, such as ./main.') : undefined),
  });
  return known(run, (line) => ({
    candidate: {
      label: language.value,
      language: language.value,
      ...(build.value !== '' && { build: build.value }),
      run: splitCommand(line) ?? [],
      toolchains: before?.toolchains ?? [],
    },
  }));
}

async function askReference({ maker, folder, survey, answers, step }: Asking): Promise<StepAnswer<TaskAnswers>> {
  const guess = answers.reference === undefined ? (survey.reference ?? '') : joinCommand(answers.reference ?? []);
  const line = await inputStep({
    ...step,
    prompt:
      'Its command, such as "cal"; it is not run now. Empty: there is none to ask, the cases alone say what is right.',
    placeHolder: 'cal',
    value: guess,
    check: async (value) => {
      const command = splitCommand(value);
      if (command === null) return value === '' ? undefined : wrong('A quote is open.');
      return checkReference(maker, folder, command, answers.candidate?.run.slice(0, 1) ?? []);
    },
  });
  return known(line, (value) => ({ reference: splitCommand(value) }));
}

/** Whether it is there, and whether the agent could read it. */
async function checkReference(
  maker: TaskMaker,
  folder: vscode.WorkspaceFolder,
  command: readonly string[],
  keep: readonly string[],
): Promise<vscode.InputBoxValidationMessage> {
  const [name = ''] = command;
  const path = name.includes('/') ? vscode.Uri.joinPath(folder.uri, name).fsPath : name;
  if ((await maker.which(name.startsWith('/') ? name : path)) === null)
    return wrong(
      `“${name}” was not found${name.includes('/') ? '' : ' on PATH'}: install it, give its path, or leave this empty.`,
    );
  const { program, gaps } = await maker.lookAtReference(command, folder.uri.fsPath, keep);
  const [gap] = gaps;
  if (gap === undefined) return told(`${program ?? name}: the agent may ask it, and is not shown its files.`);
  const message = `${program ?? name} would not be hidden whole, so the run would be NOT sealed: ${gap}.`;
  return { message, severity: vscode.InputBoxValidationSeverity.Warning };
}

async function askDocs({ maker, survey, answers, step }: Asking): Promise<StepAnswer<TaskAnswers>> {
  const reference = answers.reference ?? [];
  const page = (await maker.hasManualPage(programOf(reference))) ? manualPageFile(reference) : null;
  const items: StepItem<string | null>[] = survey.docs.map((doc) => ({ label: doc, value: doc }));
  if (page !== null)
    items.push({
      label: `The manual page of ${programOf(reference)}`,
      detail: `man is asked for it at the end, and it is saved as ${page}.`,
      value: null,
    });
  if (items.length === 0) return { kind: 'answer', value: { docs: [], manualPage: false } };
  const ticked = await tickStep<string | null>({
    ...step,
    placeHolder: 'What the agent may read beside the visible cases; none is fine',
    items,
    ticked: (doc) => (doc === null ? answers.manualPage !== false : (answers.docs ?? survey.docs).includes(doc)),
  });
  return known(ticked, (docs) => ({
    docs: docs.filter((doc) => doc !== null),
    manualPage: docs.includes(null),
  }));
}

const programOf = ([program = '']: readonly string[]): string => program.slice(program.lastIndexOf('/') + 1);

async function askCases(asking: Asking): Promise<StepAnswer<TaskAnswers>> {
  const { survey, answers } = asking;
  const inside = survey.inside.map(({ file, cases }): StepItem<CasesAnswer> => ({
    label: file,
    description: formatCounted(cases, 'case'),
    detail: 'The agent may read and run these.',
    value: { kind: 'visible', file },
  }));
  const outside = survey.outside.map(({ file, cases }): StepItem<CasesAnswer> => ({
    label: `Split ${file}`,
    description: formatCounted(cases, 'case'),
    detail: 'Half of them visible, half held out, tag by tag; the file stays outside the folder.',
    value: { kind: 'split', file },
  }));
  const none: StepItem<CasesAnswer> = {
    label: 'None Yet',
    detail: `The task names ${casesToCome}, and no run starts before it holds cases, one JSON object a line.`,
    value: { kind: 'none' },
  };
  const answer = await pickCases<CasesAnswer>(asking, {
    placeHolder: 'What the candidate is verified with',
    items: [...inside, ...outside],
    last: none,
    active: (cases) => JSON.stringify(cases) === JSON.stringify(answers.cases),
    choose: 'A file inside the folder is for the agent to read; one outside is split.',
    take: (file, isInside) => (isInside ? { kind: 'visible', file } : { kind: 'split', file }),
  });
  return known(answer, (cases) => ({ cases }));
}

async function askHeldOut(asking: Asking): Promise<StepAnswer<TaskAnswers>> {
  const { survey, answers } = asking;
  const answer = await pickCases<string | null>(asking, {
    placeHolder: 'Cases that the agent never learns of: they show what it really can',
    items: survey.outside.map(({ file, cases }) => ({
      label: file,
      description: formatCounted(cases, 'case'),
      detail: 'Outside the folder, where the agent does not reach.',
      value: file,
    })),
    last: {
      label: 'None',
      detail: 'Then nothing shows when the visible cases pass and the program is wrong.',
      value: null,
    },
    active: (file) => file === answers.heldOut,
    choose: 'It lies outside the folder.',
    take: (file, isInside) => (isInside ? null : file),
    refuse: 'lies in the folder, where the agent could read it: move it out first.',
  });
  return known(answer, (heldOut) => ({ heldOut }));
}

async function askModel({ parts, answers, step }: Asking): Promise<StepAnswer<TaskAnswers>> {
  const { model } = answers;
  if (model !== undefined) {
    const again = { label: 'Choose Another…', value: false };
    const keep = {
      label: `Keep ${[model.provider, model.name].filter((word) => word !== undefined).join(' · ')}`,
      value: true,
    };
    const answer = await pickStep({ ...step, placeHolder: 'The model that works', items: [keep, again] });
    if (answer.kind !== 'answer') return answer;
    if (answer.value) return { kind: 'answer', value: { model } };
  }
  return known(await pickModel(parts, step), (chosen) => ({ model: chosen }));
}

async function askBudget({ answers, step }: Asking): Promise<StepAnswer<TaskAnswers>> {
  const inDollars = answers.model === undefined || holdsDollars(answers.model);
  const unit = inDollars ? 'dollars' : 'steps';
  const answerOf = (count: number): BudgetAnswer =>
    inDollars ? { kind: 'dollars', dollars: count } : { kind: 'steps', steps: count };
  const items = (inDollars ? [5, 20, 60] : [50, 200, 1_000]).map((count): StepItem<number | null> => ({
    label: inDollars ? `$${String(count)}` : formatCounted(count, 'step'),
    detail: budgetWords(answerOf(count)),
    value: count,
  }));
  const other = { label: `Another Number of ${inDollars ? 'Dollars' : 'Steps'}…`, value: null };
  const picked = await pickStep<number | null>({
    ...step,
    placeHolder: inDollars
      ? 'At the most; only you can raise it'
      : 'Dollars do not hold this model; steps do, and only you can raise them',
    items: [...items, other],
    active: (count) => JSON.stringify(count === null ? null : answerOf(count)) === JSON.stringify(answers.budget),
  });
  if (picked.kind !== 'answer') return picked;
  if (picked.value !== null) return { kind: 'answer', value: { budget: answerOf(picked.value) } };
  const typed = await inputStep({
    ...step,
    prompt: `At most how many ${unit}?`,
    value: '',
    placeHolder: inDollars ? '30' : '500',
    check: (value) =>
      Promise.resolve(
        numberOf(value, inDollars) === null
          ? wrong(`A number of ${unit}, such as ${inDollars ? '30' : '500'}.`)
          : undefined,
      ),
  });
  return known(typed, (value) => ({ budget: answerOf(numberOf(value, inDollars) ?? 1) }));
}

/** "May spend up to $20.00 and run up to 3 days; a gate every 50 steps and every $4.00." */
function budgetWords(answer: BudgetAnswer): string {
  const spending = spendingOf(answer);
  const { everySteps, everyUsd } = spending.gates;
  const gates = [
    ...(everySteps === undefined ? [] : [`every ${formatCounted(everySteps, 'step')}`]),
    ...(everyUsd === undefined ? [] : [`every $${everyUsd.toFixed(2)}`]),
  ];
  return `May ${mayWords(limitsOf(spending), true)}; stops for review ${joinWords(gates)}.`;
}

function numberOf(text: string, fractions: boolean): number | null {
  const value = Number(text.replace(',', '.').replace(/^\$/, ''));
  const fits = Number.isFinite(value) && value > 0 && value <= 1_000_000 && (fractions || Number.isInteger(value));
  return text !== '' && fits ? value : null;
}

const wrong = (message: string): vscode.InputBoxValidationMessage => ({
  message,
  severity: vscode.InputBoxValidationSeverity.Error,
});

const told = (message: string): vscode.InputBoxValidationMessage => ({
  message,
  severity: vscode.InputBoxValidationSeverity.Info,
});
