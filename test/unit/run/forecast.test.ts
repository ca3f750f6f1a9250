/** The forecast: its band, its chances, what it weighs, and the gate that it opens. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandAt, forecastOf, isBelowZero } from '../../../src/run/forecast.ts';
import type { BandPoint, Forecast, ScoreCurve } from '../../../src/run/forecastFacts.ts';
import { bestAt, fittedShapes } from '../../../src/run/forecastFit.ts';
import { forecastBrief, forecastSentences } from '../../../src/run/forecastWords.ts';
import { limits } from '../../../src/run/limits.ts';
import { noCurve, withLook } from '../../../src/run/scoreCurve.ts';
import { shapes, simulatedRun } from '../../eval/forecastCurves.ts';
import { seeded } from '../../eval/random.ts';

type Band = Extract<Forecast, { kind: 'band' }>;

const terms = { goal: 1, hourUsd: 0, budgetUsd: null, usdPerHour: null };

/** Looks at every dollar. */
function curveOf(passes: readonly number[], total = 200, everyUsd = 1): ScoreCurve {
  return passes.reduce((curve, pass, i) => withLook(curve, (i + 1) * everyUsd, { pass, total }), noCurve);
}

function bandOf(forecast: Forecast): Band {
  if (forecast.kind !== 'band') throw new Error(`no band: ${forecast.kind}`);
  return forecast;
}

/** What is wrong with a band, whatever the curve; the tests of the tests hand over spoiled ones. */
function faultsOf({ band, bestRate }: Band, { costUsd }: ScoreCurve): readonly string[] {
  const numbers = band.flatMap((point) => Object.values(point) as number[]);
  const rising = (key: keyof BandPoint) => band.every((point, i) => i === 0 || point[key] >= (band[i - 1]?.[key] ?? 0));
  const keys = ['costUsd', 'low', 'middle', 'high', 'goalChance'] as const;
  return [
    ...(numbers.every(Number.isFinite) ? [] : ['a number is not finite']),
    ...keys.filter((key) => !rising(key)).map((key) => `${key} falls`),
    ...(band.every(({ low, middle, high }) => low <= middle && middle <= high) ? [] : ['its edges cross']),
    ...(band.every(({ low, high }) => low >= bestRate - 1e-9 && high <= 1 + 1e-9) ? [] : ['it leaves best to 1']),
    ...(band.every((point) => point.costUsd <= 2 * costUsd + 1e-9) ? [] : ['it looks beyond twice the spend']),
  ];
}

const anyCurve = fc
  .record({
    total: fc.integer({ min: 1, max: 5_000 }),
    everyUsd: fc.double({ min: 0.001, max: 500, noNaN: true }),
    shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: limits.forecastLooksLeast,
      maxLength: 60,
    }),
  })
  .map(({ total, everyUsd, shares }) =>
    curveOf(
      shares.map((share) => Math.floor(share * total)),
      total,
      everyUsd,
    ),
  );

describe('the band', () => {
  it('rises, keeps its edges in order and ends at twice the spend, whatever the curve', () => {
    fc.assert(
      fc.property(anyCurve, (curve) => {
        const forecast = forecastOf(curve, { ...terms, valueUsd: 100, budgetUsd: curve.costUsd * 5 });
        if (forecast.kind !== 'band') return forecast.kind === 'reached';
        expect(faultsOf(forecast, curve)).toEqual([]);
        expect(Object.values(forecast.goingOn ?? {}).filter((value) => Number.isNaN(value))).toEqual([]);
        return true;
      }),
      { numRuns: 150 },
    );
  });

  it('sabotaged: a band that falls, crosses, goes further or is no number is found out', () => {
    const curve = curveOf([20, 60, 80, 100, 110, 118, 120, 124]);
    const good = bandOf(forecastOf(curve, terms));
    expect(faultsOf(good, curve)).toEqual([]);
    const spoiled = (change: (point: BandPoint, i: number) => Partial<BandPoint>): Band => ({
      ...good,
      band: good.band.map((point, i) => ({ ...point, ...change(point, i) })),
    });
    expect(
      faultsOf(
        spoiled((_, i) => ({ low: i === 9 ? good.bestRate : 0.99, middle: 1, high: 1 })),
        curve,
      ),
    ).toContain('low falls');
    expect(
      faultsOf(
        spoiled(({ low }) => ({ high: low - 0.01 })),
        curve,
      ),
    ).toContain('its edges cross');
    expect(
      faultsOf(
        spoiled(({ costUsd }) => ({ costUsd: costUsd * 1.2 })),
        curve,
      ),
    ).toContain('it looks beyond twice the spend');
    expect(
      faultsOf(
        spoiled(() => ({ middle: Number.NaN })),
        curve,
      ),
    ).toContain('a number is not finite');
  });

  it('is the same for the same curve, wherever it is made', () => {
    const make = () => forecastOf(structuredClone(curveOf([20, 60, 80, 100, 110, 118, 120, 124])), terms);
    expect(make()).toEqual(make());
  });

  it('holds what comes at least as often as it says, for shapes that nobody fitted', () => {
    const random = seeded(3);
    const runs = shapes.flatMap((shape) => Array.from({ length: 12 }, () => simulatedRun(shape, random)));
    const held = (narrowed: number) => {
      const inside = runs.flatMap(({ looks, total, budgetUsd }) => {
        const upTo = (usd: number) =>
          looks
            .filter(({ costUsd }) => costUsd <= usd)
            .reduce((c, look) => withLook(c, look.costUsd, { pass: look.pass, total }), noCurve);
        const curve = upTo(budgetUsd / 2);
        const forecast = forecastOf(curve, terms);
        if (forecast.kind !== 'band') return [];
        const at = bandAt(forecast.band, curve.costUsd * 1.5);
        const then = bestAt(upTo(budgetUsd * 2), curve.costUsd * 1.5);
        const slack = 0.5 / total;
        const high = at === null ? 0 : at.low + (at.high - at.low) * narrowed;
        return [at !== null && then >= at.low - slack && then <= high + slack];
      });
      return inside.filter(Boolean).length / inside.length;
    };
    expect(held(1)).toBeGreaterThan(0.85);
    // Sabotaged: a tenth of the width does not.
    expect(held(0.1)).toBeLessThan(0.7);
  });

  it('goes on along a power law where the curve is one', () => {
    const at = (usd: number) => 0.9 - 0.8 * (1 + usd / 5) ** -0.7;
    const curve = curveOf(
      Array.from({ length: 40 }, (_, i) => Math.round(at(i + 1) * 10_000)),
      10_000,
    );
    const best = fittedShapes(curve).reduce((a, b) => (b.weight > a.weight ? b : a));
    const gain = best.b * ((1 + 40 / best.kUsd) ** -best.gamma - (1 + 80 / best.kUsd) ** -best.gamma);
    expect(gain).toBeCloseTo(at(80) - at(40), 1);
    const then = bandOf(forecastOf(curve, terms)).band.at(-1);
    expect(at(80)).toBeGreaterThanOrEqual(then?.low ?? 1);
    expect(at(80)).toBeLessThanOrEqual(then?.high ?? 0);
  });

  it('says when it is too early and what is missing; that the goal is reached; that the cost is not known', () => {
    expect(forecastBrief(forecastOf(noCurve, terms))).toBe('Too early to say: no version has been verified');
    expect(forecastBrief(forecastOf(curveOf([10, 20, 30]), terms))).toBe(
      'Too early to say: 3 verified versions more are needed',
    );
    const late = Array.from({ length: 8 }, (_, i) => i).reduce(
      (c, i) => withLook(c, 10 + i, { pass: i, total: 50 }),
      noCurve,
    );
    expect(forecastBrief(forecastOf(late, terms))).toBe(
      'Too early to say: the first verification was at $10.00, so it takes until $30.00',
    );
    const free = Array.from({ length: 8 }, (_, i) => i).reduce(
      (c, i) => withLook(c, 0, { pass: i, total: 50 }),
      noCurve,
    );
    expect(forecastBrief(forecastOf(free, terms))).toBe('Too early to say: what it costs is not known');
    expect(forecastOf(curveOf([100, 199, 200]), terms).kind).toBe('reached');
    expect(forecastOf(curveOf([100, 150, 180]), { ...terms, goal: 0.9 }).kind).toBe('reached');
  });

  it('B3: keeps a bounded curve, with its first, its newest and its best', () => {
    const curve = curveOf(
      Array.from({ length: 5_000 }, (_, i) => i),
      5_000,
      0.01,
    );
    expect(curve.gains.length).toBeLessThanOrEqual(limits.gainsInCurve);
    expect([curve.gains[0]?.rate, curve.gains.at(-1)?.rate, curve.looks]).toEqual([0, 4_999 / 5_000, 5_000]);
  });
});

describe('what going on is worth', () => {
  const plateau = curveOf([60, 90, 100, ...Array.from({ length: 57 }, () => 101)]);
  const rising = curveOf(Array.from({ length: 60 }, (_, i) => 10 + 3 * i));
  const worth = (curve: ScoreCurve, valueUsd: number, budgetUsd = 100, hourUsd = 0) =>
    bandOf(forecastOf(curve, { ...terms, valueUsd, budgetUsd, hourUsd, usdPerHour: 2 })).goingOn;

  it('is below zero on a long plateau, above zero where it rises to the goal, and more for a higher value', () => {
    expect(worth(plateau, 100)?.worthUsd).toBeLessThan(0);
    expect(worth(rising, 100)?.worthUsd).toBeGreaterThan(20);
    expect(worth(rising, 1_000)?.worthUsd ?? 0).toBeGreaterThan(worth(rising, 100)?.worthUsd ?? 0);
    expect(worth(plateau, 100_000)?.worthUsd).toBeGreaterThan(0);
  });

  it('counts hours, and no block passes the budget', () => {
    const [free, dear] = [worth(rising, 500), worth(rising, 500, 100, 10)];
    expect(dear?.worthUsd ?? 0).toBeLessThan(free?.worthUsd ?? 0);
    expect(free?.hours).toBeCloseTo((free?.blockUsd ?? 0) / 2);
    expect(worth(rising, 500, 62)?.blockUsd).toBeLessThanOrEqual(2);
  });

  it('does not call a steady rise worthless only because its goal lies beyond twice the spend', () => {
    const slow = curveOf(
      Array.from({ length: 20 }, (_, i) => 4 * i),
      400,
    );
    const forecast = bandOf(forecastOf(slow, { ...terms, valueUsd: 2_000, budgetUsd: 200 }));
    expect(forecast.band.at(-1)?.goalChance).toBeLessThan(0.2);
    expect(forecast.goingOn?.mayPayLater).toBe(true);
    expect(isBelowZero(forecast)).toBe(false);
    // Sabotaged: as if the budget ended where the band does, it is below zero.
    expect(isBelowZero(forecastOf(slow, { ...terms, valueUsd: 20, budgetUsd: 40 }))).toBe(true);
  });

  it('is not weighed where nobody said what a solved task is worth', () => {
    const forecast = forecastOf(plateau, { ...terms, budgetUsd: 100 });
    expect(bandOf(forecast).goingOn).toBeNull();
    expect(forecastSentences(forecast, { goal: 1, hourUsd: 0 }).at(-1)).toContain('valueUsd');
  });

  it('says it in words', () => {
    const forecast = forecastOf(plateau, { ...terms, valueUsd: 100, budgetUsd: 100 });
    expect(forecastBrief(forecast)).toMatch(
      /^\$100 buys \d+–\d+ % \(90 of 100 times\); 100 % in (fewer than )?\d+ of 100 times$/,
    );
    expect(forecastSentences(forecast, { goal: 1, hourUsd: 0, valueUsd: 100 })).toContain(
      'Going on is not worth its price, with $100 for a solved task.',
    );
  });
});
