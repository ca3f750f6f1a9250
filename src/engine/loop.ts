/**
 * Job: the loop of a run, short enough to be read at once: decide, perform, again.
 * Boundary: what to do is `decide`'s, how is the effects'; this file only joins them.
 * Rules: an effect yields entries or it failed; one that fails without saying why in an entry pauses the run with the
 *   reason, so that nothing is repeated without an end (B3).
 */
import { messageOf } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { EntryBody } from '../run/entry.ts';
import { decide, type Effect } from '../run/decide.ts';
import { diskRetryMs } from './effects/recordWhenRoom.ts';
import { DiskFull, isDiskFull } from './journal/disk.ts';
import type { Run } from './run.ts';

/** One performer for each kind of effect: a forgotten one does not compile. */
export type Performers = {
  readonly [K in Exclude<Effect['kind'], 'wait' | 'exit'>]: (effect: Extract<Effect, { kind: K }>) => Promise<void>;
};

export interface LoopPorts {
  readonly clock: Clock;
  readonly performers: Performers;
  /**
   * Work that the supervisor asked for and that must not meet a step half done: rollbacks. null at once where there is none,
   * so that nothing can be asked for between the look and the wait.
   */
  readonly runQueuedCommand: () => Promise<void> | null;
}

/** Resolves when the run has ended. */
export async function runLoop(run: Run, { clock, performers, runQueuedCommand }: LoopPorts): Promise<void> {
  for (;;) {
    try {
      await run.noteClock();
      const command = runQueuedCommand();
      if (command !== null) {
        await command;
        continue;
      }
      const effect = decide(run.state, clock.now());
      if (effect.kind === 'exit') return;
      if (effect.kind === 'wait') await run.changed(effect.until);
      else await perform(performers, effect);
    } catch (error) {
      await pauseBecause(run, clock, error);
    }
  }
}

function perform(performers: Performers, effect: Exclude<Effect, { kind: 'wait' | 'exit' }>): Promise<void> {
  const performer = performers[effect.kind] as (effect: Effect) => Promise<void>;
  return performer(effect);
}

/** J8: on a full disk even the pause can't be written: it is tried until there is room, and nothing else runs. */
async function pauseBecause(run: Run, clock: Clock, error: unknown): Promise<void> {
  let cause = error;
  for (;;) {
    const body = pauseEntry(cause);
    try {
      await run.record(body);
      return;
    } catch (next) {
      if (!(next instanceof DiskFull)) throw next;
      cause = next;
      await clock.sleep(diskRetryMs);
    }
  }
}

function pauseEntry(cause: unknown): EntryBody<'run.paused'> {
  if (cause instanceof DiskFull) return { type: 'run.paused', reason: 'disk', message: cause.message };
  // The checkpoint store and the workspace throw what the system said.
  const message = isDiskFull(cause)
    ? `The disk is full: ${messageOf(cause)}. Free some space, then resume the run.`
    : messageOf(cause);
  return { type: 'run.paused', reason: isDiskFull(cause) ? 'disk' : 'failure', message };
}
