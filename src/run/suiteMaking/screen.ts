/**
 * Job: decide from the reference's answers whether a question makes a case, and name what may trip whoever rebuilds the program.
 * Boundary: pure; asking is the engine's. Each question is asked twice in the same way, and once in another environment.
 */
import type { Question } from './question.ts';

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  /** null when it was ended from outside. */
  readonly exit: number | null;
  /** Files of the question's folder that were not there before, or have another content. */
  readonly files: Readonly<Record<string, string>>;
  /** Why it was ended from outside; null: it ended by itself. */
  readonly endedBy: string | null;
  /** Whether all that it wrote is UTF-8. */
  readonly isText: boolean;
}

/** Why no case is made of a question. */
export type Fault = 'ended' | 'crashed' | 'not text' | 'time' | 'randomness';
/** What an expected output hangs on, though it is the same each time in Belay's sandbox. */
export type Pitfall = 'paths' | 'environment';

export const faultWords: Readonly<Record<Fault, string>> = {
  ended: 'did not end by itself within the limits',
  crashed: 'was ended by a signal',
  'not text': 'wrote what is not UTF-8',
  time: 'shows the date or the time of day',
  randomness: 'answered the same question in two ways',
};

export const pitfallWords: Readonly<Record<Pitfall, string>> = {
  paths: 'the output names a folder of the sandbox, in which the candidate runs too',
  environment:
    'the output is another one in another language or time zone; cases run with C.UTF-8 and the zone of this machine',
};

export interface Answers {
  readonly first: Answer;
  readonly second: Answer;
  /** In another language and time zone. */
  readonly elsewhere: Answer;
}

export type Screened = { readonly fault: Fault } | { readonly fault: null; readonly pitfalls: readonly Pitfall[] };

/** @param now ms since the epoch, when it was asked */
export function screen(question: Question, { first, second, elsewhere }: Answers, now: number): Screened {
  if (first.endedBy !== null || second.endedBy !== null) return { fault: 'ended' };
  if (!first.isText || !second.isText) return { fault: 'not text' };
  if (!isSameAnswer(first, second)) return { fault: hasClock(first) && hasClock(second) ? 'time' : 'randomness' };
  if (first.exit === null || first.exit >= 128) return { fault: 'crashed' };
  const said = saidIn(first);
  const asked = JSON.stringify([question.args, question.stdin, question.files ?? {}]);
  if (datesAt(now).some((date) => said.includes(date) && !asked.includes(date))) return { fault: 'time' };
  const pitfalls: Pitfall[] = [];
  if (/\/belay\/(?:case|build)|\/tmp\/home/.test(said) && !asked.includes('/belay/')) pitfalls.push('paths');
  if (!isSameAnswer(first, elsewhere)) pitfalls.push('environment');
  return { fault: null, pitfalls };
}

export function isSameAnswer(a: Answer, b: Answer): boolean {
  return a.exit === b.exit && saidIn(a) === saidIn(b) && a.endedBy === b.endedBy;
}

const saidIn = ({ stdout, stderr, files }: Answer): string => {
  const sorted = Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1));
  return [stdout, stderr, ...sorted.flat()].join('\n');
};

/** What differs may be a clock: a time of day, or seconds since the epoch. */
const hasClock = (answer: Answer): boolean => /\d{1,2}:\d{2}|\b1\d{9}(?:\d{3})?\b/.test(saidIn(answer));

const monthNames = 'January February March April May June July August September October November December'.split(' ');

/** How programs write this day, the one before and the one after: the machine's zone is not known here. */
function datesAt(now: number): readonly string[] {
  return [-1, 0, 1].flatMap((offset) => {
    const day = new Date(now + offset * 86_400_000);
    const [year, month, date] = [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()];
    const name = monthNames[month - 1] ?? '';
    const two = (number: number) => String(number).padStart(2, '0');
    return [
      `${String(year)}-${two(month)}-${two(date)}`,
      `${String(year)}/${two(month)}/${two(date)}`,
      `${two(month)}/${two(date)}/${String(year)}`,
      `${name} ${String(year)}`,
      `${name.slice(0, 3)} ${String(date).padStart(2)} `,
      `${String(date)} ${name.slice(0, 3)} ${String(year)}`,
      `${name} ${String(date)}, ${String(year)}`,
    ];
  });
}
