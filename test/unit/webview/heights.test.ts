import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Heights } from '../../../src/webview/heights.ts';
import { PagedSteps } from '../../../src/webview/pagedSteps.ts';
import { between, happeningsAt } from '../../../src/webview/slots.ts';
import type { Happening, StepSummary } from '../../../src/run/state.ts';

it('sums and finds as a plain list does, whatever is set, added and dropped', () => {
  const act = fc.oneof(
    fc.record({ slot: fc.nat(60), px: fc.integer({ min: 0, max: 300 }) }),
    fc.record({ length: fc.nat(60) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), fc.nat(4_000), (acts, px) => {
      const heights = new Heights(22);
      let plain: number[] = [];
      for (const one of acts) {
        if ('length' in one) {
          heights.resize(one.length);
          plain = Array.from({ length: one.length }, (_, slot) => plain[slot] ?? 22);
        } else {
          heights.set(one.slot, one.px);
          if (one.slot < plain.length) plain[one.slot] = one.px;
        }
      }
      const offsets = plain.map((_, slot) => plain.slice(0, slot).reduce((sum, height) => sum + height, 0));
      expect(plain.map((_, slot) => heights.offset(slot))).toEqual(offsets);
      expect(heights.total).toBe(plain.reduce((sum, height) => sum + height, 0));
      expect(heights.at(px)).toBe(
        Math.max(
          0,
          offsets.findLastIndex((offset) => offset <= px),
        ),
      );
    }),
  );
});

const row = (step: number): StepSummary => ({ step, seq: step * 10 }) as StepSummary;
const happening = (seq: number): Happening => ({ seq }) as Happening;

it('B3: pages that came first go first, and a number that no page has is not here', () => {
  const paged = new PagedSteps(4);
  paged.take(5, [row(2), row(4)]);
  expect([1, 2, 3, 4].map((step) => paged.get(step)?.step ?? paged.get(step))).toEqual([undefined, 2, null, 4]);
  paged.take(12, [row(10), row(11)]);
  expect([paged.size, paged.get(2), paged.get(10)?.step]).toEqual([4, undefined, 10]);
});

it('puts what came between two steps between their rows, each of it once, where both are here', () => {
  const rows = new Map<number, StepSummary | null>([1, 2, 4, 6, 7].map((step) => [step, row(step)]));
  rows.set(3, null);
  const steps = { lastStep: 7, stepAt: (step: number) => rows.get(step) };
  const all = [5, 15, 25, 45, 65, 75, 85].map(happening);
  const at = (slot: number) => happeningsAt(steps, slot, all, 80).map(({ seq }) => seq);
  expect([0, 1, 2, 3, 4, 5, 6, 7].map(at)).toEqual([[5], [15], [25], [], [], [], [65], [75]]);
  expect(between(all, 80, Infinity).map(({ seq }) => seq)).toEqual([85]);
});
