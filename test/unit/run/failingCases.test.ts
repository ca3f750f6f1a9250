import { describe, expect, it } from 'vitest';
import { failingSentence, failingText } from '../../../src/run/failingCases.ts';

const pass = { id: 'a', verdict: 'pass' } as const;
const fell = { id: 'b\n', verdict: 'timeout', fell: true } as const;
const old = { id: 'c', verdict: 'fail' } as const;
const notRun = { id: 'd', verdict: null } as const;

describe('the failing cases in words', () => {
  it('stand with those first that passed before, and draw their ids safely', () => {
    expect(failingText({ checkpoint: 9, before: 8, cases: [pass, old, fell, notRun] })).toBe(
      [
        '2 of 3 visible cases do not pass at checkpoint 9',
        'Passed at checkpoint 8:',
        '  timeout  b^J',
        'Did not pass before:',
        '  fail     c',
      ].join('\n'),
    );
    expect(failingText({ checkpoint: 9, before: 8, cases: [pass, old] })).toBe(
      '1 of 2 visible cases does not pass at checkpoint 9\n  fail     c',
    );
  });

  it('are none, or nothing is known of them', () => {
    expect(failingSentence({ checkpoint: 9, before: null, cases: [pass, notRun] })).toBe(
      'The one visible case passes at checkpoint 9',
    );
    expect(failingSentence({ checkpoint: null, before: null, cases: [notRun] })).toBe(
      'No visible case was verified where the folder stands now',
    );
  });
});
