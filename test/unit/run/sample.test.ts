import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatorOf, shuffled } from '../../../src/base/shuffle.ts';
import { sampleOf, sampleOrder } from '../../../src/run/sample.ts';

interface Tagged {
  readonly id: string;
  readonly tags: readonly string[];
}

const seeds = fc.nat(2 ** 32 - 1);
/** Suites of groups of very different sizes, some cases with two tags. */
const suites = fc.array(fc.tuple(fc.nat(60), fc.boolean()), { minLength: 1, maxLength: 8 }).map((groups) =>
  groups.flatMap(([size, second], group) =>
    Array.from({ length: size + 1 }, (_, at): Tagged => {
      const tags = [`tag ${group}`, ...(second ? ['second'] : [])];
      return { id: `${group}/${at}`, tags };
    }),
  ),
);

describe('a sample', () => {
  it('is the same for the same seed, holds each case once and each tag, and what is watched', () => {
    fc.assert(
      fc.property(suites, seeds, fc.nat(60), fc.nat(10), (cases, seed, size, every) => {
        const draw = size + 1;
        const watched = cases.filter((_, at) => at % (every + 2) === 0).map(({ id }) => id);
        const sample = sampleOf(cases, { seed, draw, watched });
        if (sample === null) {
          expect(cases.length).toBeLessThanOrEqual(draw);
          return;
        }
        expect(sampleOf(cases, { seed, draw, watched })).toEqual(sample);
        const all = [...sample.drawn, ...sample.beside];
        expect(sample.drawn).toHaveLength(draw);
        expect(new Set(all).size).toBe(all.length);
        const tags = (of: readonly Tagged[]) => new Set(of.flatMap((one) => one.tags));
        expect(tags(all)).toEqual(tags(cases));
        expect(watched.filter((id) => !all.some((one) => one.id === id))).toEqual([]);
      }),
    );
  });

  it('keeps what it had when it grows', () => {
    fc.assert(
      fc.property(suites, seeds, fc.nat(60), fc.nat(60), (cases, seed, size, more) => {
        const [small, large] = [size + 1, size + 1 + more].map((draw) => sampleOf(cases, { seed, draw, watched: [] }));
        if (small && large) expect(large.drawn.slice(0, size + 1)).toEqual(small.drawn);
      }),
    );
  });

  it('gives each group of tags its part, but for a few cases', () => {
    fc.assert(
      fc.property(suites, seeds, fc.nat(100), (cases, seed, size) => {
        const drawn = sampleOrder(cases, seed).slice(0, size + 1);
        for (const group of Map.groupBy(cases, ({ tags }) => tags.join()).values()) {
          const part = (group.length * drawn.length) / cases.length;
          const has = drawn.filter((one) => group.includes(one)).length;
          expect(Math.abs(has - part)).toBeLessThanOrEqual(1 + Math.log2(drawn.length + 1));
        }
      }),
    );
  });
});

describe('the estimate', () => {
  /** 100 cases; the two rarest tags fail. */
  const cases = Array.from({ length: 100 }, (_, at): Tagged => {
    const tag = at < 3 ? 'rare' : at < 8 ? 'seldom' : at < 40 ? 'often' : 'most';
    return { id: String(at), tags: [tag] };
  });
  const passes = ({ tags }: Tagged) => tags[0] === 'often' || tags[0] === 'most';
  const draws = 6_000;
  const draw = 20;

  /** The mean of the share that passes, over many seeds, and how often each case was counted. */
  function overSeeds(counted: (seed: number) => readonly Tagged[]) {
    const times = new Map<Tagged, number>();
    let sum = 0;
    for (let seed = 0; seed < draws; seed++) {
      const of = counted(seed * 7919);
      sum += of.filter(passes).length / of.length;
      for (const one of of) times.set(one, (times.get(one) ?? 0) + 1);
    }
    const shares = cases.map((one) => (times.get(one) ?? 0) / draws);
    return { mean: sum / draws, least: Math.min(...shares), most: Math.max(...shares) };
  }
  const sample = (seed: number) => sampleOf(cases, { seed, draw, watched: ['0', '1', '2'] });
  // Five standard deviations of a share of 0.2 over so many seeds.
  const near = 5 * Math.sqrt((0.2 * 0.8) / draws);

  it('is unbiased: each case is drawn as often as any other', () => {
    const { mean, least, most } = overSeeds((seed) => sample(seed)?.drawn ?? []);
    expect(mean).toBeCloseTo(0.92, 2);
    expect(least).toBeGreaterThan(0.2 - near);
    expect(most).toBeLessThan(0.2 + near);
  });

  it('would be biased by what is run beside the draw (sabotaged: the check can fail)', () => {
    const { mean, most } = overSeeds((seed) => {
      const found = sample(seed);
      return [...(found?.drawn ?? []), ...(found?.beside ?? [])];
    });
    expect(mean).toBeLessThan(0.9);
    expect(most).toBe(1);
  });

  it('would be biased by a ring that is not turned (sabotaged: the check can fail)', () => {
    const { least, most } = overSeeds((seed) => {
      const groups = Map.groupBy(shuffled(cases, seed), ({ tags }) => tags.join());
      const ring = [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, of]) => of);
      return ring.filter((_, at) => at % 5 === 4);
    });
    expect(most - least).toBeGreaterThan(2 * near);
  });

  it('varies less than a draw that looks at no tag', () => {
    const spread = (counted: (seed: number) => readonly Tagged[]) => {
      const rates = Array.from({ length: 2_000 }, (_, seed) => {
        const of = counted(seed * 104_729);
        return of.filter(passes).length / of.length;
      });
      const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
      return rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
    };
    const plain = spread((seed) => shuffled(cases, Math.floor(generatorOf(seed)() * 2 ** 32)).slice(0, draw));
    expect(spread((seed) => sampleOrder(cases, seed).slice(0, draw))).toBeLessThan(0.8 * plain);
  });
});
