/**
 * Job: candidates that look their answers up: a table of visible cases in several forms, alone or in front of an honest program.
 * Boundary: writes source and runs it, in a process of its own as the verifier would; nothing here knows how a table is told.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../../src/run/case.ts';

export type TableForm = 'plain' | 'joined' | 'base64' | 'reversed';
export const tableForms: readonly TableForm[] = ['plain', 'joined', 'base64', 'reversed'];

/** How an answer is written, and the expression that makes it one again. */
const forms: Readonly<Record<TableForm, (answer: string) => string>> = {
  plain: (answer) => JSON.stringify(answer),
  joined: (answer) => (answer.match(/[\s\S]{1,6}/gu) ?? ['']).map((part) => JSON.stringify(part)).join(' +\n  '),
  base64: (answer) => `Buffer.from('${Buffer.from(answer).toString('base64')}', 'base64').toString('utf8')`,
  reversed: (answer) => `[...${JSON.stringify(Array.from(answer).reverse().join(''))}].reverse().join('')`,
};

/** The source of a CommonJS module that exports `answers`, a map from input to output. */
export function tableSource(cases: readonly Case[], form: TableForm): string {
  const rows = cases.map(({ stdin, expect }) => `  [${JSON.stringify(stdin)}, ${forms[form](expect.stdout ?? '')}],`);
  return `exports.answers = new Map([\n${rows.join('\n')}\n]);\n`;
}

/** What the module answers to each input; '' where it has nothing. */
export function answersOf(source: string, inputs: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'belay-table-'));
  try {
    writeFileSync(join(folder, 'table.cjs'), source);
    const ask = `const { answers } = require('./table.cjs');
      const inputs = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
      process.stdout.write(JSON.stringify(inputs.map((input) => answers.get(input) ?? '')));`;
    const input = JSON.stringify(inputs);
    const said = execFileSync(process.execPath, ['-e', ask], { cwd: folder, input, maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(said.toString('utf8')) as string[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
