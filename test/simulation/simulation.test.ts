/** Whole runs from a seed, in virtual time: each rule is asked after each entry, and each can be seen to fail. */
import { describe, expect, it } from 'vitest';
import type { EntryType } from '../../src/run/entry.ts';
import * as sabotages from './sabotage.ts';
import { report, simulate, type Figures, type SimulationResult } from './simulate.ts';

const seeds = 300;
const minuteMs = 60_000;

/** A type that no seed brings about is a part of the run that is not simulated. */
const allTypes: readonly EntryType[] = [
  'run.created',
  'engine.started',
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
  'verification.failed',
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
    expect(allTypes.filter((type) => (types.get(type) ?? 0) < 20)).toEqual([]);
    for (const name of ['powerCuts', 'kills', 'diskFull', 'damages', 'refusals'] as const)
      expect(sum[name], name).toBeGreaterThan(30);
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
      for (let seed = 1; seed <= 20; seed++) {
        const { appendsAt, violation } = await simulate({ seed, short: { cutAt: Infinity } });
        expect(violation).toBeNull();
        for (const append of appendsAt) {
          for (const cutAt of [append, append + 1]) {
            const result = await simulate({ seed, short: { cutAt } });
            expect(result.violation, `cut at ${cutAt}: ${report(result)}`).toBeNull();
            expect(result.figures.powerCuts).toBe(1);
            expect(result.state?.ended).not.toBeNull();
            cuts += 1;
          }
        }
      }
      expect(cuts).toBeGreaterThan(600);
    },
  );
});

describe('a sabotaged engine', () => {
  const cases: readonly (readonly [title: string, sabotage: keyof typeof sabotages, check: string])[] = [
    ['G1: a decide that ignores gates', 'ignoresGates', 'G1_decideHoldsAtAGate'],
    ['H3: a decide that looks at held-out verdicts', 'looksAtHeldOut', 'H3_decideIgnoresHeldOut'],
    ['B3: a decide that never gives up', 'neverGivesUp', 'B3_attemptsAreLimited'],
    ['J2: a run that publishes before it appends', 'publishesBeforeItAppends', 'J2_publishedIsDurable'],
    ['B1: a request that reserves nothing', 'reservesNothing', 'B1_billIsCovered'],
    ['G2: a request that forgets a directive', 'forgetsDirectives', 'G2_requestNamesAllDirectives'],
    ['S1: a second answer for one step', 'buysTwice', 'S1_oneAnswerPerStep'],
    ['S1: a recovery that does not charge the cut call', 'forgivesTheCutCall', 'S1_cutCallIsCharged'],
    ['J4: a journal that skips damage', 'skipsDamage', 'J4_damageStopsTheRun'],
  ];

  it.each(cases)('%s is caught', { timeout: minuteMs }, async (_title, sabotage, check) => {
    const caught = await firstViolation(sabotage);
    expect(caught.violation?.check, report(caught)).toBe(check);
    expect(report(caught)).toMatch(/^seed \d+: \w+: .+\nthe last entries:/);
  });
});

/** So many seeds are tried until the sabotage shows: some need several rare faults in a row. */
const seedsMost = 2_000;

async function firstViolation(sabotage: keyof typeof sabotages): Promise<SimulationResult> {
  for (let seed = 1; ; seed++) {
    const result = await simulate({ seed, parts: sabotages[sabotage] });
    if (result.violation !== null || seed === seedsMost) return result;
  }
}
