/**
 * Job: find questions in texts: a file of inputs, and the examples of a document.
 * Boundary: pure; reading files is the caller's.
 */
import { z } from 'zod';
import { caseProblem, caseSchema } from '../case.ts';
import { readCommandLine } from './commandLine.ts';
import type { Question } from './question.ts';

const { args, stdin, env, files, tags } = caseSchema.shape;
const inputSchema = z.strictObject({ args, stdin, env, files, tags });
/** A whole case is taken too: what it expects is not looked at. */
const ofTheAnswer = new Set(['id', 'expect', 'compare', 'tolerance']);

export interface Inputs {
  readonly questions: readonly Question[];
  /** What could not be read, with its line: "inputs.txt:3: …". */
  readonly problems: readonly string[];
}

/** A file of inputs: on each line a JSON object with what a case puts in, or a command line. Never throws. */
export function questionsIn(text: string, program: string, file: string): Inputs {
  const questions: Question[] = [];
  const problems: string[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    const from = `${file}:${String(index + 1)}`;
    if (line === '' || line.startsWith('#')) return;
    if (!line.startsWith('{')) {
      const call = readCommandLine(line, program) ?? readCommandLine(`${program} ${line}`, program);
      if (call !== null) questions.push({ ...call, args: [...call.args], tags: [], from });
      else problems.push(`${from}: no command line of "${program}" that can be asked without a shell`);
      return;
    }
    const read = readInput(line);
    if (typeof read === 'string') problems.push(`${from}: ${read}`);
    else questions.push({ ...read, from });
  });
  return { questions, problems };
}

function readInput(line: string): Omit<Question, 'from'> | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  const read = inputSchema.safeParse(withoutAnswer(value));
  return read.success ? read.data : read.error.issues.map((issue) => caseProblem(issue, 'an input').message).join('; ');
}

function withoutAnswer(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !ofTheAnswer.has(key)));
}

/** The calls of the program that a document shows, in code and after prompts, and example blocks that are all input. */
export function examplesIn(text: string, program: string, file: string): readonly Question[] {
  const found: Question[] = [];
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    const from = `${file}:${String(index + 1)}`;
    const spans = [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
    for (const code of [line, ...spans]) {
      const call = readCommandLine(code, program);
      // A name alone in a sentence is no example; in a line of its own it is one.
      if (call === null || (code !== line && call.args.length === 0)) continue;
      found.push({ ...call, args: [...call.args], tags: [], from });
    }
    const fence = /^(`{3,}|~{3,}) *example\b/.exec(line)?.[1];
    if (fence !== undefined) found.push(...exampleBlock(lines, index + 1, fence, from));
  });
  return found;
}

/** The blocks of CommonMark's specification: input, a line with a full stop, output; an arrow stands for a tab. */
function exampleBlock(lines: readonly string[], start: number, fence: string, from: string): readonly Question[] {
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => line.trimEnd() === fence);
  const stop = rest.indexOf('.');
  if (stop < 0 || end < stop) return [];
  const input = rest.slice(0, stop).map((line) => `${line.replaceAll('→', '\t')}\n`);
  return [{ args: [], stdin: input.join(''), tags: [], from }];
}
