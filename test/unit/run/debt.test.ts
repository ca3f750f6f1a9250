import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { debtOf, tagPairs } from '../../../src/run/debt.ts';
import { debtNotes, debtWords, rateIntervalWords, sinceGateWords } from '../../../src/run/debtWords.ts';
import { decide } from '../../../src/run/decide.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { statusSentence } from '../../../src/run/inOneLine.ts';
import { standingDebt } from '../../../src/run/standing.ts';
import { checkpoint, created, fold, verified, wholeStep } from './builders.ts';

const of = (pass: number, total = 326) => ({ pass, total });
const heldOut = (number: number, pass: number, more: Partial<EntryBody<'verification.finished'>> = {}) =>
  verified(number, pass, 326, { suite: 'heldOut', results: { digest: 'h', bytes: 1 }, ...more });
const begun = (gates = {}) => fold([created({ gates }), checkpoint(0), ...wholeStep(1)]);

describe('correctness debt', () => {
  it('is the difference, and significant where chance hardly explains it', () => {
    const debt = debtOf({ visible: of(310), heldOut: of(277) });
    expect(debt?.share).toBeCloseTo(0.1012, 4);
    expect(debt).toMatchObject({ significant: true });
    expect(debtOf({ visible: of(300), heldOut: of(290) })).toMatchObject({ significant: false });
    expect(debtOf({ visible: of(310), heldOut: of(277) }, 0.1)).toMatchObject({ significant: false });
    expect(debtOf({ visible: of(0, 0), heldOut: of(1) })).toBeNull();
  });

  it('never calls more held-out than visible passes a debt', () => {
    fc.assert(
      fc.property(fc.nat(326), fc.nat(326), (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(debtOf({ visible: of(less), heldOut: of(more) })?.significant).toBe(false);
      }),
    );
  });

  it('pairs tags that both suites have, the widest gap first', () => {
    const visible = [
      { tag: 'a', pass: 9, total: 10 },
      { tag: 'b', pass: 10, total: 10 },
      { tag: 'c', pass: 1, total: 1 },
    ];
    const pairs = tagPairs(visible, [
      { tag: 'b', pass: 2, total: 10 },
      { tag: 'a', pass: 9, total: 10 },
    ]);
    expect(pairs.map(({ tag }) => tag)).toEqual(['b', 'a']);
  });

  it('is of one checkpoint: figures of two say nothing', () => {
    const apart = fold([verified(1, 300, 326), ...wholeStep(2), heldOut(2, 200)], begun());
    expect(apart.debt).toBeNull();
    const together = fold([verified(2, 310, 326)], apart);
    expect(together.debt).toMatchObject({ checkpoint: 2, visible: of(310), heldOut: of(200) });
    expect(standingDebt(together)).toBe(together.debt);
  });

  it('counts what gave no verdict, and says so', () => {
    const counts = { pass: 300, fail: 20, error: 4, timeout: 2, flaky: 0 };
    const state = fold(
      [
        verified(1, 310, 326, { tags: [{ tag: 'Tabs', pass: 10, total: 10 }] }),
        heldOut(1, 300, { counts, tags: [{ tag: 'Tabs', pass: 6, total: 10 }] }),
      ],
      begun(),
    );
    expect(state.debt?.notRun).toBe(6);
    expect(debtNotes(state.debt ?? expect.fail())).toEqual([
      '6 cases timed out or could not be run, counted as not passed',
      'widest in Tabs +40.0 (10 of 10, held-out 6 of 10)',
    ]);
  });

  it('H3: opens a gate by policy and nothing else, once for each checkpoint', () => {
    const found = [verified(1, 320, 326), heldOut(1, 250)];
    expect(decide(fold(found, begun()), 0)).toEqual({ kind: 'beginStep' });
    const state = fold(found, begun({ correctnessDebt: 0 }));
    const effect = decide(state, 0);
    expect(effect).toMatchObject({ kind: 'openGate', reasons: [{ kind: 'debt' }] });
    expect(decide(fold(found, begun({ correctnessDebt: 30 })), 0)).toEqual({ kind: 'beginStep' });
    const shown = { checkpoint: 1, visibleRate: 0, heldOutRate: 0, filesChanged: 0, spentUsd: 0 };
    const reasons = effect.kind === 'openGate' ? effect.reasons : [];
    const decided = fold(
      [
        { type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons },
        { type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna', shown },
      ],
      state,
    );
    expect(decide(decided, 0)).toEqual({ kind: 'beginStep' });
  });

  it('H3: an older debt is measured again where the workspace stands before the gate opens', () => {
    const state = fold([verified(1, 320, 326), heldOut(1, 250), ...wholeStep(2)], begun({ correctnessDebt: 0 }));
    expect(decide(state, 0)).toEqual({ kind: 'verify', checkpoint: 2, suite: 'visible' });
    const repaired = fold([verified(2, 320, 326), heldOut(2, 318)], state);
    expect(decide(repaired, 0)).toEqual({ kind: 'beginStep' });
  });
});

describe('its words', () => {
  it('says gap, interval and what it comes to', () => {
    expect(debtWords({ checkpoint: 1, visible: of(310), heldOut: of(277), notRun: 0, tags: [] })).toBe(
      '+10.1 points (95 %: 5.6 to 14.8), more than chance',
    );
    expect(debtWords({ checkpoint: 1, visible: of(300), heldOut: of(300), notRun: 0, tags: [] })).toBe(
      '±0 points (95 %: −4.2 to 4.2), within chance',
    );
    expect(rateIntervalWords(of(300))).toBe('95 %: 88.6–94.5 %');
    expect(sinceGateWords({ regressed: 0, repaired: 0 })).toBe('');
    expect(sinceGateWords({ regressed: 1, repaired: 12 })).toBe('12 repaired, 1 regressed since the last gate');
  });

  it('stands in the one sentence only where chance does not explain it', () => {
    const sentence = (pass: number) =>
      statusSentence(fold([verified(1, 320, 326), heldOut(1, pass)], begun()), 'attached');
    expect(sentence(250)).toContain('held-out 76.7 %, correctness debt +21.5 points;');
    expect(sentence(318)).not.toContain('debt');
  });
});
