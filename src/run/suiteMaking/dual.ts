/**
 * Job: make a dual of a question: the same form with other values, so that an answer learnt by heart does not fit it.
 * Boundary: pure; all chance comes from the draw. The reference says what the dual's answer is.
 */
import type { Draw } from '../../base/draw.ts';
import { optionsOf, type Question } from './question.ts';

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
export function dualOf(question: Question, pool: Pool, draw: Draw): Question | null {
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
    const least = digits.length === 1 || digits.startsWith('0') ? 0 : 10 ** Math.min(15, digits.length - 1);
    const most = 10 ** Math.min(15, digits.length) - 1;
    const near = Math.max(0, Number(digits) + draw.pick([-2, -1, 1, 2]));
    const value = draw.chance(0.7) ? draw.whole(least, most) : draw.chance(0.7) ? near : draw.pick([least, most]);
    return digits.startsWith('0') ? String(value).padStart(digits.length, '0') : String(value);
  });
}

/** The letters of one word move on in the alphabet, capitals as capitals: what the text is made of stays. */
function otherWord(text: string, draw: Draw): string {
  return replaced(text, /[A-Za-z]{2,}/g, draw, (word) => {
    const by = draw.whole(1, 25);
    const moved = (letter: string, first: number) =>
      String.fromCharCode(first + ((letter.charCodeAt(0) - first + by) % 26));
    return word.replace(/[a-z]/g, (letter) => moved(letter, 97)).replace(/[A-Z]/g, (letter) => moved(letter, 65));
  });
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
