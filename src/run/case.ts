/**
 * Job: the shape of a case, one JSON object a line of a suite file, and what is wrong with a line that is none.
 * Boundary: shape only; a whole file is `suite.ts`, reading files and comparing outputs the verifier's.
 * Rules: H1 each problem also has words that repeat nothing of the line, for a suite that is held out.
 */
import { z } from 'zod';
import { comparators, expectationProblem } from './compare.ts';
import { schemaProblem } from './schemaProblem.ts';

const filesOf = z.record(z.string(), z.string());
/** A text that a program can be given. */
export const argument = z.string().refine((text) => !text.includes('\0'), 'must not hold a NUL');
const distance = z.number().nonnegative('must not be negative').optional();

const environment = z
  .record(
    z.string(),
    z.string().refine((text) => !text.includes('\0'), 'must not hold a NUL'),
  )
  .superRefine((variables, check) => {
    for (const name of Object.keys(variables)) {
      if (name === 'PATH') check.addIssue({ code: 'custom', message: '"PATH" is set by Belay: name programs whole' });
      else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        check.addIssue({ code: 'custom', message: `"${name}" is no name of a variable (letters, digits and _)` });
    }
  });

const tolerance = z
  .strictObject({
    absolute: distance.describe('By how much a number may differ.'),
    relative: distance.describe('By how much of the expected number, such as 0.01 for one percent.'),
  })
  .refine((t) => t.absolute !== undefined || t.relative !== undefined, 'give "absolute", "relative" or both')
  .describe('For "numbers": how far a number may be from the expected one, whichever allows more.');

export const caseSchema = z
  .strictObject({
    id: z.string().min(1, 'must not be empty').describe('A name that no other case of the suite has.'),
    tags: z.array(z.string()).default([]).describe('What it is about; a split keeps each tag on both sides.'),
    args: z.array(argument).default([]).describe('Arguments, after those of `candidate.run`.'),
    command: argument
      .min(1, 'must not be empty')
      .optional()
      .describe(
        'A shell command in place of the candidate, run in the case’s own folder, where the build’s files stand too.',
      ),
    stdin: z.string().default('').describe('Standard input.'),
    env: environment.optional().describe('Environment variables, beside the few that every command has.'),
    files: filesOf.optional().describe('Files that stand in the case’s own folder before it starts, by relative path.'),
    compare: z
      .enum(comparators)
      .optional()
      .describe(
        'How texts are compared. `exact` (where absent): byte for byte. `trimmed`: but for white space at line ends and at both ' +
          'ends. `json`: as JSON values, or one a line, whatever the order of keys. `numbers`: numbers within `tolerance`, the ' +
          'rest but for the amount of white space. `regex`: all of it matches the expected text, a regular expression of ' +
          'JavaScript (flag `u`; `.` is no line feed).',
      ),
    tolerance: tolerance.optional(),
    expect: z
      .strictObject({
        stdout: z.string().optional().describe('Standard output.'),
        stderr: z.string().optional().describe('Standard error.'),
        exit: z.int().optional().describe('The exit code.'),
        files: filesOf.optional().describe('Files that are there at the end, with this content.'),
      })
      .refine((e) => Object.keys(e).length > 0, 'expects nothing: give "stdout", "stderr", "exit" or "files"')
      .describe('What has to come out; what is not named is not looked at.'),
  })
  .superRefine((one, check) => {
    for (const { path, message } of faultsOf(one)) check.addIssue({ code: 'custom', path: [...path], message });
  });

export type Case = z.infer<typeof caseSchema>;

/** What a case puts in, as one text: two cases with the same one ask the same. */
export function inputOf({ args, command, stdin, env, files }: Pick<Case, CaseInput>): string {
  // A case without the newer fields keeps the text that it always had, and with it its side of a split.
  const more = env === undefined && command === undefined ? [] : [env ?? null, command ?? null];
  return JSON.stringify([args, stdin, files ?? null, ...more]);
}

export type CaseInput = 'args' | 'command' | 'stdin' | 'env' | 'files';

type Fault = { readonly path: readonly (string | number)[]; readonly message: string };

/** What no single field can tell. */
function faultsOf(one: Pick<Case, 'args' | 'command' | 'files' | 'compare' | 'tolerance' | 'expect'>): Fault[] {
  const { compare = 'exact', expect } = one;
  const faults: Fault[] = [];
  if (one.command !== undefined && one.args.length > 0)
    faults.push({ path: ['args'], message: 'go with the candidate, not with "command": write them into the command' });
  if ((compare === 'numbers') !== (one.tolerance !== undefined))
    faults.push({ path: ['tolerance'], message: 'goes with "compare": "numbers", and that with a tolerance' });
  const texts = [
    ['stdout', expect.stdout] as const,
    ['stderr', expect.stderr] as const,
    ...Object.entries(expect.files ?? {}).map(([name, text]) => [`files.${name}`, text] as const),
  ];
  for (const [name, text] of texts) {
    const message = text === undefined ? null : expectationProblem(compare, text);
    if (message !== null) faults.push({ path: ['expect', name], message });
  }
  faults.push(...misplaced(['files'], Object.keys(one.files ?? {})));
  faults.push(...misplaced(['expect', 'files'], Object.keys(expect.files ?? {})));
  return faults;
}

/** Paths that leave the case's folder, or that can't be there together. */
function misplaced(path: readonly string[], names: readonly string[]): Fault[] {
  const all = new Set(names);
  return names.flatMap((name) => {
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.length === 0 || parts.includes('..') || name.startsWith('/') || name.includes('\0'))
      return [{ path, message: `"${name}" is no path within the case's folder, such as "in/notes.txt"` }];
    const above = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
    const file = above.find((folder) => all.has(folder));
    return file === undefined ? [] : [{ path, message: `"${file}" is a file, so "${name}" can't be in it` }];
  });
}

const noCase = 'not a case: a field is missing, unknown or of the wrong type';

/** What is wrong with a text that should be a case, and the same without any word of it (H1). */
export interface CaseProblem {
  readonly message: string;
  readonly withoutContent: string;
}

export type ReadCase =
  { readonly ok: true; readonly case: Case } | { readonly ok: false; readonly problems: readonly CaseProblem[] };

/** One line of a suite. Never throws. */
export function readCase(raw: string): ReadCase {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    // A person wrote JSON, but not one object a line.
    const spread = /^\s*(?:[[\]{}],?|"[^"]*"\s*:.*)\s*$/.test(raw) ? '; each case is one object on one line' : '';
    const message = `not JSON: ${(error as Error).message}${spread}`;
    return { ok: false, problems: [{ message, withoutContent: `not JSON${spread}` }] };
  }
  const result = caseSchema.safeParse(value);
  if (result.success) return { ok: true, case: result.data };
  return { ok: false, problems: result.error.issues.map((issue) => caseProblem(issue, 'a case')) };
}

/** @param whole what the value at the root is called */
export function caseProblem(issue: z.core.$ZodIssue, whole: string): CaseProblem {
  const { path, message, atKey } = schemaProblem(issue, whole);
  const where = (atKey ? path.slice(0, -1) : path).join('.');
  const ours = message.startsWith('expects nothing');
  return { message: where === '' ? message : `${where}: ${message}`, withoutContent: ours ? message : noCase };
}

/** JSON Schema (draft 7) of a case, for its documentation. */
export function caseJsonSchema(): object {
  return z.toJSONSchema(caseSchema, { target: 'draft-7', io: 'input' });
}
