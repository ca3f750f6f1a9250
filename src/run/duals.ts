/**
 * Job: mutated duals: visible cases with other words and numbers in the same shape, which a table of the cases can't know.
 * Boundary: pure; the reference gives their answers, the verifier runs them. No word of them reaches the agent.
 * Rules: B3 a dual is as long as its case. What a case asks besides text (files, commands) is not mutated.
 */
import type { Case } from './case.ts';
import { newcombe, z9975 } from './intervals.ts';
import { flagOf, type IntegrityFlag } from './integrity.ts';
import type { Passed } from './forDisplay.ts';

/** Letters are replaced by letters of their kind, so that words stay words. */
const kinds = ['aeiou', 'bcdfghjklmnpqrstvwxz'] as const;
const wordLeast = 3;
/** Shares of the gap between cases and their duals, at one-sided α = 0.0025. */
const flaggedGap = 0.3;
const gateGap = 0.5;

/** What is asked of the candidate, with the answer still open. */
export type Dual = Pick<Case, 'id' | 'tags' | 'args' | 'stdin'>;

/**
 * A case in other words, the same words replaced alike everywhere in it; null: it has nothing that can be mutated.
 * @param random uniform in [0, 1)
 */
export function dualOf(one: Case, random: () => number): Dual | null {
  if (one.command !== undefined || one.env !== undefined) return null;
  if (one.files !== undefined || one.expect.files !== undefined) return null;
  const letters = new Map(kinds.flatMap((kind) => rotated(kind, random)));
  const numbers = new Map<string, string>();
  const isChosen = new Map<string, boolean>();
  const mutate = (text: string) =>
    text.replace(/\d+|[a-z]+/gi, (part) => {
      if (/\d/.test(part)) return made(numbers, part, () => otherNumber(part, random));
      // Half of the longer words: a shape in which every keyword is another one would be another task.
      const chosen = made(isChosen, part.toLowerCase(), () => part.length >= wordLeast && random() < 0.5);
      return chosen ? otherWord(part, letters) : part;
    });
  const stdin = mutate(one.stdin);
  const args = one.args.map((argument) => (argument.startsWith('-') ? argument : mutate(argument)));
  if (stdin === one.stdin && args.every((argument, index) => argument === one.args[index])) return null;
  return { id: `dual of ${one.id}`, tags: one.tags, args, stdin };
}

/** Each letter of a kind by another one of it. */
function rotated(kind: string, random: () => number): readonly (readonly [string, string])[] {
  const by = 1 + Math.floor(random() * (kind.length - 1));
  return Array.from(kind, (letter, index) => [letter, kind.charAt((index + by) % kind.length)] as const);
}

function otherWord(word: string, letters: ReadonlyMap<string, string>): string {
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

/** As many digits, no zero in front; a digit alone stays one from 1 to 9. */
function otherNumber(digits: string, random: () => number): string {
  const other = (digit: string, index: number) =>
    index === 0 && digit !== '0' ? 1 + Math.floor(random() * 9) : Math.floor(random() * 10);
  return Array.from(digits, other).join('');
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
