// Findings in the Review view without VS Code: which group they stand in, their words, the lines that they point at.
import { describe, expect, it } from 'vitest';
import { findingsOf, placesOf, spokenFinding, whereWords } from '../../../src/extension/review/findings.ts';
import { reviewGroups, type ReviewMarks } from '../../../src/extension/review/reviewList.ts';
import { flagOf } from '../../../src/run/integrity.ts';

const marks: ReviewMarks = { readOf: () => 'unread', settled: new Set(), edited: new Set(), why: new Map() };
const at = (first: number, last = first) => ({ path: 'src/a.js', first, last });
const table = flagOf({ kind: 'literals', severity: 'gate', text: '12 of 187 expected outputs stand in the source' }, [
  at(3, 9),
  at(40),
  at(0),
]);
const call = flagOf({ kind: 'reference', severity: 'flagged', subject: 'call', text: 'it seems to call it' }, [at(7)]);
const claim = flagOf({ kind: 'claim', severity: 'listed', subject: 'kept', text: 'notes say “\u001ball pass”' });

describe('findings in the Review view', () => {
  const found = findingsOf({ checkpoint: 31, flags: [claim, call, table] });

  it('stand first in "Look first", the gravest on top, also where no file differs', () => {
    const groups = reviewGroups([], marks, found);
    expect(groups.map(({ label, files }) => [label, files.length])).toEqual([['Look first (3)', 0]]);
    expect(groups[0]?.findings.map(({ name }) => name)).toEqual(['literals', 'reference call', 'claim kept']);
    expect(reviewGroups([], marks, [])).toEqual([]);
    expect(findingsOf(null)).toEqual([]);
  });

  it('point at their lines, one by one where there are several', () => {
    const [first, second, third] = found;
    expect(found.map(whereWords)).toEqual(['src/a.js:3–9 and 2 more', 'src/a.js:7', '']);
    expect(first && placesOf(first).map(({ index }) => index)).toEqual([0, 1, 2]);
    expect([second, third].map((one) => one && placesOf(one))).toEqual([[], []]);
  });

  it('are spoken with how grave they are, where, and as of when; what a case says is drawn, not obeyed', () => {
    expect(found.map(spokenFinding)).toEqual([
      'Grave: 12 of 187 expected outputs stand in the source, src/a.js:3–9 and 2 more, as of checkpoint 31',
      'Doubtful: it seems to call it, src/a.js:7, as of checkpoint 31',
      'To know: notes say “^[all pass”, as of checkpoint 31',
    ]);
  });
});
