/** Job: the machine's clock. Boundary: the one of the engine's process; everything else is handed a clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  awake: () => performance.now(),
  sleep: async (ms, signal) => {
    // An abort is how a sleep is cut short here, not a failure.
    await sleep(Math.min(Math.max(0, ms), 2 ** 31 - 1), undefined, { signal: signal as AbortSignal, ref: true }).catch(
      () => undefined,
    );
  },
};
