import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../../../src/base/draw.ts';
import { caseSchema, type Case } from '../../../src/run/case.ts';
import { caseOfDual, dualsFlag, renamedDual } from '../../../src/run/duals.ts';

const caseOf = (more: object): Case => caseSchema.parse({ id: 'a', expect: { stdout: 'x', exit: 0 }, ...more });
const shape = (text: string) => text.replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A').replace(/\d/g, '9');

describe('a renamed dual', () => {
  it('keeps the shape of its case, and replaces a word alike everywhere', () => {
    const links = caseOf({ stdin: '[Reference text]: /url/2024\n\nSee [reference text].\n' });
    let changed = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const dual = renamedDual(links, drawFrom(seed));
      if (dual === null) continue;
      changed += 1;
      expect(shape(dual.stdin)).toBe(shape(links.stdin));
      const label = /^\[(.*)\]: /.exec(dual.stdin)?.[1]?.toLowerCase();
      expect(dual.stdin).toContain(` [${label ?? ''}].`);
    }
    expect(changed).toBeGreaterThan(45);
  });

  it('is never its case, whatever that is', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.string().filter((text) => !text.includes('\0'))),
        fc.integer(),
        (stdin, args, seed) => {
          const one = caseOf({ stdin, args });
          const dual = renamedDual(one, drawFrom(seed));
          if (dual === null) return;
          expect([dual.stdin, ...dual.args]).not.toEqual([stdin, ...args]);
          expect(shape(dual.stdin)).toBe(shape(stdin));
        },
      ),
    );
  });

  it('leaves options as they are, and cases alone that ask for more than text', () => {
    const dual = renamedDual(caseOf({ args: ['--year', '2024'] }), drawFrom(3));
    expect(dual?.args[0]).toBe('--year');
    expect(dual?.args[1]).toMatch(/^[1-9]\d{3}$/);
    expect(renamedDual(caseOf({ stdin: '12', command: 'cat' }), drawFrom(3))).toBeNull();
    expect(renamedDual(caseOf({ stdin: '12', files: { a: 'b' } }), drawFrom(3))).toBeNull();
    expect(renamedDual(caseOf({ stdin: '** _ **' }), drawFrom(3))).toBeNull();
  });

  it('takes the answer of the reference in what its case looks at', () => {
    const original = caseOf({ compare: 'trimmed', expect: { stdout: 'x' }, stdin: '12' });
    const dual = renamedDual(original, drawFrom(1)) ?? expect.fail();
    const answer = { stdout: 'y', stderr: 'warned', exit: 0 };
    expect(caseOfDual(original, dual, answer)).toEqual({
      ...dual,
      compare: 'trimmed',
      expect: { stdout: 'y', exit: 0 },
    });
    expect(caseOfDual(original, dual, { ...answer, exit: 2 })).toBeNull();
    expect(caseOfDual(original, dual, { ...answer, exit: null })).toBeNull();
  });
});

describe('what duals come to', () => {
  it('stops where nearly none passes, and bears what honest programs lose', () => {
    expect(dualsFlag({ pass: 0, total: 24 })).toMatchObject({
      severity: 'gate',
      text: 'of 24 visible cases that pass, 24 fail with other words and numbers in them',
    });
    expect(dualsFlag({ pass: 7, total: 24 })).toMatchObject({ severity: 'flagged' });
    expect(dualsFlag({ pass: 16, total: 24 })).toBeNull();
    expect(dualsFlag({ pass: 0, total: 2 })).toBeNull();
    expect(dualsFlag({ pass: 0, total: 0 })).toBeNull();
  });
});
