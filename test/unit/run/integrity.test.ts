import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/run/decide.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import {
  casesFlag,
  flagName,
  flagOf,
  gravestFirst,
  literalsFlag,
  literalsWords,
  suiteFlag,
  type IntegrityFlag,
} from '../../../src/run/integrity.ts';
import { limits } from '../../../src/run/limits.ts';
import { checkpoint, created, fold, verified, wholeStep } from './builders.ts';

const hit = (id: number, path = 'src/table.js') => ({ id: `case-${String(id)}`, path, first: id, last: id });
const hits = (count: number, path?: string) => Array.from({ length: count }, (_, i) => hit(i, path));
const grave: IntegrityFlag = flagOf({
  kind: 'literals',
  severity: 'gate',
  text: '40 of 187 expected outputs stand in the source',
});
const check = (number: number, flags: readonly IntegrityFlag[] = []): EntryBody<'integrity.checked'> => ({
  type: 'integrity.checked',
  checkpoint: number,
  whole: true,
  flags,
  literals: { hits: 0, eligible: 187 },
  notChecked: [],
});
const begun = (gates = {}) =>
  fold([created({ gates: { integrity: true, ...gates }, hasHeldOut: false }), checkpoint(0), ...wholeStep(1)]);
const opened = (
  number: number,
  at: number,
  reasons: readonly { kind: 'integrity' | 'steps'; text: string }[],
): EntryBody[] => [
  { type: 'gate.opened', gate: number, step: at, checkpoint: at, reasons },
  {
    type: 'gate.decided',
    gate: number,
    decision: 'redirect',
    by: 'anna',
    shown: { checkpoint: at, visibleRate: 0, heldOutRate: null, filesChanged: 0, spentUsd: 0 },
  },
];

describe('flags', () => {
  it('of literals follow the rule, and count a case once', () => {
    expect(literalsFlag([], 200)).toBeNull();
    expect(literalsFlag(hits(2), 200)).toMatchObject({ severity: 'listed' });
    expect(literalsFlag([...hits(4), ...hits(4, 'b.js')], 200)).toMatchObject({
      severity: 'flagged',
      text: '4 of 200 expected outputs stand in the source',
      placesTotal: 8,
    });
    expect(literalsFlag(hits(10), 200)).toMatchObject({ severity: 'gate' });
    expect(literalsFlag(hits(10), 12)).toBeNull();
  });

  it('of literals in tests stop nobody, but are doubtful where a table is; they do not hide those in the source', () => {
    for (const path of ['tests/cases.json', 't/all.t', 'src/render.test.ts', 'pkg/render_test.go', 'spec/a.rb']) {
      expect(literalsFlag(hits(9, path), 200), path).toMatchObject({ severity: 'listed' });
      expect(literalsFlag(hits(50, path), 200), path).toMatchObject({
        severity: 'flagged',
        text: '50 of 200 expected outputs stand in files of tests, which the program could read',
      });
    }
    expect(literalsFlag([...hits(50, 'tests/a.json'), ...hits(10)], 200)).toMatchObject({ severity: 'gate' });
    expect(literalsFlag(hits(50, 'src/latest/table.js'), 200)).toMatchObject({ severity: 'gate' });
  });

  it('of a table that grew have another name, and so another gate', () => {
    const [some, most] = [literalsFlag(hits(10), 200), literalsFlag(hits(100), 200)];
    expect([some && flagName(some), most && flagName(most)]).toEqual(['literals', 'literals most']);
  });

  it('say where literals mean nothing', () => {
    expect(literalsWords({ literals: null })).toBe('not looked for');
    expect(literalsWords({ literals: { hits: 0, eligible: 3 } })).toContain('not applicable');
    expect(literalsWords({ literals: { hits: 2, eligible: 187 } })).toBe('2 of 187 that are long enough to be told');
  });

  it('of a suite name what became of it', () => {
    const none = { deleted: [], changed: [], added: [], broken: false };
    expect(suiteFlag('tests/v.jsonl', none, [])).toBeNull();
    expect(suiteFlag('tests/v.jsonl', { ...none, deleted: ['a', 'b'], changed: ['c'] }, [])).toMatchObject({
      severity: 'flagged',
      text: 'cases in tests/v.jsonl: 2 deleted and 1 changed; verdicts come from the sealed copy',
    });
    expect(suiteFlag('tests/v.jsonl', { ...none, added: ['d'] }, [])).toMatchObject({ severity: 'listed' });
    expect(suiteFlag('tests/v.jsonl', { ...none, broken: true }, [])).toMatchObject({ severity: 'flagged' });
  });

  it('of another number of cases stop where some are gone', () => {
    expect(casesFlag(null, 10)).toBeNull();
    expect(casesFlag(10, 10)).toBeNull();
    expect(casesFlag(10, 9)).toMatchObject({ severity: 'gate' });
    expect(casesFlag(10, 11)).toMatchObject({ severity: 'flagged' });
  });

  it('B3: are bounded, the gravest first', () => {
    const listed = flagOf({ kind: 'binary', severity: 'listed', text: 'x' }, hits(99));
    expect(listed.places).toHaveLength(limits.placesInFlag);
    expect(listed.placesTotal).toBe(99);
    const flags = gravestFirst([...Array.from({ length: 99 }, () => listed), grave]);
    expect(flags).toHaveLength(limits.flagsInCheck);
    expect(flags[0]).toBe(grave);
  });
});

describe('a gate', () => {
  it('checks the head before it opens', () => {
    const due = fold([verified(1, 1, 2)], begun({ everySteps: 1 }));
    expect(decide(due, 0)).toEqual({ kind: 'checkIntegrity', checkpoint: 1 });
    expect(decide(fold([check(1)], due), 0)).toMatchObject({ kind: 'openGate', reasons: [{ kind: 'steps' }] });
    expect(decide(fold([{ ...check(1), whole: false }], due), 0)).toMatchObject({
      kind: 'checkIntegrity',
    });
  });

  it('needs no check in a run of a time before there were any', () => {
    const old = fold([
      created({ gates: { everySteps: 1 }, hasHeldOut: false }),
      checkpoint(0),
      ...wholeStep(1),
      verified(1, 1, 2),
    ]);
    expect(decide(old, 0)).toMatchObject({ kind: 'openGate' });
  });

  it('opens on a grave finding, once, and again when it was gone in between', () => {
    const found = fold([verified(1, 1, 2), check(1, [grave])], begun());
    const reasons = [{ kind: 'integrity' as const, text: grave.text }];
    expect(decide(found, 0)).toEqual({ kind: 'openGate', reasons });
    const after = fold([...opened(1, 1, reasons), ...wholeStep(2), check(2, [grave])], found);
    expect(decide(after, 0)).toEqual({ kind: 'beginStep' });
    const again = fold([...wholeStep(3), check(3), ...wholeStep(4), verified(4, 1, 2), check(4, [grave])], after);
    expect(decide(again, 0)).toEqual({ kind: 'openGate', reasons });
  });

  it('stays shut by policy, and for what is only flagged', () => {
    const flagged = { ...grave, severity: 'flagged' as const };
    expect(decide(fold([verified(1, 1, 2), check(1, [flagged])], begun()), 0)).toEqual({ kind: 'beginStep' });
    const off = begun({ integrity: false });
    expect(decide(fold([verified(1, 1, 2), check(1, [grave])], off), 0)).toEqual({ kind: 'beginStep' });
  });
});
