/**
 * Job: append what can't be had a second time, such as an answer that was paid for, whatever the disk says at first.
 * Rules: J8 a full disk pauses the run: the pause goes into the same commit as soon as there is room. B1 an answer that is
 *   dropped would leave its call uncharged; an engine that ends meanwhile charges it when it is started again.
 */
import type { Clock } from '../../base/clock.ts';
import type { EntryBody } from '../../run/entry.ts';
import type { RunState } from '../../run/state.ts';
import { DiskFull } from '../journal/disk.ts';
import type { Run } from '../run.ts';

export const diskRetryMs = 5_000;

/** Resolves when the facts are durable. Rejects with what is no full disk. */
export function recordWhenRoom(run: Run, clock: Clock, ...bodies: readonly EntryBody[]): Promise<void> {
  return decideWhenRoom(run, clock, () => bodies);
}

/** As `recordWhenRoom`, with the facts made when their turn comes, at each try anew. */
export async function decideWhenRoom(
  run: Run,
  clock: Clock,
  make: (state: RunState) => readonly EntryBody[],
): Promise<void> {
  let pause: readonly EntryBody[] = [];
  for (;;) {
    try {
      await run.decideAndRecord((state) => [...make(state), ...pause]);
      return;
    } catch (error) {
      if (!(error instanceof DiskFull)) throw error;
      pause = [{ type: 'run.paused', reason: 'disk', message: error.message }];
      await clock.sleep(diskRetryMs);
    }
  }
}
