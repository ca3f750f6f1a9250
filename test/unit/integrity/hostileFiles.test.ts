/** Rules: B3: a file that was made to take long is looked through all the same, and what stands in it is found. */
import { expect, it } from 'vitest';
import { findingsIn } from '../../../src/engine/integrity/findings.ts';
import { ExpectedOutputs } from '../../../src/engine/integrity/literals.ts';
import { caseSchema } from '../../../src/run/case.ts';
import { limits } from '../../../src/run/limits.ts';

const output = 'The quick brown fox jumps over the lazy dog while 17 badgers watch.\n';
const expected = new ExpectedOutputs([caseSchema.parse({ id: 'fox', expect: { stdout: output } })]);
const half = limits.scannedFileBytes / 2;
const wrap = Buffer.from(`${output}${'x'.repeat(60)}`)
  .toString('base64')
  .replace(/.{32}/g, '$&\n');

// Each took quadratic time once: hours at this size, where the test has seconds.
const hostile: readonly [string, string][] = [
  ['blanks after a quote', `"${' '.repeat(half)}`],
  ['line ends after a letter and a quote', `a"${'\n'.repeat(half)}`],
  ['blanks around an operator', `"${' '.repeat(half / 2)}+${' '.repeat(half / 2)}`],
  ['blanks after an import', `require${' '.repeat(half)}`],
  ['one endless path of programs', 'system/'.repeat(half / 7)],
  ['calls of the reference on each line', 'system("cal")\n'.repeat(half / 14)],
  ['wrapped base64', `${wrap}\n\n`.repeat(half / 4 / wrap.length)],
];

it.each(hostile)('B3: %s', { timeout: 20_000 }, (_, filler) => {
  const suspicions = { forbidden: ['markdown'], reference: 'cal' };
  const file = (text: string) => findingsIn('main.sh', Buffer.from(text), expected, suspicions);
  const found = file(`import markdown\nx = ${JSON.stringify(output)}\ncal 2020\n${filler}`);
  expect(found.literals.map(({ id }) => id)).toEqual(['fox']);
  expect(found.libraries).toContainEqual({ name: 'markdown', line: 1 });
  expect(found.references).toContain(3);
  expect(found.references.length).toBeLessThanOrEqual(limits.placesInFile);
});

it('looks into a text that begins as machine code does, and takes none for text', () => {
  const nothing = { forbidden: [], reference: null };
  const inText = findingsIn('run.sh', Buffer.from(`MZ=1\ncat <<E\n${output}E\n`), expected, nothing);
  expect(inText).toMatchObject({ literals: [{ id: 'fox' }], machineCode: 0 });
  const binary = Buffer.concat([Buffer.from('\x7fELF\0\0'), Buffer.from(output)]);
  expect(findingsIn('run', binary, expected, nothing)).toMatchObject({ literals: [], machineCode: 0 });
});
