/** Whole runs from a seed, in virtual time: each rule is asked after each entry, and each can be seen to fail. */
import { describe, expect, it } from 'vitest';
import type { EntryType } from '../../src/run/entry.ts';
import { cutsOfShortRun, firstViolation } from './jobs.ts';
import { sabotages } from './sabotage.ts';
import { report, simulate, type Figures } from './simulate.ts';

const seeds = 300;
const minuteMs = 60_000;

/** A type that no seed brings about is a part of the run that is not simulated. */
const allTypes: readonly EntryType[] = [
  'run.created',
  'engine.started',
  'clock.jumped',
  'run.paused',
  'run.resumed',
  'stop.requested',
  'run.ended',
  'step.started',
  'step.finished',
  'model.requested',
  'model.answered',
  'model.failed',
  'tool.started',
  'tool.finished',
  'checkpoint.created',
  'rollback.started',
  'rollback.finished',
  'file.rejected',
  'files.accepted',
  'acceptance.withdrawn',
  'verification.started',
  'verification.finished',
  'verification.sampled',
  'verification.failed',
  'stall.detected',
  'stall.settled',
  'stall.dismissed',
  'model.changed',
  'context.asked',
  'summary.requested',
  'summary.answered',
  'summary.failed',
  'context.compacted',
  'context.freshened',
  'heldOut.viewed',
  'gate.opened',
  'gate.decided',
  'directive.added',
  'directive.withdrawn',
  'budget.changed',
];

describe('a simulated run', () => {
  it('J1 J2 J4 J5 J6 J8 J9 S1 B1 B2 B3 G1 G2 G3 H3: no seed breaks a rule', { timeout: 2 * minuteMs }, async () => {
    const types = new Map<EntryType, number>();
    const sum: Partial<Record<keyof Figures, number>> = {};
    for (let seed = 1; seed <= seeds; seed++) {
      const result = await simulate({ seed });
      expect(result.violation, report(result)).toBeNull();
      expect(result.state?.ended, report(result)).not.toBeNull();
      for (const [type, count] of result.entriesByType) types.set(type, (types.get(type) ?? 0) + count);
      for (const name of Object.keys(result.figures) as (keyof Figures)[])
        sum[name] = (sum[name] ?? 0) + result.figures[name];
    }
    // A simulation in which nothing happens proves nothing.
    expect(allTypes.filter((type) => (types.get(type) ?? 0) < 15)).toEqual([]);
    for (const name of ['powerCuts', 'kills', 'diskFull', 'sleeps', 'damages', 'refusals'] as const)
      expect(sum[name], name).toBeGreaterThan(30);
    for (const name of ['fromSnapshot', 'meddled'] as const) expect(sum[name], name).toBeGreaterThan(15);
    expect(sum.lies, 'lies that were found out').toBeGreaterThan(2);
  });

  it('gives the same run for the same seed', async () => {
    const [one, other] = [await simulate({ seed: 11 }), await simulate({ seed: 11 })];
    expect(one.state?.seq).toBeGreaterThan(20);
    expect(other).toEqual(one);
    expect((await simulate({ seed: 12 })).state).not.toEqual(one.state);
  });

  it(
    'J2 J3 S1: the power is cut at each append of a short run, before it and before it is synced',
    { timeout: 2 * minuteMs },
    async () => {
      let cuts = 0;
      let compacted = 0;
      for (let seed = 1; seed <= 20; seed++) {
        for await (const result of cutsOfShortRun(seed)) {
          expect(result.violation, report(result)).toBeNull();
          expect(result.figures.powerCuts).toBe(1);
          expect(result.state?.ended).not.toBeNull();
          cuts += 1;
          compacted += result.entriesByType.get('context.compacted') ?? 0;
        }
      }
      expect(cuts).toBeGreaterThan(600);
      expect(compacted, 'among them those of a compaction').toBeGreaterThan(40);
    },
  );
});

describe('a sabotaged engine', () => {
  it.each(sabotages)('$title is caught', { timeout: minuteMs }, async ({ parts, check }) => {
    const caught = await firstViolation(parts);
    expect(caught.violation?.check, report(caught)).toBe(check);
    expect(report(caught)).toMatch(/^seed \d+: \w+: .+\nthe last entries:/);
  });
});
