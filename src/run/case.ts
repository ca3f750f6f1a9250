/**
 * Job: the shape of a case, one JSON object a line of a suite file.
 * Boundary: shape only; reading files and comparing outputs is the verifier's.
 */
import { z } from 'zod';

const filesOf = z.record(z.string(), z.string());

export const caseSchema = z.strictObject({
  id: z.string().min(1).describe('A name that no other case of the suite has.'),
  tags: z.array(z.string()).default([]).describe('What it is about; a split keeps each tag on both sides.'),
  args: z.array(z.string()).default([]).describe('Arguments, after those of `candidate.run`.'),
  stdin: z.string().default('').describe('Standard input.'),
  files: filesOf.optional().describe('Files that stand in the case’s own folder before it starts, by relative path.'),
  expect: z
    .strictObject({
      stdout: z.string().optional().describe('Standard output, byte for byte.'),
      stderr: z.string().optional().describe('Standard error, byte for byte.'),
      exit: z.int().optional().describe('The exit code.'),
      files: filesOf.optional().describe('Files that are there at the end, with this content.'),
    })
    .refine((e) => Object.keys(e).length > 0, 'expects nothing: give "stdout", "stderr", "exit" or "files"')
    .describe('What has to come out; what is not named is not looked at.'),
});

export type Case = z.infer<typeof caseSchema>;

export interface SuiteProblem {
  /** 1-based line of the suite file. */
  readonly line: number;
  readonly message: string;
}

export interface ParsedSuite {
  readonly cases: readonly Case[];
  readonly problems: readonly SuiteProblem[];
}

/** Parses a suite file's text. Never throws; empty lines are passed over. */
export function parseSuite(content: string): ParsedSuite {
  const cases: Case[] = [];
  const problems: SuiteProblem[] = [];
  const seen = new Map<string, number>();
  content.split('\n').forEach((raw, index) => {
    if (raw.trim() === '') return;
    const line = index + 1;
    let value: unknown;
    try {
      value = JSON.parse(raw);
    } catch (error) {
      problems.push({ line, message: `not JSON: ${(error as Error).message}` });
      return;
    }
    const result = caseSchema.safeParse(value);
    if (!result.success) {
      for (const issue of result.error.issues)
        problems.push({ line, message: `${issue.path.join('.')}: ${issue.message}` });
      return;
    }
    const first = seen.get(result.data.id);
    if (first !== undefined) {
      problems.push({ line, message: `duplicate id "${result.data.id}", first on line ${String(first)}` });
      return;
    }
    seen.set(result.data.id, line);
    cases.push(result.data);
  });
  if (cases.length === 0 && problems.length === 0) problems.push({ line: 1, message: 'the suite has no case' });
  return { cases, problems };
}

/** JSON Schema (draft 7) of a case, for its documentation. */
export function caseJsonSchema(): object {
  return z.toJSONSchema(caseSchema, { target: 'draft-7', io: 'input' });
}
