import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anytime, newcombe, wilson, z95, type Interval } from '../../../src/run/intervals.ts';

const percent = ({ low, high }: Interval) => [low, high].map((share) => Number((share * 100).toFixed(1)));
const counts = fc
  .tuple(fc.nat(400), fc.nat(400))
  .map(([a, b]) => ({ pass: Math.min(a, b), total: Math.max(a, b) }))
  .filter(({ total }) => total > 0);

describe('wilson', () => {
  it('gives the published values', () => {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    expect(percent(wilson({ pass: 81, total: 263 }))).toEqual([25.5, 36.6]);
    expect(percent(wilson({ pass: 15, total: 148 }))).toEqual([6.2, 16]);
    expect(percent(wilson({ pass: 0, total: 20 }))).toEqual([0, 16.1]);
    expect(percent(wilson({ pass: 1, total: 29 }))).toEqual([0.6, 17.2]);
  });

  it('holds the share, within 0 and 1, and mirrors', () => {
    fc.assert(
      fc.property(counts, ({ pass, total }) => {
        const { low, high } = wilson({ pass, total });
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(pass / total);
        expect(high).toBeGreaterThanOrEqual(pass / total);
        expect(wilson({ pass: total - pass, total }).low).toBeCloseTo(1 - high, 12);
      }),
    );
  });

  it('knows nothing without cases', () => {
    expect(wilson({ pass: 0, total: 0 })).toEqual({ low: 0, high: 1 });
    expect(anytime({ pass: 0, total: 0 })).toEqual({ low: 0, high: 1 });
    expect(newcombe({ pass: 0, total: 0 }, { pass: 1, total: 2 })).toEqual({ low: -1, high: 1 });
  });
});

describe('newcombe', () => {
  it('gives the published values', () => {
    // Newcombe 1998 (II), table II, method 10: 56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/10
    const of = (a: number, m: number, b: number, n: number) => {
      const { low, high } = newcombe({ pass: a, total: m }, { pass: b, total: n });
      return [low, high].map((share) => Number(share.toFixed(4)));
    };
    expect(of(56, 70, 48, 80)).toEqual([0.0524, 0.3339]);
    expect(of(9, 10, 3, 10)).toEqual([0.1705, 0.809]);
    expect(of(10, 10, 0, 10)).toEqual([0.6075, 1]);
  });

  it('turns around with its sides', () => {
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        const [there, back] = [newcombe(one, other), newcombe(other, one)];
        expect(there.low).toBeCloseTo(-back.high, 12);
      }),
    );
  });
});

describe('anytime', () => {
  it('gives the values of the formula', () => {
    expect(percent(anytime({ pass: 190, total: 200 }))).toEqual([87.9, 98.6]);
    expect(percent(anytime({ pass: 200, total: 200 }))).toEqual([96.9, 100]);
  });

  it('is wider than an interval that may be looked at once', () => {
    fc.assert(
      fc.property(counts, (figure) => {
        const [often, once] = [anytime(figure), wilson(figure)];
        expect(often.high - often.low).toBeGreaterThan((once.high - once.low) * 0.99);
        expect(often.low).toBeLessThanOrEqual(figure.pass / figure.total);
        expect(often.high).toBeGreaterThanOrEqual(figure.pass / figure.total);
      }),
    );
  });

  /** How many of the sequences leave the truth out at one of their looks. */
  function wrongAtSomeLook(interval: (k: number, n: number) => Interval): number {
    let seed = 7;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    let wrong = 0;
    for (let sequence = 0; sequence < 200; sequence++) {
      let pass = 0;
      for (let n = 1; n <= 300; n++) {
        if (random() < 0.8) pass += 1;
        if (n % 10 !== 0) continue;
        const { low, high } = interval(pass, n);
        if (low > 0.8 || high < 0.8) {
          wrong += 1;
          break;
        }
      }
    }
    return wrong / 200;
  }

  it('holds at every look; one for a single look does not', () => {
    expect(wrongAtSomeLook((pass, total) => anytime({ pass, total }))).toBeLessThanOrEqual(0.05);
    expect(wrongAtSomeLook((pass, total) => wilson({ pass, total }, z95))).toBeGreaterThan(0.1);
  });
});
