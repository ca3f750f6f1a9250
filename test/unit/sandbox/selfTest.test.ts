/** Job: nothing comes through the sandbox of this machine; with a part of the profile taken away the self-test says so. */
import { describe, expect, it, vi } from 'vitest';
import { allAttacks } from '../../../src/engine/selfTest/selfTest.ts';
import { check, uncaught } from '../../attack/attempts.ts';
import { sabotages, type Sabotage } from '../../attack/sabotages.ts';

vi.setConfig({ testTimeout: 180_000 });

const sabotage = (name: string): Sabotage => {
  const found = sabotages.find((one) => one.name === name);
  if (!found) throw new Error(`no sabotage is named ${name}`);
  return found;
};

describe('the self-test of the sandbox', () => {
  it('H2: passes here: all is blocked or flagged, but for names in the table of mounts', async () => {
    const { attacks, passed, reasons } = await check({});
    const others = attacks.filter(({ outcome, expected }) => outcome !== expected && outcome !== 'not tried');
    expect(others).toEqual([]);
    expect(attacks.filter(({ outcome }) => outcome === 'through').map(({ name }) => name)).toEqual([
      'names in the table of mounts',
    ]);
    expect(attacks.length).toBeGreaterThan(150);
    expect(attacks.filter(({ outcome }) => outcome === 'not tried').length).toBeLessThan(10);
    expect({ passed, reasons }).toEqual({ passed: true, reasons: [] });
  });

  it.each(['without a network namespace', 'without a filter of system calls', 'without the redacted task'])(
    'H2: %s the attacks come through (sabotaged: the self-test can fail)',
    async (name) => {
      expect(await uncaught(sabotage(name))).toEqual([]);
      expect((await check({ sabotage: sabotage(name), only: sabotage(name).caughtBy })).passed).toBe(false);
    },
  );

  it('names each attack once, and every sabotage names attacks that there are', () => {
    const names = allAttacks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(sabotages.flatMap(({ caughtBy }) => caughtBy).filter((name) => !names.includes(name))).toEqual([]);
  });
});
