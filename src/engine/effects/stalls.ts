/**
 * Job: take the rungs of the ladder, and the supervisor's word that there is no stall.
 * Boundary: which rung and why is `run/ladder.ts`'s; a rollback is carried out by `rollbacks.ts`.
 * Rules: J5, C4, C6 as for every rollback: planned, a safety checkpoint first, undoable, the supervisor's edits kept. G1 nothing is
 *   climbed while a gate is open. G3 a dismissal names who.
 */
import { climbEntries, rungNames, settledEntries, stallEffect, type StallEffect } from '../../run/ladder.ts';
import type { RunState } from '../../run/state.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import type { Run } from '../run.ts';
import type { Handlers } from '../server.ts';
import type { Rollbacks } from './rollbacks.ts';

type Climb = Extract<StallEffect, { kind: 'climb' }>;

export class Stalls {
  private readonly run: Run;
  private readonly rollbacks: Pick<Rollbacks, 'rollBackToBest'>;

  constructor(run: Run, rollbacks: Pick<Rollbacks, 'rollBackToBest'>) {
    this.run = run;
    this.rollbacks = rollbacks;
  }

  /** @returns the checkpoint at the end of a rollback; null for the other rungs. */
  async climb(climb: Climb): Promise<number | null> {
    const { rung, signs, to } = climb;
    if (to === undefined) {
      await this.run.decideAndRecord((state) => (stillClimbs(state, rung) ? climbEntries(state, climb) : []));
      return null;
    }
    const facts = (state: RunState) => {
      if (!stillClimbs(state, rung)) throw new RequestRefused('the stall was settled meanwhile');
      return climbEntries(state, climb);
    };
    try {
      return await this.rollbacks.rollBackToBest(to, facts);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      const skipped = `${rungNames.rollback} was not made: ${error.message.replace(/\.$/, '')}`;
      // The rung is passed over, not tried again and again.
      await this.run.decideAndRecord((state) =>
        stillClimbs(state, rung) ? climbEntries(state, { kind: 'climb', rung: 'rollback', signs }, skipped) : [],
      );
      return null;
    }
  }

  async settle(): Promise<void> {
    await this.run.decideAndRecord((state) =>
      stallEffect(state)?.kind === 'settleStall' ? settledEntries(state, true) : [],
    );
  }
}

/** Whether nothing was said or done since the rung was decided. */
function stillClimbs(state: RunState, rung: Climb['rung']): boolean {
  const now = stallEffect(state);
  return state.paused === null && state.gate === null && now?.kind === 'climb' && now.rung === rung;
}

/** What a client asks of stalls. Refused where there is none, or a gate holds instead. */
export function stallRequests(run: Run) {
  return {
    dismissStall: async (_params: unknown, client: string) => {
      await dismissStall(run, client);
      return null;
    },
  } satisfies Partial<Handlers>;
}

async function dismissStall(run: Run, by: string): Promise<void> {
  await run.decideAndRecord(({ stalls: { alarm }, gate, ended }) => {
    if (ended || alarm === null) throw new RequestRefused('There is no alarm to dismiss: the run moves.');
    if (gate) throw new RequestRefused('A gate is open: decide it. To accept goes on.');
    return [{ type: 'stall.dismissed', kinds: alarm.signs.map(({ kind }) => kind), by }];
  });
}
