// A message that offers to take a rollback back, answered late.
import { describe, expect, it } from 'vitest';
import { whyNotTakeBack } from '../../../src/extension/views/takeBack.ts';
import { statusOf } from '../../../src/run/status.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { checkpoint, created, fold, wholeStep } from '../run/builders.ts';

const begun = fold([created(), checkpoint(0), ...wholeStep(1)]);
const rollback = (to: number, safety: number, undo: boolean): EntryBody[] => [
  checkpoint(safety, { kind: 'safety', step: null }),
  { type: 'rollback.started', to, safety, plan: { digest: 'p', bytes: 1 }, by: 'anna', undo },
  { type: 'run.paused', reason: 'rollback', message: '', by: 'anna' },
  checkpoint(safety + 1, { kind: 'rollback', step: null, continues: to }),
  { type: 'rollback.finished', to, written: 1, deleted: 0, kept: 0, conflicts: [] },
];
const first = fold(rollback(0, 2, false), begun);
const undone = fold(rollback(2, 4, true), first);

describe('an offer to take a rollback back', () => {
  it('C4: acts on the rollback that it speaks of, and on no newer one', () => {
    const offered = first.lastRollback;
    if (offered === null || undone.lastRollback === null) throw new Error('no rollback');
    expect(whyNotTakeBack(offered, first)).toBeNull();
    expect(whyNotTakeBack(undone.lastRollback, undone)).toBeNull();
    expect(whyNotTakeBack(offered, undone)).toMatch(/^The rollback to 0 can no longer be taken back/);
    expect(whyNotTakeBack(offered, fold([{ type: 'step.started', step: 2 }], first))).toMatch(/no longer/);
    expect(whyNotTakeBack(offered, null)).toMatch(/no longer/);
    const another = fold(rollback(0, 4, false).slice(0, 2), first);
    expect(whyNotTakeBack(offered, another), 'another one is under way').toMatch(/no longer/);
  });

  it('C4: the state line tells an undo from a rollback', () => {
    expect([statusOf(first, 'attached').word, statusOf(undone, 'attached').word]).toEqual([
      'Paused after the rollback',
      'Paused after the undo',
    ]);
    expect([first.lastRollback?.undo, undone.lastRollback?.undo]).toEqual([false, true]);
  });
});
