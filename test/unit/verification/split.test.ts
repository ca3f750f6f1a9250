/** Job: the split is stable, stratified and total; the shuffle is given again by its seed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Case } from '../../../src/run/case.ts';
import { shuffled } from '../../../src/base/shuffle.ts';
import { splitCases } from '../../../src/engine/verification/split.ts';

const caseOf = (id: number, tag: string): Case => ({
  id: `c${String(id)}`,
  tags: [tag],
  args: [],
  stdin: `input ${String(id)}`,
  expect: { exit: 0 },
});
const someCases = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 80 })
  .map((tags) => tags.map((tag, i) => caseOf(i, tag)));
const share = fc.double({ min: 0.05, max: 0.95, noNaN: true });
const idsOf = (cases: readonly Case[]) => cases.map((one) => one.id);

/** Whether every group gives its share, within one case. */
function isStratified(cases: readonly Case[], heldOut: readonly Case[], part: number): boolean {
  return ['a', 'b', 'c', 'd'].every((tag) => {
    const count = (list: readonly Case[]) => list.filter((one) => one.tags[0] === tag).length;
    return Math.abs(count(heldOut) - count(cases) * part) < 1;
  });
}

describe('splitCases', () => {
  it('H2: every case is on one side, the whole has the share, and so has each tag', () => {
    fc.assert(
      fc.property(someCases, share, (cases, part) => {
        const { visible, heldOut } = splitCases(cases, part);
        expect([...idsOf(visible), ...idsOf(heldOut)].sort()).toEqual(idsOf(cases).sort());
        expect(heldOut.length).toBe(Math.round(cases.length * part));
        expect(isStratified(cases, heldOut, part)).toBe(true);
      }),
    );
  });

  it('H2: order and ids of the file do not matter, so a held-out case stays held out', () => {
    fc.assert(
      fc.property(someCases, share, fc.integer(), (cases, part, seed) => {
        const inputs = (list: readonly Case[]) => list.map((one) => one.stdin).sort();
        const renamed = shuffled(cases, seed).map((one, i) => ({ ...one, id: `other-${String(i)}` }));
        expect(inputs(splitCases(renamed, part).heldOut)).toEqual(inputs(splitCases(cases, part).heldOut));
      }),
    );
  });

  it('H2: a split that takes the first cases is not stratified (sabotaged: the check can fail)', () => {
    const cases = [...Array(40).keys()].map((i) => caseOf(i, i < 20 ? 'a' : 'b'));
    expect(isStratified(cases, cases.slice(0, 20), 0.5)).toBe(false);
    expect(isStratified(cases, splitCases(cases, 0.5).heldOut, 0.5)).toBe(true);
  });
});

it('H5: the order of the cases is a permutation that the seed gives again', () => {
  const items = [...Array(100).keys()];
  expect(shuffled(items, 5)).toEqual(shuffled(items, 5));
  expect(shuffled(items, 5)).not.toEqual(shuffled(items, 6));
  expect(shuffled(items, 5)).not.toEqual(items);
  expect([...shuffled(items, 5)].sort((a, b) => a - b)).toEqual(items);
});
