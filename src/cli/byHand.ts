/**
 * Job: the commands for a model that is answered by hand, and for recordings: show the question, hand an answer over, print
 * what was recorded.
 * Boundary: the engine judges the answer; this file only carries it.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { messageOf } from '../base/assert.ts';
import type { RunConnection } from '../client/connection.ts';
import { UsageError, type Command } from './args.ts';

export type ByHand = Extract<Command, { kind: 'question' | 'answer' | 'export-recording' }>;

export interface ByHandPorts {
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream;
}

/** What is printed. @throws UsageError, RequestRefused */
export async function byHand(command: ByHand, connection: RunConnection, ports: ByHandPorts): Promise<string> {
  switch (command.kind) {
    case 'question': {
      const question = await openQuestion(connection);
      return command.news ? question.news : question.prompt;
    }
    case 'answer': {
      const pasted = await read(command.file, ports);
      const { step } = await openQuestion(connection);
      await connection.request('answer', { step, text: pasted });
      return `Step ${String(step)} answered`;
    }
    case 'export-recording':
      return (await connection.request('readRecording', {})).text.trimEnd();
  }
}

async function openQuestion(connection: RunConnection) {
  const question = await connection.request('question', {});
  if (question === null) throw new UsageError('No question is open: the run is not waiting for an answer by hand');
  return question;
}

async function read(file: string, { cwd, stdin }: ByHandPorts): Promise<string> {
  if (file === '-') return textOf(stdin);
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new UsageError(`The answer can't be read: ${messageOf(error)}`, { cause: error });
  }
}
