/** Job: the visible cases as the Test Explorer shows them. */
import { describe, expect, it } from 'vitest';
import { caseGroups, failureWords, linesOfCases, outputWords, verdictWords } from '../../../src/extension/caseWords.ts';

const jan = { id: 'jan', tags: ['month', 'short'], verdict: 'pass' } as const;
const first = { id: 'first', tags: [], verdict: 'timeout' } as const;
const feb = { id: 'feb', tags: ['month'], verdict: null } as const;

describe('the cases in the Test Explorer', () => {
  it('stand in groups of their first tag, in the order of the suite', () => {
    expect(caseGroups([jan, first, feb])).toEqual([
      { label: 'month', cases: [jan, feb] },
      { label: 'No tag', cases: [first] },
    ]);
  });

  it('stand at their lines, in a file of lines and in one object', () => {
    const lines = '{"id":"a \\"b\\"","args":["\\"id\\": \\"no\\""]}\n\n{"tags":[],"id" : "c"}\n';
    expect([...linesOfCases(lines)]).toEqual([
      ['a "b"', 0],
      ['c', 2],
    ]);
    expect([...linesOfCases('{\n  "cases": [\n    {\n      "id": "d"')]).toEqual([['d', 3]]);
    expect([...linesOfCases('{"id": "\\q"}')]).toEqual([]);
  });

  it('say what differs, of which checkpoint, and what was put in', () => {
    const tried = {
      id: 'jan',
      verdict: 'fail',
      wallMs: 1,
      detail: 'standard output differs (compared as JSON)',
    } as const;
    expect(failureWords({ ...tried, args: ['-x'], stdin: 'a\nb' }, 12)).toBe(
      'At checkpoint 12: standard output differs (compared as JSON)\n\nargs: ["-x"]\nstdin:\na\nb',
    );
    expect(failureWords({ ...tried, verdict: 'error', detail: 'no sandbox', command: 'make' }, 12)).toBe(
      'At checkpoint 12: error: no sandbox\n\ncommand: make',
    );
    expect(outputWords({ ...tried, stdin: 'in', expected: 'a', actual: 'b' })).toBe(
      'fail jan: standard output differs (compared as JSON)\nstdin:\nin\nexpected:\na\nactual:\nb',
    );
    expect(outputWords({ id: 'feb', verdict: 'pass', wallMs: 1 })).toBe('pass feb');
    expect(verdictWords(first, 3)).toBe('It took too long at checkpoint 3. Run it to see what it gave.');
  });
});
