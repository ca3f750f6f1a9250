/**
 * Job: what the short simulation of the gate and the long one of `npm run sim` have in common: a run that is cut at each of
 * its appends, and the search for the seed that shows a sabotage.
 */
import type { Parts } from './engine.ts';
import { simulate, type SimulationResult } from './simulate.ts';

/** So many seeds are tried until a sabotage shows: some need several rare faults in a row. */
const seedsMost = 2_000;

/** The first seed that breaks a check with these parts; the last one tried where none does. */
export async function firstViolation(parts: Partial<Parts>): Promise<SimulationResult> {
  for (let seed = 1; ; seed++) {
    const result = await simulate({ seed, parts });
    if (result.violation !== null || seed === seedsMost) return result;
  }
}

/** A short run once for each append of its journal and each sync after it, with the power cut there. */
export async function* cutsOfShortRun(seed: number): AsyncGenerator<SimulationResult> {
  const whole = await simulate({ seed, short: { cutAt: Infinity } });
  if (whole.violation !== null) yield whole;
  for (const append of whole.appendsAt)
    for (const cutAt of [append, append + 1]) yield await simulate({ seed, short: { cutAt } });
}
