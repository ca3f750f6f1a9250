import { describe, expect, it } from 'vitest';
import { caseText } from '../../../src/run/caseText.ts';

describe('a case as a document', () => {
  it('says all that its line says, line breaks included', () => {
    const value = {
      id: 'tabs-1',
      tags: ['Tabs'],
      args: ['-n'],
      stdin: '\tfoo\nbar',
      expect: { stdout: '<pre>\n', exit: 0, files: { 'a.txt': 'x' } },
    };
    expect(caseText({ id: 'tabs-1', verdict: 'fail at checkpoint 9', value })).toBe(
      [
        'Case tabs-1: fail at checkpoint 9',
        '',
        'tags  ["Tabs"]',
        'args  ["-n"]',
        'stdin',
        '  │\tfoo',
        '  │bar',
        '  (no line break at the end)',
        'expect.stdout',
        '  │<pre>',
        'expect.exit  0',
        'expect.files.a.txt  "x"',
        '',
      ].join('\n'),
    );
  });

  it('says when the suite only names it, and draws an id that would break its line', () => {
    expect(caseText({ id: 'a\nb', verdict: 'not run', value: null })).toBe(
      'Case a\\nb: not run\n\nThe suite says no more of it.\n',
    );
  });
});
