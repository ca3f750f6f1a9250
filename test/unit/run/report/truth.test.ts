import { describe, expect, it } from 'vitest';
import type { EntryBody } from '../../../../src/run/entry.ts';
import { flagOf, type IntegrityFlag } from '../../../../src/run/integrity.ts';
import { reportMarkdown } from '../../../../src/run/report/markdown.ts';
import { findingNotes, integrityNotes, reportDebtWords } from '../../../../src/run/report/words.ts';
import { checkpoint, created, verified, wholeStep } from '../builders.ts';
import { reportOf } from './story.ts';

const place = (line: number) => ({ path: 'src/a.js', first: line, last: line + 1 });
const flag = flagOf({ kind: 'literals', severity: 'gate', text: '12 of 187 expected outputs stand in the source' }, [
  place(3),
  place(9),
]);
const check = (number: number, flags: readonly IntegrityFlag[], notChecked: readonly string[] = []): EntryBody => ({
  type: 'integrity.checked',
  checkpoint: number,
  whole: true,
  flags,
  literals: { hits: flags.length, eligible: 187 },
  notChecked,
});
const tags = (pass: number) => [{ tag: 'Tabs | tab', pass, total: 10 }];
const heldOut = (number: number, pass: number) =>
  verified(number, pass, 326, { suite: 'heldOut', tags: tags(4), results: { digest: 'h', bytes: 1 } });
const gate: EntryBody = {
  type: 'gate.opened',
  gate: 1,
  step: 1,
  checkpoint: 1,
  reasons: [{ kind: 'steps', text: '1 step' }],
};
const begin = [created(), checkpoint(0), ...wholeStep(1)];
const time = () => 'now';

describe('correctness debt in the report', () => {
  it('H4: stands with the held-out figure that a gate has shown, not before', () => {
    const measured = [...begin, verified(1, 320, 326, { tags: tags(10) }), heldOut(1, 250)];
    expect(reportOf(measured).debt).toBeNull();
    const report = reportOf([...measured, gate]);
    expect(report.debt).toMatchObject({ checkpoint: 1, heldOut: { pass: 250, total: 326 } });
    expect(reportDebtWords(report)).toBe('+21.5 points (95 %: 16.7 to 26.5), more than chance, checkpoint 1');
    const markdown = reportMarkdown(report, time);
    expect(markdown).toContain('## Correctness debt by tag');
    expect(markdown).toContain('| Tabs \\| tab | 100.0 % of 10 | 40.0 % of 10 | +60.0 |');
  });

  it('H4: a newer one that nobody was shown does not take its place (sabotaged: the newest would)', () => {
    const shown = [...begin, verified(1, 320, 326), heldOut(1, 250), gate];
    const later = reportOf([...shown, ...wholeStep(2), verified(2, 320, 326), heldOut(2, 310)]);
    expect(later.figures.heldOut?.checkpoint).toBe(1);
    expect(later.debt?.checkpoint).toBe(1);
  });
});

describe('integrity in the report', () => {
  it('tells each finding once, from where to where it stood', () => {
    const report = reportOf([
      ...begin,
      check(1, [flag]),
      ...wholeStep(2),
      check(2, [flag]),
      ...wholeStep(3),
      check(3, []),
    ]);
    expect(report.findings.total).toBe(1);
    const [finding] = report.findings.items;
    expect(finding).toMatchObject({ checkpoint: 1, goneAt: 3, flag });
    expect(finding && findingNotes(finding)).toEqual(['grave', 'src/a.js:3–4, src/a.js:9–10', 'gone at checkpoint 3']);
    const again = reportOf([...begin, check(1, [flag]), check(2, []), check(3, [flag])]);
    expect(again.findings.items.map(({ goneAt }) => goneAt)).toEqual([2, null]);
  });

  it('says what was looked for and what was not', () => {
    const report = reportOf([...begin, check(1, [], ['2 files were too many to look through at once'])]);
    expect(integrityNotes(report)).toEqual([
      'Checked last at checkpoint 1.',
      'Expected outputs of visible cases in the source: 0 of 187 that are long enough to be told.',
      'Not checked: 2 files were too many to look through at once.',
    ]);
    expect(reportMarkdown(report, time)).toContain('Nothing was found.');
    expect(reportMarkdown(reportOf(begin), time)).not.toContain('Integrity');
  });
});
