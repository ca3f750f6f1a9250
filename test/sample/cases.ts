/**
 * Job: the bundled sample's cases: questions drawn from the families, answers recorded from the installed `ncal`.
 * Boundary: runs the reference; writing files is `makeCases.ts`'s.
 * Rules: H1 held-out names tell nothing; no question is in both suites.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../../src/run/case.ts';
import { drawFrom, type Draw } from '../../src/base/draw.ts';
import { families, type Family } from './families.ts';

export const referenceProgram = 'ncal';

/** What a case expects; `stderr` where there is any. */
type Expectation = Case['expect'];

/** A case before it is recorded. */
type Question = Pick<Case, 'id' | 'tags' | 'args'>;

export interface SampleSuites<Member> {
  readonly visible: readonly Member[];
  readonly heldOut: readonly Member[];
}

/** The same every time, on every machine. A form's dual is the same form with its dates drawn anew. */
export function sampleQuestions(): SampleSuites<Question> {
  const taken = new Set<string>();
  const visible: Question[] = [];
  const heldOut: Question[] = [];
  families.forEach((family, index) => {
    const draw = drawFrom(1752 + index);
    for (let at = 0; at < family.count; at += 1) {
      const id = `${family.tag}-${String(at + 1).padStart(2, '0')}`;
      visible.push({ id, tags: [family.tag], args: untaken(family, at, draw, taken) });
      const args = untaken(family, at, draw, taken);
      heldOut.push({ id: heldOutId(args), tags: [family.tag], args });
    }
  });
  return { visible, heldOut };
}

/** @throws if `ncal` can't be run or does not answer a question twice alike. */
export function recordedCases(questions: readonly Question[]): readonly Case[] {
  return questions.map(({ id, tags, args }) => {
    const first = askReference(args);
    if (!isDeepStrictEqual(first, askReference(args))) throw new Error(`ncal ${args.join(' ')} answers differently`);
    return { id, tags, args, stdin: '', expect: first };
  });
}

/** Draws arguments of the family's next form until they are new. */
function untaken(family: Family, at: number, draw: Draw, taken: Set<string>): string[] {
  const form = family.forms[at % family.forms.length];
  for (let attempt = 0; form !== undefined && attempt < 1_000; attempt += 1) {
    const args = form(draw);
    const key = JSON.stringify(args);
    if (taken.has(key)) continue;
    taken.add(key);
    return [...args];
  }
  throw new Error(`the family "${family.tag}" has too few questions for case ${String(at + 1)}`);
}

const heldOutId = (args: readonly string[]) =>
  `ho-${createHash('sha256').update(JSON.stringify(args)).digest('hex').slice(0, 10)}`;

/** Asks the installed `ncal`, away from the machine's language and zone. @throws if it can't be run. */
export function askReference(args: readonly string[]): Expectation {
  const asked = spawnSync(referenceProgram, args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    timeout: 10_000,
  });
  if (asked.error || asked.status === null) {
    throw new Error(`"${referenceProgram}" could not be run (Debian: apt-get install ncal)`, { cause: asked.error });
  }
  const { stdout, stderr, status: exit } = asked;
  return stderr === '' ? { stdout, exit } : { stdout, stderr, exit };
}

/** One JSON object a line, without what is the default. */
export function sampleSuiteText(cases: readonly Case[]): string {
  return cases.map(({ id, tags, args, expect }) => `${JSON.stringify({ id, tags, args, expect })}\n`).join('');
}
