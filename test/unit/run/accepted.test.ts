// The accepted tree: a whole checkpoint, overlaid with the files that were accepted one by one.
import { describe, expect, it } from 'vitest';
import { acceptedCheckpointOf } from '../../../src/run/accepted.ts';
import type { EntryBody, Shown } from '../../../src/run/entry.ts';
import type { RunState } from '../../../src/run/state.ts';
import { filesChangedAtLeast } from '../../../src/run/shown.ts';
import { checkpoint, created, fold, wholeStep } from './builders.ts';

const shown: Shown = { checkpoint: 2, visibleRate: null, heldOutRate: null, filesChanged: 2, spentUsd: 0.2 };
const by = 'anna';
const accepted = (at: number, ...paths: string[]): EntryBody => ({
  type: 'files.accepted',
  paths,
  checkpoint: at,
  by,
  shown,
});
const gate = (at: number): EntryBody[] => [
  { type: 'gate.opened', gate: 1, step: 2, checkpoint: at, reasons: [] },
  { type: 'gate.decided', gate: 1, decision: 'accept', by, shown },
];
const begun = fold([created(), checkpoint(0), ...wholeStep(1), ...wholeStep(2)]);
const where = (state: RunState, ...paths: string[]) => paths.map((path) => acceptedCheckpointOf(state, path));

describe('the accepted tree', () => {
  it('is the accepted checkpoint, but for the files accepted since', () => {
    const state = fold([accepted(1, 'a', 'b'), accepted(2, 'b')], begun);
    expect(where(state, 'a', 'b', 'c', '__proto__', 'constructor')).toEqual([1, 2, 0, 0, 0]);
  });

  const checkWhole = (acceptWhole: (state: RunState) => RunState) => {
    const files = fold([accepted(1, 'old'), accepted(3, 'mine')], fold([checkpoint(3, { kind: 'supervisor' })], begun));
    const state = acceptWhole(files);
    // What the supervisor wrote and accepted after the gate's checkpoint is not offered again.
    expect(where(state, 'old', 'mine', 'other')).toEqual([2, 3, 2]);
    expect(Object.keys(state.acceptedFiles)).toEqual(['mine']);
  };

  it('is one checkpoint again when a gate is accepted, but for what was accepted after it', () => {
    checkWhole((state) => fold(gate(2), state));
  });

  it('the check finds a gate that forgets newer acceptances, and one that keeps older ones', () => {
    for (const sabotaged of [
      (state: RunState) => ({ ...fold(gate(2), state), acceptedFiles: {} }),
      (state: RunState) => ({ ...fold(gate(2), state), acceptedFiles: state.acceptedFiles }),
    ])
      expect(() => {
        checkWhole(sabotaged);
      }).toThrow();
  });

  it('can be taken back once: the files of an acceptance, or all of a gate', () => {
    const first = fold([accepted(1, 'a')], begun);
    const second = fold([accepted(2, 'a', 'b')], first);
    const back = fold([{ type: 'acceptance.withdrawn', by }], second);
    expect(back.acceptedFiles).toEqual(first.acceptedFiles);
    expect(back.beforeAccept).toBeNull();
    const whole = fold(gate(2), first);
    expect(whole.beforeAccept?.files).toBeNull();
    const taken = fold([{ type: 'acceptance.withdrawn', by }], whole);
    expect([taken.accepted, taken.acceptedFiles, taken.gate]).toEqual([0, first.acceptedFiles, null]);
  });

  it('is not counted among the files that changed', () => {
    const paths = [
      { path: 'a', change: 'added' },
      { path: 'b', change: 'added' },
    ] as const;
    const changed = fold([
      created(),
      checkpoint(0),
      checkpoint(1, { changeset: { added: 2, modified: 0, deleted: 0, paths } }),
    ]);
    expect(filesChangedAtLeast(changed)).toBe(2);
    expect(filesChangedAtLeast(fold([accepted(1, 'a')], changed))).toBe(1);
  });
});
