import { describe, expect, it } from 'vitest';
import type { VerdictKind } from '../../../../src/run/entry.ts';
import { limits } from '../../../../src/run/limits.ts';
import { CaseHistory, verdictAt, verdictsIn } from '../../../../src/run/report/caseHistory.ts';
import { reportMarkdown } from '../../../../src/run/report/markdown.ts';
import { changesWords, isolationWords } from '../../../../src/run/report/words.ts';
import { initialState, reduce } from '../../../../src/run/reduce.ts';
import { Reporter } from '../../../../src/run/report/reporter.ts';
import { checkpoint, created, entriesOf, verified } from '../builders.ts';
import { reportOf } from './story.ts';

type Verdicts = Readonly<Record<string, VerdictKind>>;

function historyOf(verifications: Readonly<Record<number, Verdicts>>): CaseHistory {
  const history = new CaseHistory();
  for (const [number, verdicts] of Object.entries(verifications))
    history.add(
      Number(number),
      Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict })),
    );
  return history;
}

const stepOf = (number: number) => number + 100;

describe('the cases of a run', () => {
  const history = historyOf({
    1: { lost: 'pass', back: 'pass', gained: 'fail', never: 'fail', shaky: 'pass', kept: 'pass', machine: 'pass' },
    4: { lost: 'pass', back: 'fail', gained: 'fail', never: 'fail', shaky: 'flaky', kept: 'pass', machine: 'error' },
    9: { lost: 'timeout', back: 'pass', gained: 'pass', never: 'fail', shaky: 'pass', kept: 'pass', machine: 'pass' },
  });
  const told = history.report(stepOf);

  it('tells what was lost, what is flaky, what came back; not what never passed or was never lost', () => {
    expect(told.changed.items.map(({ id, kind }) => [id, kind])).toEqual([
      ['lost', 'regressed'],
      ['shaky', 'flaky'],
      ['back', 'repaired'],
    ]);
    expect(told.gained).toBe(1);
    expect(told.checkpoints).toEqual([
      { checkpoint: 1, step: 101 },
      { checkpoint: 4, step: 104 },
      { checkpoint: 9, step: 109 },
    ]);
  });

  it('lists what fails now, what was lost first', () => {
    expect(told.checkpoint).toBe(9);
    expect(told.failing).toEqual({
      items: [
        { id: 'lost', verdict: 'timeout' },
        { id: 'never', verdict: 'fail' },
      ],
      total: 2,
    });
  });

  it('leaves what a sample did not run as it was', () => {
    const sampled = historyOf({ 1: { a: 'fail', b: 'fail', c: 'pass' }, 2: { b: 'pass', c: 'timeout' } }).report(
      stepOf,
    );
    expect(sampled.failing.items).toEqual([
      { id: 'c', verdict: 'timeout' },
      { id: 'a', verdict: 'fail' },
    ]);
  });

  it('takes an error for no change: it may be the machine’s', () => {
    expect(told.changed.items.map(({ id }) => id)).not.toContain('machine');
  });

  it('knows the verdict between two changes, and none before the first', () => {
    const [lost] = told.changed.items;
    expect([0, 1, 8, 9, 50].map((at) => lost && verdictAt(lost, at))).toEqual([
      null,
      'pass',
      'pass',
      'timeout',
      'timeout',
    ]);
    expect(lost && changesWords(lost)).toBe('passed at 1, took too long at 9');
  });

  it('says that it was cut, in words', () => {
    const verdict = (at: number): VerdictKind => (at % 2 === 0 ? 'pass' : 'fail');
    const often = historyOf(Object.fromEntries(Array.from({ length: 60 }, (_, at) => [at, { a: verdict(at) }])));
    const [only] = often.report(stepOf).changed.items;
    expect(only?.changes.length).toBe(limits.changesPerCase);
    expect(only && changesWords(only)).toMatch(/^… passed at 36, failed at 37/);
  });
});

describe('B3: a history of 652 cases and 400 checkpoints', () => {
  const history = new CaseHistory();
  for (let at = 0; at < 400; at++)
    history.add(
      at,
      Array.from({ length: 652 }, (_, i) => ({
        id: `case-${String(i)}`,
        verdict: (at + i) % 3 === 0 ? 'fail' : 'pass',
      })),
    );
  const told = history.report(stepOf);

  it('B3: is bounded, and counts all', () => {
    expect(told.changed.items.length).toBe(limits.reportChangedCases);
    expect(told.changed.total).toBe(652);
    expect(told.checkpoints.length).toBeLessThanOrEqual(limits.reportCaseCheckpoints);
    expect(told.failing.items.length).toBe(told.failing.total);
    expect(JSON.stringify(told).length).toBeLessThan(400_000);
  });
});

describe('verdicts of a verification', () => {
  it('are read line by line, and nothing else is', () => {
    expect(verdictsIn('{"id":"a","verdict":"pass","wallMs":3}\n{"id":"b","verdict":"flaky"}')).toEqual([
      { id: 'a', verdict: 'pass' },
      { id: 'b', verdict: 'flaky' },
    ]);
    for (const text of ['{"id":"a"', '{"id":1,"verdict":"pass"}', '{"id":"a","verdict":"great"}', 'null', '3'])
      expect(verdictsIn(text)).toBeNull();
    expect(verdictsIn('')).toEqual([]);
  });
});

describe('the cases in the saved report', () => {
  const time = () => 'now';
  const bodies = [
    created(),
    checkpoint(0),
    checkpoint(1),
    verified(1, 1, 3, { isolation: { kind: 'sandboxes', why: 'no Perl' } }),
  ];
  const text = (history?: CaseHistory) => {
    const reporter = new Reporter();
    let state = initialState;
    for (const entry of entriesOf(bodies)) {
      state = reduce(state, entry);
      reporter.follow(entry, state);
    }
    return reportMarkdown(reporter.report(state, history), time);
  };

  it('stand in a table and a list, whatever their ids hold; the rest is counted', () => {
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`n-${String(i)}`, 'fail'] as const));
    const markdown = text(
      historyOf({ 1: { 'a | `b`\n# c': 'pass', ...many }, 2: { 'a | `b`\n# c': 'fail', ...many } }),
    );
    expect(markdown).toContain('| a \\| \\`b\\` # c | Regressed | passed at 1, failed at 2 |');
    expect(markdown).toContain('### Failing as of checkpoint 2\n\n- a \\| \\`b\\` # c\n- n-0\n');
    expect(markdown).toContain('\n- and 31 more\n');
  });

  it('say that some verdicts are gone', () => {
    const history = historyOf({ 1: { a: 'pass' } });
    history.add(2, null);
    expect(text(history)).toContain(
      'No case that passed was lost since. The verdicts of 1 verification can’t be read.',
    );
    expect(text()).not.toContain('Cases that changed');
  });

  it('H5: are told with how they were kept apart', () => {
    expect(text()).toContain('| Cases were run | each case in a sandbox of its own: no Perl |');
    expect(isolationWords({ kind: 'none' })).toBe('cases not kept apart: there is no sandbox');
    expect(isolationWords(reportOf(bodies.slice(0, 2)).isolation)).toBe('');
  });
});
