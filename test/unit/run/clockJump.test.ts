import { describe, expect, it } from 'vitest';
import type { EntryBody } from '../../../src/run/entry.ts';
import { reached } from '../../../src/run/budget.ts';
import { reduce } from '../../../src/run/reduce.ts';
import { checkpoint, created, fold } from './builders.ts';

const hourMs = 3_600_000;
const facts = { limits: { wallMs: { hard: 2 * hourMs } } };
const begun: readonly EntryBody[] = [created(facts), checkpoint(0)];
const slept = (byMs: number): EntryBody => ({ type: 'clock.jumped', byMs });

/** The limits that are reached when a run that has just begun wakes after so many hours. */
function afterSleep(hours: number, told: boolean) {
  const before = fold(begun);
  const at = before.at + hours * hourMs;
  const entry = { seq: before.seq + 1, at, prev: '', type: 'clock.jumped', byMs: hours * hourMs } as const;
  return reached(told ? reduce(before, entry) : before, 'hard', at + 1_000);
}

describe('a machine that sleeps', () => {
  it('B1: spends no wall budget', () => {
    expect(afterSleep(7, true)).toEqual([]);
    expect(afterSleep(7, false), 'sabotaged: nobody tells of the sleep').toEqual(['wallMs']);
  });

  it('counts what a clock that was put back would hide, and never less than nothing', () => {
    const back = fold([...begun, slept(-hourMs)]);
    expect(back.budget.runningSince).toBe((fold(begun).budget.runningSince ?? 0) - hourMs);
    const further = fold([...begun, slept(9 * hourMs)]);
    expect(further.budget.runningSince).toBe(further.at);
  });

  it('is a row of the log; a run that waits counts nothing anyway', () => {
    expect(fold([...begun, slept(7 * hourMs)]).happenings.map(({ text }) => text)).toEqual([
      'Slept 7 h: it is not counted as running',
    ]);
    const paused = fold([...begun, { type: 'run.paused', reason: 'supervisor', message: '' }, slept(hourMs)]);
    expect(paused.budget.runningSince).toBeNull();
  });
});
