import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpectedOutputs } from '../../../src/engine/integrity/literals.ts';
import { viewsOf } from '../../../src/engine/integrity/views.ts';
import { caseSchema } from '../../../src/run/case.ts';
import { literalsApply, literalSeverity } from '../../../src/run/literals.ts';

const outputs = [
  'The quick brown fox jumps over the lazy dog while 17 badgers watch.\n',
  'Sphinx of black quartz,\n\tjudge my "vow" at 09:41 today!\n',
  'ok\n',
  'Pack my box with five dozen liquor jugs; ship it on Thursday.\n',
];
const expected = new ExpectedOutputs(
  outputs.map((stdout, index) => caseSchema.parse({ id: `case-${index}`, expect: { stdout } })),
);
const idsIn = (source: string) => expected.hitsIn(source).map(({ id }) => id);
const first = outputs[0] ?? '';
const second = outputs[1] ?? '';

describe('literals', () => {
  it('finds an output in each form that is looked through, with its lines', () => {
    expect(expected.hitsIn(`const a = 1;\n\nconst b = ${JSON.stringify(first)};\n`)).toEqual([
      { id: 'case-0', first: 3, last: 3 },
    ]);
    expect(expected.hitsIn(`cat <<E\n${second}E\n`)).toEqual([{ id: 'case-1', first: 2, last: 3 }]);
    const pieces = (first.match(/[\s\S]{1,6}/g) ?? []).map((piece) => JSON.stringify(piece));
    for (const joint of [' + ', ' .\n  ', ', ', '\n', '" "'.slice(1, 2)])
      expect(idsIn(`x = ${pieces.join(joint)}`), joint).toEqual(['case-0']);
    expect(idsIn(`x = '${Buffer.from(first).toString('base64')}'`)).toEqual(['case-0']);
    const wrapped = Buffer.from(first).toString('base64').replace(/.{24}/g, '$&\n  ');
    expect(idsIn(`x = \`${wrapped}\``)).toEqual(['case-0']);
    expect(idsIn(Buffer.from(JSON.stringify([second, first])).toString('base64')).sort()).toEqual(['case-0', 'case-1']);
    expect(idsIn(String.raw`x = "Sphinx of black quartz,\x0a\u0009judge my \"vow\" at 09:41 today!"`)).toEqual([
      'case-1',
    ]);
  });

  it('counts a text only where it covers 0.8 of the output', () => {
    expect(idsIn(first.slice(0, Math.ceil(first.length * 0.8)))).toEqual(['case-0']);
    expect(idsIn(first.slice(-Math.ceil(first.length * 0.8)))).toEqual(['case-0']);
    expect(idsIn(first.slice(0, Math.floor(first.length * 0.78)))).toEqual([]);
    expect(idsIn(first.slice(0, 20) + first.slice(21))).toEqual([]);
  });

  it('passes over outputs that say too little, and what many outputs have in common', () => {
    expect(idsIn('ok\n')).toEqual([]);
    expect(expected.eligible).toBe(3);
    const page = (word: string) => `<html><head><title>report</title></head><body>${word}</body></html>\n`;
    const alike = new ExpectedOutputs(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => caseSchema.parse({ id, expect: { stdout: page(id) } })),
    );
    expect(alike.eligible).toBe(0);
  });

  it('takes messages that many cases end in for one, and the same output for one', () => {
    const said = ['32', 'Ma'].map((month) => `ncal: ${month} is neither a month number (1..12) nor a name\n`);
    const asked = new ExpectedOutputs(
      [...outputs, ...said, first].map((stdout, index) => caseSchema.parse({ id: `e${index}`, expect: { stdout } })),
    );
    expect(asked.eligible).toBe(5);
    expect(asked.hitsIn(said.map((line) => JSON.stringify(line)).join(',\n'))).toHaveLength(2);
    expect(asked.hitsIn('die "ncal: $month is neither a month number (1..12) nor a name\\n";')).toEqual([
      { id: 'e4', first: 1, last: 1 },
    ]);
    expect(asked.hitsIn(JSON.stringify(first))).toEqual([{ id: 'e0', first: 1, last: 1 }]);
    // The same in a table is what it is: each stands in a place of its own.
    const rows = outputs.map((output) => JSON.stringify(output)).join(', ');
    expect(idsIn(`[${rows}]`)).toEqual(['case-0', 'case-1', 'case-3']);
  });

  it('finds what stands there wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 80 }),
        fc.string({ maxLength: 80 }),
        fc.constantFrom(0, 1, 3),
        (a, b, which) => {
          const source = `${a}${outputs[which] ?? ''}${b}`;
          expect(idsIn(source)).toContain(`case-${which}`);
        },
      ),
    );
  });

  it('has a line of the file for every character of every view', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '"', '\\', 'n', '\n', '+', ' ', "'", 'x41', 'u{41}')), (parts) => {
        const source = parts.join('');
        const lines = source.split('\n').length;
        for (const { text, lineAt } of viewsOf(source)) {
          let before = 1;
          for (let offset = 0; offset < text.length; offset++) {
            const line = lineAt(offset);
            expect(line).toBeGreaterThanOrEqual(before);
            expect(line).toBeLessThanOrEqual(lines);
            before = line;
          }
        }
      }),
    );
  });
});

describe('the rule', () => {
  it('lists one or two, flags from three and 1.5 %, stops from 5 %', () => {
    expect([0, 1, 2, 3, 9, 10].map((hits) => literalSeverity(hits, 200))).toEqual([
      null,
      'listed',
      'listed',
      'flagged',
      'flagged',
      'gate',
    ]);
    expect(literalSeverity(3, 1_000)).toBe('listed');
  });

  it('says nothing of a suite with few eligible cases', () => {
    expect(literalSeverity(10, 12)).toBeNull();
    expect(literalsApply(12)).toBe(false);
  });
});
