/**
 * Job: what "New Task…" asks for, and the task that the answers make.
 * Boundary: pure; asking is steps.ts's. Answers are plain data: a wizard that was interrupted keeps them.
 */
import type { BudgetLimits } from '../../run/entry.ts';
import { isUnpriced } from '../../run/providers.ts';
import type { ModelChoice } from '../../run/task.ts';
import type { TaskDraft } from '../../run/taskText.ts';

export interface CandidateAnswer {
  readonly label: string;
  readonly language: string;
  readonly build?: string;
  readonly run: readonly string[];
  readonly toolchains: readonly string[];
}

export type CasesAnswer =
  | { readonly kind: 'visible'; readonly file: string }
  /** A file outside the folder: a part of its cases is visible, the rest is held out. */
  | { readonly kind: 'split'; readonly file: string }
  | { readonly kind: 'none' };

export type BudgetAnswer =
  { readonly kind: 'dollars'; readonly dollars: number } | { readonly kind: 'steps'; readonly steps: number };

/** null: the supervisor said that there is none. Absent: not asked yet. */
export interface TaskAnswers {
  readonly candidate?: CandidateAnswer;
  readonly reference?: readonly string[] | null;
  readonly docs?: readonly string[];
  readonly manualPage?: boolean;
  readonly cases?: CasesAnswer;
  readonly heldOut?: string | null;
  readonly model?: ModelChoice;
  readonly budget?: BudgetAnswer;
}

/** Where cases are expected of a task that has none yet; its finding says what to do. */
export const casesToCome = 'tests/visible.jsonl';

/** Answers to every question; a document or a held-out suite may be none. */
export type WholeAnswers = TaskAnswers &
  Required<Pick<TaskAnswers, 'candidate' | 'reference' | 'cases' | 'model' | 'budget'>>;

export function draftOf(folder: string, answers: WholeAnswers): TaskDraft {
  const { candidate, reference, cases, model, budget } = answers;
  const docs = [
    ...(answers.docs ?? []),
    ...(answers.manualPage === true && reference ? [manualPageFile(reference)] : []),
  ];
  const { toolchains, label, language, build, run } = candidate;
  return {
    name: `${nameOf(reference ?? [folder])} → ${label}`,
    candidate: { language, ...(build !== undefined && { build }), run: [...run] },
    ...(reference !== null && { reference: { command: [...reference] } }),
    docs,
    suites: suitesOf(cases, answers.heldOut ?? null),
    model,
    ...spendingOf(budget),
    ...(toolchains.length > 0 && { sandbox: { toolchains: [...toolchains] } }),
  };
}

/** Where the manual page of a reference is saved, relative to the folder. */
export const manualPageFile = (reference: readonly string[]): string => `docs/${nameOf(reference)}.txt`;

const nameOf = ([program = '']: readonly string[]): string => program.slice(program.lastIndexOf('/') + 1);

function suitesOf(cases: CasesAnswer, heldOut: string | null): TaskDraft['suites'] {
  if (cases.kind === 'split') return { split: { file: cases.file, heldOutShare: 0.5 } };
  const visible = cases.kind === 'visible' ? cases.file : casesToCome;
  return { visible, ...(heldOut !== null && { heldOut }) };
}

export interface Spending {
  readonly budget: TaskDraft['budget'];
  readonly gates: NonNullable<TaskDraft['gates']>;
}

/** Limits and gates in proportion: a gate at half of what may be used, and often enough to look. */
export function spendingOf(answer: BudgetAnswer): Spending {
  if (answer.kind === 'steps') {
    const { steps } = answer;
    return {
      budget: { steps: { soft: Math.ceil(steps / 2), hard: steps }, wallHours: { hard: hoursFor(steps) } },
      gates: { everySteps: gateEvery(steps), visibleRegression: 5 },
    };
  }
  const { dollars } = answer;
  const steps = Math.max(50, Math.round(dollars * stepsPerDollar));
  return {
    budget: {
      costUsd: { soft: dollars / 2, hard: dollars },
      wallHours: { hard: hoursFor(steps) },
      steps: { hard: steps },
    },
    gates: { everySteps: gateEvery(steps), everyUsd: dollars / 5, visibleRegression: 5 },
  };
}

/** Generous: the dollars are what ends such a run. */
const stepsPerDollar = 40;
const gateEvery = (steps: number): number => Math.min(50, Math.max(5, Math.round(steps / 10)));
const hoursFor = (steps: number): number => (steps <= 100 ? 12 : steps <= 400 ? 24 : steps <= 1_000 ? 72 : 168);

/** The same limits as the start's confirmation says them. */
export function limitsOf({ budget }: Spending): BudgetLimits {
  const { costUsd, steps, wallHours } = budget;
  return {
    ...(costUsd?.hard !== undefined && { costUsd: { hard: costUsd.hard } }),
    ...(wallHours?.hard !== undefined && { wallMs: { hard: wallHours.hard * 3_600_000 } }),
    ...(steps?.hard !== undefined && { steps: { hard: steps.hard } }),
  };
}

/** Dollars hold nothing where no price is known, or where it is zero. */
export function holdsDollars(model: ModelChoice): boolean {
  const { price } = model;
  if (price !== undefined) return price.input > 0 || price.output > 0;
  return !isUnpriced(model.provider);
}

/** A command line as a person types it, in words; quotes keep spaces. null: a quote is open or nothing is there. */
export function splitCommand(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (const char of line.trim()) {
    if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return quote !== '' || words.length === 0 ? null : words;
}

/** The reverse of `splitCommand`, for a box that is edited. */
export function joinCommand(words: readonly string[]): string {
  return words
    .map((word) => (/^[^\s"']+$/.test(word) ? word : word.includes('"') ? `'${word}'` : `"${word}"`))
    .join(' ');
}
