import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foundWords,
  nextBisectStep,
  questionsLeft,
  repairWords,
  searchWords,
  type BisectStep,
  type Broken,
} from '../../../src/run/bisect.ts';

/** Asks until the end; how often it asked, and what came out. */
function search(passes: (place: number) => boolean, places: number, known: ReadonlyMap<number, boolean> = new Map()) {
  const answers = new Map(known);
  for (let asked = 0; ; asked++) {
    const step: BisectStep = nextBisectStep(places, answers);
    if (step.kind !== 'ask') return { step, asked };
    if (answers.has(step.at)) throw new Error(`asked again: ${String(step.at)}`);
    answers.set(step.at, passes(step.at));
  }
}

describe('nextBisectStep', () => {
  it('finds the one break among 200 places in at most 9 questions, wherever it is, with the first and last known', () => {
    for (let broken = 1; broken < 200; broken++) {
      const known = new Map([[0, true] as const, [199, false] as const]);
      const { step, asked } = search((place) => place < broken, 200, known);
      expect(step).toEqual({ kind: 'found', passed: broken - 1, broken });
      expect(asked).toBeLessThanOrEqual(8);
    }
  });

  it('finds it in at most 9 where only the newest is known to fail', () => {
    for (let broken = 1; broken < 200; broken++) {
      const { step, asked } = search((place) => place < broken, 200, new Map([[199, false]]));
      expect(step).toEqual({ kind: 'found', passed: broken - 1, broken });
      expect(asked).toBeLessThanOrEqual(9);
    }
  });

  it('asks at most ⌈log2 n⌉ + 2 times where nothing is known', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5_000 }), fc.nat(), (places, at) => {
        const broken = 1 + (at % (places - 1));
        const { step, asked } = search((place) => place < broken, places);
        expect(step).toEqual({ kind: 'found', passed: broken - 1, broken });
        expect(asked).toBeLessThanOrEqual(Math.ceil(Math.log2(places)) + 2);
      }),
    );
  });

  it('uses what is known: verdicts beside the break leave nothing to ask', () => {
    const known = new Map([[3, true] as const, [4, false] as const, [9, false] as const]);
    expect(nextBisectStep(10, known)).toEqual({ kind: 'found', passed: 3, broken: 4 });
  });

  it('a break that is found is a break, also where the case came and went', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 60 }), (verdicts) => {
        const passes = [true, ...verdicts, false];
        const { step } = search((place) => passes[place] === true, passes.length);
        if (step.kind !== 'found') throw new Error(step.kind);
        expect([passes[step.passed], passes[step.broken], step.broken - step.passed]).toEqual([true, false, 1]);
      }),
    );
  });

  it('looks for a place where it passed where none is known, and not for ever', () => {
    const { step, asked } = search((place) => place >= 60 && place < 120, 200);
    expect(step).toEqual({ kind: 'found', passed: 119, broken: 120 });
    expect(asked).toBeLessThanOrEqual(2 + 16 + 8);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (places) => {
        const never = search(() => false, places);
        expect(never.step).toEqual({ kind: 'neverPassed' });
        expect(never.asked).toBeLessThanOrEqual(2 + 2 * 16);
      }),
    );
  });

  it('does not ask beyond a known failure', () => {
    expect(nextBisectStep(100, new Map([[0, true] as const, [8, false] as const]))).toEqual({ kind: 'ask', at: 4 });
    expect(nextBisectStep(100, new Map([[0, false] as const, [8, true] as const]))).toEqual({ kind: 'ask', at: 99 });
  });

  it('tells at each question how many follow at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5_000 }), fc.nat(), (places, at) => {
        const broken = 1 + (at % (places - 1));
        const known = new Map([[0, true]]);
        const left: number[] = [];
        for (let step = nextBisectStep(places, known); step.kind === 'ask'; step = nextBisectStep(places, known)) {
          left.push(questionsLeft(places, known) ?? -1);
          known.set(step.at, step.at < broken);
        }
        expect(left.every((count, index) => count >= left.length - index)).toBe(true);
        expect(left[0]).toBe(1 + Math.ceil(Math.log2(places - 1)));
      }),
    );
    expect(questionsLeft(9, new Map([[8, false]]))).toBeNull();
  });

  it('says that it passes, or never did', () => {
    expect(search(() => true, 5)).toEqual({ step: { kind: 'passes' }, asked: 1 });
    expect(search(() => false, 5)).toEqual({ step: { kind: 'neverPassed' }, asked: 5 });
    expect(search(() => false, 1)).toEqual({ step: { kind: 'neverPassed' }, asked: 1 });
  });
});

describe('what is said of it', () => {
  const found: Broken = {
    kind: 'found',
    passed: 136,
    broken: 137,
    step: 131,
    title: 'Break\nit',
    thinned: 0,
    verified: 8,
  };

  it('names the step, where it passed, and what it took', () => {
    expect(foundWords(found, 'tabs\u001b-1')).toEqual([
      'step 131 broke tabs^[-1: Break it',
      'It passed at checkpoint 136 and fails at 137 (8 checkpoints verified for it)',
    ]);
    const unsure: Broken = { ...found, step: null, passed: 100, thinned: 36, verified: 0 };
    expect(foundWords(unsure, 'a')).toEqual([
      'checkpoint 137, or one of 36 thinned checkpoints before it, broke a: Break it',
      'It passed at checkpoint 100 and fails at 137',
    ]);
    expect(repairWords(found, 'a')).toContain(
      'The case a passed at checkpoint 136 and was broken by step 131 (“Break it”)',
    );
  });

  it('says which checkpoint is verified and how many follow', () => {
    const move = { kind: 'searching', checkpoint: 104, verified: 0 } as const;
    expect(searchWords({ ...move, left: 8 })).toBe('verifying checkpoint 104, at most 7 more after it');
    expect(searchWords({ ...move, left: 1 })).toBe('verifying checkpoint 104, the last one');
    expect(searchWords({ ...move, left: null })).toBe('verifying checkpoint 104, to find one where it passed');
  });
});
