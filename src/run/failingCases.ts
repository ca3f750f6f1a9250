/**
 * Job: which visible cases do not pass, and how that is said; those first that passed at the verification before.
 * Boundary: pure. Ids are anybody's text: whoever draws them draws them safely.
 */
import type { VerdictKind } from './entry.ts';
import { formatCount, formatCounted, visibleControls } from './forDisplay.ts';

/** Of a case what is told here. */
interface Told {
  readonly id: string;
  /** null: it was not run. */
  readonly verdict: VerdictKind | null;
  readonly fell?: true;
}

export interface ToldCases<T extends Told = Told> {
  /** null: nothing was verified. */
  readonly checkpoint: number | null;
  /** The checkpoint of the verification before. */
  readonly before: number | null;
  readonly cases: readonly T[];
}

export interface Failing<T extends Told> {
  /** They passed at the verification before. */
  readonly fell: readonly T[];
  readonly others: readonly T[];
}

export function failingOf<T extends Told>({ cases }: Pick<ToldCases<T>, 'cases'>): Failing<T> {
  const failing = cases.filter(({ verdict }) => verdict !== null && verdict !== 'pass');
  return { fell: failing.filter((one) => one.fell === true), others: failing.filter((one) => one.fell !== true) };
}

/** "12 of 274 visible cases do not pass at checkpoint 9" */
export function failingSentence(told: ToldCases): string {
  const { checkpoint, cases } = told;
  if (checkpoint === null) return 'No visible case was verified where the folder stands now';
  const { fell, others } = failingOf(told);
  const [failing, ran] = [fell.length + others.length, cases.filter(({ verdict }) => verdict !== null).length];
  const at = `at checkpoint ${formatCount(checkpoint)}`;
  if (failing === 0)
    return ran === 1 ? `The one visible case passes ${at}` : `All ${formatCount(ran)} visible cases pass ${at}`;
  return `${formatCount(failing)} of ${formatCounted(ran, 'visible case')} ${failing === 1 ? 'does' : 'do'} not pass ${at}`;
}

/** "Passed at checkpoint 8", for a heading. */
export function fellWords({ before }: Pick<ToldCases, 'before'>): string {
  return `Passed at checkpoint ${formatCount(before ?? 0)}`;
}

export const othersWords = 'Did not pass before';

/** For a terminal: the sentence, then a case a line; the others have a heading only where some fell. */
export function failingText(told: ToldCases): string {
  const { fell, others } = failingOf(told);
  const row = ({ id, verdict }: Told) =>
    `  ${(verdict ?? '').padEnd(7)}  ${visibleControls(id).replaceAll('\n', '^J')}`;
  const rows = [
    ...(fell.length === 0 ? [] : [`${fellWords(told)}:`, ...fell.map(row)]),
    ...(fell.length === 0 || others.length === 0 ? [] : [`${othersWords}:`]),
    ...others.map(row),
  ];
  return [failingSentence(told), ...rows].join('\n');
}
