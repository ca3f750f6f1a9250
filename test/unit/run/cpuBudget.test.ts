import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { borrowed, canBorrow, fullBudget, paid, refilled, waitFor } from '../../../src/run/cpuBudget.ts';
import { limits } from '../../../src/run/limits.ts';

const hourMs = 3_600_000;

describe('the CPU budget', () => {
  it('B3: over the hours no more than the share is used, whatever is asked for', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        fc.array(fc.tuple(fc.nat(60_000), fc.nat(400_000), fc.boolean()), { maxLength: 200 }),
        (share, asks) => {
          let [budget, now, used, largest] = [fullBudget(share, 0), 0, 0, 0];
          for (const [pauseMs, wantedMs, isDue] of asks) {
            now += pauseMs;
            budget = refilled(budget, share, now);
            const isThere = isDue ? canBorrow(budget, share) : budget.leftMs >= wantedMs;
            if (!isThere) continue;
            used += wantedMs;
            if (isDue) largest = Math.max(largest, wantedMs);
            budget = (isDue ? borrowed : paid)(budget, wantedMs);
          }
          expect(used).toBeLessThanOrEqual(share * (now + 2 * limits.cpuSavedMs) + largest + 1);
        },
      ),
    );
  });

  it('has what was waited for when the wait is over', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        fc.nat(1_000_000),
        fc.nat(1_000_000),
        (share, used, owed) => {
          const budget = borrowed(paid(fullBudget(share, 0), used), owed);
          const wanted = 0.5 * share * limits.cpuSavedMs;
          const after = refilled(budget, share, waitFor(budget, share, wanted));
          expect(after.leftMs).toBeGreaterThanOrEqual(wanted * (1 - 1e-9));
          expect(refilled(budget, share, owed / (share / 2)).owedMs).toBeCloseTo(0, 3);
        },
      ),
    );
  });

  it('goes on with samples while a run of the whole suite is owed, and takes nothing from a clock that was put back', () => {
    const owed = borrowed(fullBudget(0.5, hourMs), hourMs);
    expect(waitFor(owed, 0.5, 1_000)).toBe(0);
    expect(waitFor(paid(owed, owed.leftMs), 0.5, 1_000)).toBe(4_000);
    expect(refilled(owed, 0.5, 0)).toEqual({ ...owed, at: 0 });
  });

  it('calls what is more than can be saved up there when all is saved up', () => {
    expect(waitFor(fullBudget(0.5, 0), 0.5, 10 * hourMs)).toBe(0);
  });
});
