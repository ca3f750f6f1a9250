/**
 * Job: a suite file: cases one a line, or one object that gives cases, or a command that writes a JUnit report, the files that
 *   they need.
 * Boundary: the text of a file; what it names is read by whoever has a disk.
 * Rules: H1 each problem also has words that repeat nothing of the file, for a suite that is held out.
 */
import { findNodeAtLocation, printParseErrorCode } from 'jsonc-parser';
import { z } from 'zod';
import { argument, caseProblem, caseSchema, readCase, type Case } from './case.ts';
import { limits } from './limits.ts';
import { taskTree } from './taskTree.ts';

const besides = z
  .array(
    z
      .string()
      .min(1, 'must not be empty')
      .refine((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..', 'is not a plain name beside this file'),
  )
  .default([])
  .describe(
    'Names of files and folders beside this file that the cases need. Each stands in the case’s own folder, as it was when the ' +
      'run began: what the agent does to them later is not looked at.',
  );

const junit = z
  .strictObject({
    command: argument
      .min(1, 'must not be empty')
      .describe('A shell command that runs the tests and writes the report; the build’s files stand beside its own.'),
    report: z
      .string()
      .min(1, 'must not be empty')
      .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'must be a path within the folder')
      .describe('Where the report is then, such as "report.xml".'),
    cases: z
      .int()
      .min(1)
      .max(limits.reportCases)
      .describe('How many cases the report has when all of them are run: those that are missing count as errors.'),
    seconds: z.number().min(1).max(3600).default(600).describe('How long the command may take.'),
  })
  .describe('One command that runs all cases and writes a report in JUnit’s XML.');

export const suiteObjectSchema = z
  .strictObject({
    files: besides,
    cases: z.array(caseSchema).min(1, 'the suite has no case').optional().describe('Cases, as in a file of lines.'),
    junit: junit.optional(),
  })
  .refine((s) => (s.cases === undefined) !== (s.junit === undefined), 'give either "cases" or "junit"');

/** A command that writes a report of all cases. */
export type ReportSuite = z.infer<typeof junit>;

export interface SuiteProblem {
  /** 1-based line of the suite file. */
  readonly line: number;
  /** What is wrong and what to do. */
  readonly message: string;
  /** The same without any word of the file (H1). */
  readonly withoutContent: string;
}

export interface ParsedSuite {
  /** None where a report is the suite. */
  readonly cases: readonly Case[];
  readonly problems: readonly SuiteProblem[];
  /** Names beside the suite file that its cases need. */
  readonly files: readonly string[];
  readonly report: ReportSuite | null;
}

/** How many cases the suite has. */
export const sizeOf = ({ cases, report }: Pick<ParsedSuite, 'cases' | 'report'>): number =>
  report === null ? cases.length : report.cases;

/** Parses a suite file's text. Never throws. */
export function parseSuite(content: string): ParsedSuite {
  const text = content.replace(/^\uFEFF/, '');
  return isObject(text) ? parseObject(text) : parseLines(text);
}

/** Whether the file is one object rather than a line a case: on one line its keys say so, over several how it begins. */
function isObject(text: string): boolean {
  const [first = ''] = text.trimStart().split('\n', 1);
  try {
    const value: unknown = JSON.parse(first);
    return typeof value === 'object' && value !== null && !('id' in value) && ('cases' in value || 'junit' in value);
  } catch {
    return /^\s*\{\s*"(?:files|cases|junit)"\s*:/.test(text);
  }
}

function parseLines(text: string): ParsedSuite {
  const found: (readonly [line: number, one: Case])[] = [];
  const problems: SuiteProblem[] = [];
  text.split('\n').forEach((raw, index) => {
    if (raw.trim() === '') return;
    const read = readCase(raw);
    if (read.ok) found.push([index + 1, read.case]);
    else problems.push(...read.problems.map((problem) => ({ line: index + 1, ...problem })));
  });
  const { cases, duplicates } = told(found);
  problems.push(...duplicates);
  const none = 'the suite has no case';
  if (cases.length === 0 && problems.length === 0) problems.push({ line: 1, message: none, withoutContent: none });
  return { cases, problems: problems.sort((a, b) => a.line - b.line), files: [], report: null };
}

/** The first case of each id. */
function told(found: readonly (readonly [line: number, one: Case])[]) {
  const lines = new Map<string, number>();
  const cases: Case[] = [];
  const duplicates: SuiteProblem[] = [];
  for (const [line, one] of found) {
    const first = lines.get(one.id);
    if (first === undefined) {
      lines.set(one.id, line);
      cases.push(one);
      continue;
    }
    const where = `first on line ${String(first)}`;
    duplicates.push({ line, message: `duplicate id "${one.id}", ${where}`, withoutContent: `duplicate id, ${where}` });
  }
  return { cases, duplicates };
}

const noSuite = 'neither a list of cases nor a report: a field is missing, unknown or of the wrong type';

function parseObject(text: string): ParsedSuite {
  const none = { cases: [], files: [], report: null };
  const tree = taskTree(text);
  const at = (offset: number) => text.slice(0, offset).split('\n').length;
  if (tree?.root === undefined || tree.errors.length > 0) {
    const problems = (tree?.errors ?? []).map(({ error, offset }): SuiteProblem => {
      // "CommaExpected" as words.
      const words = printParseErrorCode(error)
        .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
        .toLowerCase();
      return { line: at(offset), message: `not JSON: ${words}`, withoutContent: 'not JSON' };
    });
    const deep = { line: 1, message: 'nested too deeply', withoutContent: 'nested too deeply' };
    return { ...none, problems: problems.length > 0 ? problems : [deep] };
  }
  const { root, value } = tree;
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = findNodeAtLocation(root, path.slice(0, length) as (string | number)[]);
      if (node) return at(node.offset);
    }
    return 1;
  };
  const read = suiteObjectSchema.safeParse(value);
  if (!read.success) {
    const problems = read.error.issues.map((issue): SuiteProblem => {
      const { message, withoutContent } = caseProblem(issue, 'the suite');
      return {
        line: lineOf(issue.path),
        message,
        withoutContent: issue.path[0] === 'cases' ? withoutContent : noSuite,
      };
    });
    return { ...none, problems };
  }
  const { files, cases = [], junit: report = null } = read.data;
  const { cases: all, duplicates } = told(cases.map((one, index) => [lineOf(['cases', index]), one]));
  return { cases: all, problems: duplicates, files, report };
}

/** JSON Schema (draft 7) of a suite that is one object, for its documentation. */
export function suiteJsonSchema(): object {
  return z.toJSONSchema(suiteObjectSchema, { target: 'draft-7', io: 'input' });
}
