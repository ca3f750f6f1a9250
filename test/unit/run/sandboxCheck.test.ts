/** Job: a check of the sandbox is told as it is: what came through is counted, named first, and a reason against the seal. */
import { describe, expect, it } from 'vitest';
import {
  checkCounts,
  checkReason,
  sandboxCheckMarkdown,
  type SandboxCheck,
  type TriedAttack,
} from '../../../src/run/sandboxCheck.ts';

const tried = (name: string, outcome: TriedAttack['outcome'], expected: TriedAttack['expected'] = 'blocked') => ({
  name,
  group: 'Files',
  stoppedBy: 'a wall | a moat',
  expected,
  outcome,
});
const check = (passed: boolean, ...attacks: TriedAttack[]): SandboxCheck => ({
  passed,
  sandbox: 'bubblewrap 0.8.0',
  attacks,
  reasons: [],
});
const whole = [
  tried('read', 'blocked'),
  tried('make', 'flagged', 'flagged'),
  tried('names', 'through', 'through'),
  tried('bind', 'not tried'),
];

describe('a check of the sandbox', () => {
  it('H2: that passed is no reason, and says what was not tried', () => {
    expect(checkReason(check(true, ...whole))).toBeNull();
    expect(checkCounts(check(true, ...whole))).toBe('4 attacks: 1 blocked, 1 flagged, 1 known and 1 not tried');
    const text = sandboxCheckMarkdown(check(true, ...whole), 'today');
    expect(text).toContain('# The sandbox holds\n\nbubblewrap 0.8.0, today. 4 attacks');
    expect(text).toContain('| read | blocked | a wall \\| a moat |');
    expect(text).not.toContain('came through');
  });

  it('H2: in which one came through says NOT sealed, and names it first', () => {
    const failed = check(false, ...whole, tried('write', 'through'), tried('unflagged', 'blocked', 'flagged'));
    expect(checkReason(failed)).toBe(
      '2 attacks came through the sandbox when it was checked (Belay: Check Sandbox lists them)',
    );
    const text = sandboxCheckMarkdown(failed, 'today');
    expect(text).toMatch(
      /^# NOT sealed[^]*2 CAME THROUGH[^]*## What came through[^]*\| write \| \*\*came through\*\*[^]*## Files/,
    );
  });

  it('H2: that could not be made is a reason too', () => {
    const none: SandboxCheck = { passed: false, sandbox: null, attacks: [], reasons: ['bubblewrap is not installed'] };
    expect(checkReason(none)).toBe('bubblewrap is not installed');
    expect(sandboxCheckMarkdown(none, 'today')).toContain('- bubblewrap is not installed.');
  });
});
