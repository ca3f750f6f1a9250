import { describe, expect, it } from 'vitest';
import { LongList } from '../../../src/base/longList.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

function grown(count: number): LongList<number> {
  let list = LongList.of<number>([]);
  for (const item of upTo(count)) list = list.withMore(item);
  return list;
}

describe('a long list', () => {
  it.each([0, 1, 255, 256, 257, 1_000])('of %i items is what an array of them is, grown or made at once', (count) => {
    const array = upTo(count);
    const above = (n: number) => n > 254;
    for (const list of [grown(count), LongList.of(array)]) {
      expect([...list]).toEqual(array);
      expect([...list.reversed()]).toEqual(array.toReversed());
      expect(list.length).toBe(count);
      expect([0, -1, -300, 256].map((at) => list.at(at))).toEqual([0, -1, -300, 256].map((at) => array.at(at)));
      expect([list.slice(), list.slice(255, 258), list.slice(-2)]).toEqual([
        array,
        array.slice(255, 258),
        array.slice(-2),
      ]);
      expect([list.map(String), list.filter(above)]).toEqual([array.map(String), array.filter(above)]);
      expect([list.find(above), list.findLast(above)]).toEqual([array.find(above), array.findLast(above)]);
      expect(JSON.stringify({ list })).toBe(JSON.stringify({ list: array }));
    }
    expect(grown(count)).toEqual(LongList.of(array));
  });

  it('has nothing where there is no such place, and counts none from the end', () => {
    const list = grown(300);
    expect([-1, 300, 0.5, Number.NaN].map((at) => list.get(at))).toEqual(Array(4).fill(undefined));
  });

  it('is not changed by what is made of it', () => {
    const before = grown(600);
    const [more, other, doubled] = [before.withMore(600), before.with(300, -1), before.changedBy((n) => 2 * n)];
    expect([...before]).toEqual(upTo(600));
    expect([more.length, more.at(-1), other.get(300), other.get(299)]).toEqual([601, 600, -1, 299]);
    expect(doubled.get(599)).toBe(1_198);
    expect(before.with(600, 1)).toBe(before);
  });

  it('shares with the version before all that is the same: that is what it is for', () => {
    const list = LongList.of(upTo(600).map((number) => ({ number })));
    const chunks = (of: LongList<unknown>) => (of as unknown as { readonly chunks: readonly unknown[] }).chunks;
    const shared = (of: LongList<unknown>) => chunks(of).map((chunk, index) => chunk === chunks(list)[index]);
    expect(shared(list.withMore({ number: 600 }))).toEqual([true, true, false]);
    expect(shared(list.with(300, { number: 0 }))).toEqual([true, false, true]);
    expect(shared(list.changedBy((item) => (item.number === 5 ? { number: 0 } : item)))).toEqual([false, true, true]);
  });
});
