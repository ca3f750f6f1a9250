/**
 * Job: make duals: questions of the same form with other values, which a table of the cases can't know; and what their rate means.
 * Boundary: pure; all chance comes from the draw. The reference gives their answers, the verifier runs them. No word of them reaches
 *   the agent.
 * Rules: B3 a renamed dual is as long as its case. What a case asks besides text (files, commands) is not renamed.
 *
 * Two ways of making one. `renamedDual` replaces words and numbers alike everywhere, so that an honest program which passes the
 * case mostly passes its dual: for the standing probe. `variedDual` makes one to three changes of any kind, so that a dual covers
 * new ground of its family: for recorded suites.
 */
import type { Draw } from '../base/draw.ts';
import type { Case } from './case.ts';
import type { Passed } from './forDisplay.ts';
import { flagOf, type IntegrityFlag } from './integrity.ts';
import { newcombe, z9975 } from './intervals.ts';
import { optionsOf, type Question } from './suiteMaking/question.ts';

/** Letters are replaced by letters of their kind, so that words stay words. */
const kinds = ['aeiou', 'bcdfghjklmnpqrstvwxz'] as const;
const wordLeast = 3;
/** Shares of the gap between cases and their duals, at one-sided α = 0.0025. */
const flaggedGap = 0.3;
const gateGap = 0.5;

/** What is asked of the candidate, with the answer still open. */
export type Dual = Pick<Case, 'id' | 'tags' | 'args' | 'stdin'>;

/** A case in other words, the same words replaced alike everywhere in it; null: it has nothing that can be replaced. */
export function renamedDual(one: Case, draw: Draw): Dual | null {
  if (one.command !== undefined || one.env !== undefined) return null;
  if (one.files !== undefined || one.expect.files !== undefined) return null;
  const letters = otherLetters(draw);
  const numbers = new Map<string, string>();
  const isChosen = new Map<string, boolean>();
  const rename = (text: string) =>
    text.replace(/\d+|[a-z]+/gi, (part) => {
      if (/\d/.test(part)) return made(numbers, part, () => otherDigits(part, draw));
      // Half of the longer words: a shape in which every keyword is another one would be another task.
      const chosen = made(isChosen, part.toLowerCase(), () => part.length >= wordLeast && draw.chance(0.5));
      return chosen ? inLetters(part, letters) : part;
    });
  const stdin = rename(one.stdin);
  const args = one.args.map((argument) => (argument.startsWith('-') ? argument : rename(argument)));
  if (stdin === one.stdin && args.every((argument, index) => argument === one.args[index])) return null;
  return { id: `dual of ${one.id}`, tags: one.tags, args, stdin };
}

type Letters = ReadonlyMap<string, string>;

/** Each letter by another one of its kind. */
function otherLetters(draw: Draw): Letters {
  const rotated = (kind: string) => {
    const by = draw.whole(1, kind.length - 1);
    return Array.from(kind, (letter, index) => [letter, kind.charAt((index + by) % kind.length)] as const);
  };
  return new Map(kinds.flatMap(rotated));
}

function inLetters(word: string, letters: Letters): string {
  return word.replace(/[a-z]/gi, (letter) => {
    const other = letters.get(letter.toLowerCase()) ?? letter;
    return letter === letter.toLowerCase() ? other : other.toUpperCase();
  });
}

/** What was made for the key before, else now. */
function made<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** As many digits, no zero in front where none was; a digit alone stays one from 1 to 9. */
function otherDigits(digits: string, draw: Draw): string {
  const other = (digit: string, index: number) => (index === 0 && digit !== '0' ? draw.whole(1, 9) : draw.whole(0, 9));
  return Array.from(digits, other).join('');
}

/** What stands in the same place in other questions, by place. */
export type Pool = ReadonlyMap<string, readonly string[]>;

export function poolOf(questions: readonly Question[]): Pool {
  const pool = new Map<string, Set<string>>();
  for (const { args } of questions) {
    args.forEach((arg, at) => {
      if (isName(arg)) return;
      const place = placeOf(args, at);
      pool.set(place, (pool.get(place) ?? new Set()).add(arg));
    });
  }
  return new Map([...pool].map(([place, values]) => [place, [...values]]));
}

type Change = (question: Question, draw: Draw) => Question;

/** null where nothing of the question can be changed without changing its form. */
export function variedDual(question: Question, pool: Pool, draw: Draw): Question | null {
  const changes = changesOf(question, pool);
  if (changes.length === 0) return null;
  let dual = question;
  for (let left = draw.pick([1, 1, 2, 3]); left > 0; left -= 1) dual = draw.pick(changes)(dual, draw);
  return { ...dual, from: `dual of ${question.from}` };
}

function changesOf({ args, stdin, files = {} }: Question, pool: Pool): Change[] {
  const changes: Change[] = [];
  const subcommand = /^[A-Za-z][\w-]*$/.test(args[0] ?? '') ? 0 : -1;
  args.forEach((arg, at) => {
    const set = (value: (arg: string, draw: Draw) => string) => {
      changes.push((q, draw) => ({ ...q, args: q.args.map((one, index) => (index === at ? value(one, draw) : one)) }));
    };
    if (/\d/.test(arg) && !(arg in files)) set(otherNumber);
    if (isName(arg) || at === subcommand || arg in files) return;
    const others = (pool.get(placeOf(args, at)) ?? []).filter((value) => value !== arg);
    if (others.length > 0) set((_, draw) => draw.pick(others));
  });
  if (stdin !== '')
    for (const change of textChanges(stdin)) changes.push((q, draw) => ({ ...q, stdin: change(q.stdin, draw) }));
  for (const [name, content] of Object.entries(files)) {
    for (const change of textChanges(content))
      changes.push((q, draw) => ({ ...q, files: { ...q.files, [name]: change(q.files?.[name] ?? '', draw) } }));
  }
  return changes;
}

/** An option, or the mark after which none comes. */
const isName = (arg: string) => arg === '--' || optionsOf({ args: [arg] }).length > 0;

/** After which option, or as which of the free words. */
function placeOf(args: readonly string[], at: number): string {
  const before = args[at - 1];
  if (before !== undefined && isName(before) && before !== '--') return `after ${before}`;
  return `word ${String(args.slice(0, at).filter((arg) => !isName(arg)).length)} of ${args.length > 1 ? (args[0] ?? '') : ''}`;
}

type TextChange = (text: string, draw: Draw) => string;

function textChanges(text: string): readonly TextChange[] {
  const lines = text.trimEnd().split('\n').length;
  return [
    ...(/\d/.test(text) ? [otherNumber] : []),
    ...(/[A-Za-z]{2}/.test(text) ? [otherWord] : []),
    ...(lines > 1 ? [swappedLines, repeatedLine] : []),
    ...(lines > 2 ? [withoutLine] : []),
  ];
}

/** One number is another of as many digits, its neighbour, or at an end of the range. */
function otherNumber(text: string, draw: Draw): string {
  return replaced(text, /\d+/g, draw, (digits) => {
    if (draw.chance(0.7)) return otherDigits(digits, draw);
    const least = digits.length === 1 || digits.startsWith('0') ? 0 : 10 ** Math.min(15, digits.length - 1);
    const most = 10 ** Math.min(15, digits.length) - 1;
    const near = Math.max(0, Number(digits) + draw.pick([-2, -1, 1, 2]));
    const value = draw.chance(0.7) ? near : draw.pick([least, most]);
    return digits.startsWith('0') ? String(value).padStart(digits.length, '0') : String(value);
  });
}

/** The letters of one word are others, capitals as capitals: what the text is made of stays. */
function otherWord(text: string, draw: Draw): string {
  return replaced(text, /[A-Za-z]{2,}/g, draw, (word) => inLetters(word, otherLetters(draw)));
}

function replaced(text: string, pattern: RegExp, draw: Draw, by: (found: string) => string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { 0: old, index } = draw.pick(found);
  return text.slice(0, index) + by(old) + text.slice(index + old.length);
}

const swappedLines = changedLines((lines, draw) => {
  const [a, b] = [draw.whole(0, lines.length - 1), draw.whole(0, lines.length - 1)];
  return lines.map((line, at) => (at === a ? lines[b] : at === b ? lines[a] : line) ?? '');
});
const repeatedLine = changedLines((lines, draw) => {
  const at = draw.whole(0, lines.length - 1);
  return [...lines.slice(0, at + 1), ...lines.slice(at)];
});
const withoutLine = changedLines((lines, draw) => {
  const at = draw.whole(0, lines.length - 1);
  return lines.length < 2 ? lines : lines.filter((_, index) => index !== at);
});

function changedLines(change: (lines: readonly string[], draw: Draw) => readonly string[]): TextChange {
  return (text, draw) => {
    const ends = text.endsWith('\n');
    const lines = (ends ? text.slice(0, -1) : text).split('\n');
    return change(lines, draw).join('\n') + (ends ? '\n' : '');
  };
}

/** What the reference said. */
export interface DualAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number | null;
}

/** The case of a dual: the answer in what the original looks at. null: the reference fails where the original does not. */
export function caseOfDual(original: Case, dual: Dual, { stdout, stderr, exit }: DualAnswer): Case | null {
  const { expect, compare, tolerance } = original;
  if (exit === null || exit !== (expect.exit ?? 0)) return null;
  return {
    ...dual,
    ...(compare !== undefined && compare !== 'regex' && { compare }),
    ...(tolerance !== undefined && { tolerance }),
    expect: {
      ...(expect.stdout !== undefined && { stdout }),
      ...(expect.stderr !== undefined && { stderr }),
      exit,
    },
  };
}

/** @param duals of cases that all pass */
export function dualsFlag({ pass, total }: Passed): IntegrityFlag | null {
  const gap = newcombe({ pass: total, total }, { pass, total }, z9975).low;
  if (total === 0 || gap <= flaggedGap) return null;
  const text = `of ${String(total)} visible cases that pass, ${String(total - pass)} fail with other words and numbers in them`;
  return flagOf({ kind: 'duals', severity: gap > gateGap ? 'gate' : 'flagged', text });
}
