/**
 * Job: the parts of an engine that take checkpoints and roll back, opened on a run directory as `openRun` does it.
 * Boundary: journal, store, checkpoints and rollbacks are the product's. There is no model, no sandbox and no server: who plays
 *   the run does so with its own hands between `beginStep` and `finishStep`.
 */
import { join } from 'node:path';
import type { Clock } from '../../src/base/clock.ts';
import { openCheckpointStore, type CheckpointStore } from '../../src/engine/checkpoint/store.ts';
import { Editors } from '../../src/engine/editors.ts';
import { Checkpoints } from '../../src/engine/effects/checkpoints.ts';
import { Rollbacks } from '../../src/engine/effects/rollbacks.ts';
import { Blobs } from '../../src/engine/journal/blobs.ts';
import { openJournal, type Journal } from '../../src/engine/journal/journal.ts';
import { Run } from '../../src/engine/run.ts';
import type { RollbackPlan } from '../../src/protocol/messages.ts';

/** A rollback that is done. */
export interface RolledBack {
  readonly plan: RollbackPlan;
  /** The checkpoint that was taken before it. */
  readonly safety: number;
  /** The checkpoint that was taken after it. */
  readonly checkpoint: number;
}

/** Changes the store that an engine gets: how a test shows that the cases see a store which loses something. */
export type Sabotage = (store: CheckpointStore) => CheckpointStore;

const supervisor = 'you';
const clock: Clock = { now: () => Date.now(), awake: () => performance.now(), sleep: () => Promise.resolve() };

export class CaseEngine {
  readonly run: Run;
  readonly store: CheckpointStore;
  readonly checkpoints: Checkpoints;
  readonly rollbacks: Rollbacks;
  private readonly journal: Journal;

  /** @param folder the run directory; one that an earlier engine left is gone on with. */
  static async open(folder: string, workspace: string, sabotage: Sabotage = (store) => store): Promise<CaseEngine> {
    const blobs = new Blobs(folder);
    const { journal, entries } = await openJournal(folder, { blobs });
    const run = new Run(journal, clock);
    for await (const entry of entries) run.replay(entry);
    const store = sabotage(await openCheckpointStore({ folder: join(folder, 'store.git'), workspace }));
    return new CaseEngine({ run, journal, blobs, store, workspace });
  }

  private constructor(parts: {
    readonly run: Run;
    readonly journal: Journal;
    readonly blobs: Blobs;
    readonly store: CheckpointStore;
    readonly workspace: string;
  }) {
    const { run, journal, blobs, store, workspace } = parts;
    this.run = run;
    this.journal = journal;
    this.store = store;
    const editors = new Editors(workspace);
    this.checkpoints = new Checkpoints(run, store, blobs, clock, editors);
    this.rollbacks = new Rollbacks(run, this.checkpoints, store, blobs, editors);
  }

  async close(): Promise<void> {
    this.store.dispose();
    await this.journal.close();
  }

  takeBaseline(): Promise<number> {
    return this.checkpoints.take({ kind: 'baseline', step: null, title: 'Baseline' });
  }

  /** S2: what the supervisor changed becomes a checkpoint of its own; then the step is on. */
  async beginStep(): Promise<void> {
    await this.checkpoints.takeSupervisorChanges();
    await this.run.record({ type: 'step.started', step: this.run.state.stepsStarted + 1 });
  }

  /** @param told the only paths that the step's tools touched; null where a command was among them. */
  finishStep(told: readonly string[] | null = null): Promise<number> {
    const { step } = this.run.state;
    if (step === null) throw new Error('no step is on');
    const title = `Step ${step.step}`;
    return this.checkpoints.take({ kind: 'step', step: step.step, title, told }, (checkpoint) => [
      { type: 'step.finished', step: step.step, checkpoint, title },
    ]);
  }

  /** Plan, safety checkpoint, apply, checkpoint. */
  async rollBack(to: number): Promise<RolledBack> {
    const plan = await this.rollbacks.plan(to);
    const checkpoint = await this.rollbacks.rollBack({ to, planDigest: plan.digest, by: supervisor });
    return { plan, safety: this.lastSafety(), checkpoint };
  }

  /** Takes the last rollback back, be it an undo itself. */
  undo(): Promise<RolledBack> {
    return this.rollBack(this.lastSafety());
  }

  /** What opening a run does with a rollback that was cut. */
  async finishRollback(): Promise<void> {
    if (this.run.state.rollback !== null) await this.rollbacks.finish();
  }

  private lastSafety(): number {
    const { lastRollback } = this.run.state;
    if (lastRollback === null) throw new Error('nothing was rolled back');
    return lastRollback.safety;
  }
}
