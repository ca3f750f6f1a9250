import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/run/limits.ts';
import type { StoreFacts, StoreSample } from '../../../src/run/state.ts';
import { storeForecast, storeInShort, storeWords, withSample } from '../../../src/run/storeForecast.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const monday = Date.UTC(2026, 10, 23, 12);
const dayOf = (at: number) => new Date(at).toLocaleDateString('en-GB', { weekday: 'long', timeZone: 'UTC' });

/** A store that was measured every hour. */
function store(hours: number, bytesAt: (hour: number) => number, quotaBytes = 5e9): StoreFacts {
  const samples = Array.from({ length: hours + 1 }, (_, hour): StoreSample => {
    return { at: monday - (hours - hour) * hourMs, bytes: bytesAt(hour) };
  });
  return { bytes: samples.at(-1)?.bytes ?? null, quotaBytes, samples, sweepDue: false };
}

describe('the forecast', () => {
  it('goes on as far as it was watched', () => {
    const four = store(96, (hour) => 100e6 + hour * 10e6);
    expect(storeWords(four, monday, dayOf)).toBe('1.1 GB of 5.0 GB; 2.0 GB by Friday at this rate');
    expect(storeInShort(four, monday, dayOf)).toBe('1.1 GB; 2.0 GB by Friday');
    const sixHours = store(6, (hour) => hour * 10e6);
    expect(storeWords(sixHours, monday, dayOf)).toBe('60 MB of 5.0 GB; 120 MB in 6 h at this rate');
  });

  it('says when it is full', () => {
    const soon = store(96, (hour) => hour * 40e6);
    expect(storeForecast(soon)).toMatchObject({ full: true, bytes: 5e9 });
    expect(storeWords(soon, monday, dayOf)).toBe('3.8 GB of 5.0 GB; full by Tuesday at this rate');
    expect(storeWords({ ...soon, bytes: 6e9 }, monday, dayOf)).toBe('6.0 GB of 5.0 GB: over its quota');
    const short = (store: Parameters<typeof storeInShort>[0]) => storeInShort(store, monday, dayOf);
    expect([soon, { ...soon, bytes: 6e9 }, { ...soon, samples: [] }, { ...soon, bytes: null }].map(short)).toEqual([
      '3.8 GB; full by Tuesday',
      '6.0 GB of 5.0 GB',
      '3.8 GB of 5.0 GB',
      '',
    ]);
  });

  it('takes no gathered packs for growth, nor the day before them for a fall', () => {
    // 8 MB an hour that are gathered into 1 MB, just before the last look and just after it.
    const jagged = (hour: number) => hour * 1e6 + (hour % 8) * 7e6;
    for (const hours of [71, 72, 79]) {
      const forecast = storeForecast(store(hours, jagged));
      expect(((forecast?.bytes ?? 0) - jagged(hours)) / hours / 1e6).toBeCloseTo(1, 0);
    }
  });

  it('says nothing before it can', () => {
    expect(
      storeWords(
        store(0, () => 4e6),
        monday,
        dayOf,
      ),
    ).toBe('4.0 MB of 5.0 GB');
    expect(
      storeWords(
        store(40, () => 4e6),
        monday,
        dayOf,
      ),
    ).toBe('4.0 MB of 5.0 GB');
    expect(
      storeWords(
        store(40, (hour) => 90e6 - hour * 1e6),
        monday,
        dayOf,
      ),
    ).toBe('50 MB of 5.0 GB');
    expect(storeWords({ ...store(0, () => 1), bytes: null }, monday, dayOf)).toBe('');
    // A run that nobody has touched since then.
    expect(
      storeWords(
        store(6, (hour) => hour * 10e6),
        monday + 30 * dayMs,
        dayOf,
      ),
    ).toBe('60 MB of 5.0 GB');
  });
});

it('B3: the samples of a long run span it, and stay few', () => {
  let samples: readonly StoreSample[] = [];
  for (let minute = 0; minute < 20 * 24 * 60; minute += 2)
    samples = withSample(samples, { at: minute * 60_000, bytes: minute });
  expect(samples.length).toBeLessThanOrEqual(limits.storeSamples);
  expect(samples.length).toBeGreaterThan(limits.storeSamples / 3);
  expect(samples[0]?.at).toBe(0);
  expect(samples.at(-1)?.bytes).toBe(20 * 24 * 60 - 2);
});
