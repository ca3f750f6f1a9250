/** Job: the newest entries for a client that was away for a moment, and no wrong ones. */
import { expect, it } from 'vitest';
import { Tail } from '../../../src/engine/server/tail.ts';
import type { Entry } from '../../../src/run/entry.ts';
import { limits } from '../../../src/run/limits.ts';
import { look } from './tinyEngine.ts';

const entry = (seq: number): Entry => ({ seq, at: 0, prev: '', ...look(1) });
const seqs = (tail: Tail, from: number) => tail.after(from)?.map(({ seq }) => seq) ?? null;

it('J1: gives what came after an entry, without a gap, and nothing where one would be', () => {
  const tail = new Tail(10);
  expect([seqs(tail, 10), seqs(tail, 9), seqs(tail, 11)]).toEqual([[], null, null]);
  for (const seq of [11, 12, 13]) tail.add(entry(seq), 100);
  expect([seqs(tail, 10), seqs(tail, 12), seqs(tail, 13)]).toEqual([[11, 12, 13], [13], []]);
  expect([seqs(tail, 9), seqs(tail, 14)]).toEqual([null, null]);
  expect(() => {
    tail.add(entry(15), 1);
  }).toThrow('J1');
});

it('B3: keeps the newest, in number and in bytes', () => {
  const tail = new Tail(0);
  for (let seq = 1; seq <= limits.tailEntries + 1; seq++) tail.add(entry(seq), 1);
  expect(seqs(tail, 0)).toBeNull();
  expect(seqs(tail, 1)).toHaveLength(limits.tailEntries);
  tail.add(entry(limits.tailEntries + 2), limits.tailBytes);
  expect(seqs(tail, limits.tailEntries + 1)).toHaveLength(1);
  expect(seqs(tail, limits.tailEntries)).toBeNull();
  tail.add(entry(limits.tailEntries + 3), limits.tailBytes + 1);
  expect(seqs(tail, limits.tailEntries + 2), 'one too large is not kept').toBeNull();
});
