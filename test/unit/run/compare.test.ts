/** Job: the comparators: what each lets through, and that it lets nothing else through. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedMatch } from '../../../src/engine/verification/boundedMatch.ts';
import { comparedAs, expectationProblem, isSame, type Comparison } from '../../../src/run/compare.ts';

const same = (comparison: Comparison, expected: string, actual: string) =>
  isSame(comparison, expected, actual, boundedMatch);

const table: readonly (readonly [Comparison, string, string, boolean])[] = [
  [{}, 'a\n', 'a\n', true],
  [{}, 'a\n', 'a', false],
  [{ compare: 'trimmed' }, 'a\nb\n', '\n a \t\r\nb', true],
  [{ compare: 'trimmed' }, 'a b', 'a  b', false],
  [{ compare: 'trimmed' }, 'a\nb', 'a\n\nb', false],
  [{ compare: 'json' }, '{"a":1.50,"b":[true,null]}', '{ "b": [true, null], "a": 15e-1 }\n', true],
  [{ compare: 'json' }, '[1,2]', '[2,1]', false],
  [{ compare: 'json' }, '[9007199254740993]', '[9007199254740992]', false],
  [{ compare: 'json' }, '[0, 100, -0]', '[0.0, 1e2, 0]', true],
  [{ compare: 'json' }, '"1"', '1', false],
  [{ compare: 'json' }, '{"a":1}\n{"a":2}\n', '{"a":1}\n\n{"a":2}', true],
  [{ compare: 'json' }, '{}', '{"__proto__":1}', false],
  [{ compare: 'json' }, '1', '', false],
  [{ compare: 'json' }, '1', '['.repeat(300_000), false],
  [{ compare: 'numbers', tolerance: { absolute: 0.01 } }, 'sum  9.99 of 2', 'sum 10.00 of 2\n', true],
  [{ compare: 'numbers', tolerance: { absolute: 0.01 } }, 'sum 9.99 of 2', 'sum 9.99 in 2', false],
  [{ compare: 'numbers', tolerance: { absolute: 0.01 } }, '1 2', '1', false],
  [{ compare: 'numbers', tolerance: { relative: 0.01 } }, '-1.00e3', '-1009', true],
  [{ compare: 'numbers', tolerance: { relative: 0.01 } }, '-1.00e3', '-1011', false],
  [{ compare: 'numbers', tolerance: { relative: 0.01 } }, '0', '0.0001', false],
  [{ compare: 'regex' }, 'took \\d+ ms\\n', 'took 12 ms\n', true],
  [{ compare: 'regex' }, 'took \\d+ ms', 'it took 12 ms', false],
  [{ compare: 'regex' }, 'a|b', 'ab', false],
  [{ compare: 'regex' }, '.*', 'a\nb', false],
];

describe('comparators', () => {
  it.each(table)('%j: %j against %j', (comparison, expected, actual, wanted) => {
    expect(same(comparison, expected, actual)).toBe(wanted);
  });

  it('json takes every way to write a value, and no other value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.nat(4), (one, other, indent) => {
        expect(same({ compare: 'json' }, JSON.stringify(one), JSON.stringify(one, null, indent))).toBe(true);
        const equal = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(same({ compare: 'json' }, JSON.stringify(one), JSON.stringify(other))).toBe(equal);
      }),
    );
  });

  it('each takes the very text that is expected, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(same({ compare: 'trimmed' }, text, text)).toBe(true);
        expect(same({ compare: 'numbers', tolerance: { absolute: 0 } }, text, text)).toBe(true);
      }),
    );
  });

  it('B3: a pattern that backtracks for ever says nothing, in a second', () => {
    const began = performance.now();
    expect(same({ compare: 'regex' }, '(a+)+b', 'a'.repeat(60))).toBeNull();
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(same({ compare: 'regex' }, 'a+', 'aaa')).toBe(true);
  });

  it('say in a verdict how they compared', () => {
    expect(comparedAs({})).toBe('');
    expect(comparedAs({ compare: 'json' })).toBe(' (compared as JSON)');
    expect(comparedAs({ compare: 'numbers', tolerance: { absolute: 0.5, relative: 0.01 } })).toBe(
      ' (compared with numbers within 0.5 or 1 %)',
    );
  });

  it('tell what can never match', () => {
    expect(expectationProblem('json', '{')).toContain('must be JSON');
    expect(expectationProblem('regex', '(')).toContain('not a regular expression');
    expect(expectationProblem('regex', 'a'.repeat(10_001))).toContain('too long');
    expect(expectationProblem('exact', '(')).toBeNull();
  });
});

/** Keys in order, and -0 as 0: what JSON can't tell apart. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return members.map(([key, member]) => ['key', key, sorted(member)]).concat([['object']]);
}
