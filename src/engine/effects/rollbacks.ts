/**
 * Job: put the workspace, or one file of it, back to a checkpoint: plan, safety checkpoint, only the paths that differ, and the
 *   undo of that.
 * Boundary: what a plan says and how it is carried out is the checkpoint store's; this file puts it into the run's story.
 * Rules: C4 planned first, safety checkpoint, undoable. C6 the supervisor's own edits stay or show as conflicts. J5 the
 *   intent (with its plan) is durable before the first file is touched, so that a cut rollback is finished (S1).
 */
import { assert } from '../../base/assert.ts';
import type { EntryBody } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { pathInWords, pathsInWords } from '../../run/pathWords.ts';
import { thinnedWords } from '../../run/thinning.ts';
import type { GateOpen, RollbackInProgress, RunState } from '../../run/state.ts';
import type { RollbackPlan } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { RollbackRefused, type RollbackResult } from '../checkpoint/apply.ts';
import type { Manifest } from '../checkpoint/manifest.ts';
import { fitting } from '../checkpoint/paths.ts';
import type { Author, HistoryItem } from '../checkpoint/plan.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import type { CheckpointRequest, Checkpoints } from './checkpoints.ts';
import { whyFacts } from './rollbackWhy.ts';

/** So often a plan is made anew while it is carried out. */
const plansAgain = 3;

interface Begin {
  readonly by: string;
  /** It takes an earlier one back. */
  readonly undo: boolean;
  /** Of the safety checkpoint. */
  readonly title: string;
  readonly paths?: readonly string[];
  /** Why, for the agent; of an undo it is not asked. */
  readonly reason?: string;
  /** Facts of the same commit, from the state that they follow; may refuse. */
  readonly facts: (state: RunState) => readonly EntryBody[];
}

export interface WantedRollback {
  readonly to: number;
  /** Of the plan that was shown. */
  readonly planDigest: string;
  readonly by: string;
  readonly reason?: string | undefined;
}

interface Planned {
  readonly plan: RollbackPlan;
  readonly now: Manifest;
}

interface Applied {
  readonly done: RollbackResult;
  /** What it can have touched; null where more than one plan was tried. */
  readonly told: readonly string[] | null;
}

export interface PutBack extends Pick<Begin, 'by' | 'undo' | 'facts'> {
  readonly to: number;
}

export class Rollbacks {
  private readonly run: Run;
  private readonly checkpoints: Checkpoints;
  private readonly store: CheckpointStore;
  private readonly blobs: Blobs;

  constructor(run: Run, checkpoints: Checkpoints, store: CheckpointStore, blobs: Blobs) {
    this.run = run;
    this.checkpoints = checkpoints;
    this.store = store;
    this.blobs = blobs;
  }

  /** What a rollback to `to` would do to the workspace as it is now. Changes nothing. */
  async plan(to: number): Promise<RollbackPlan> {
    return (await this.planFrom(to)).plan;
  }

  /**
   * Rolls back as planned; a reason becomes a directive, which an undo withdraws. `decision` makes the facts of the same
   * decision, such as a gate's, and may refuse. They are in one commit with the rollback's intent: a crash never leaves a
   * decided gate without its rollback. The run is paused afterwards: the supervisor says how it goes on.
   * @returns the number of the new checkpoint.
   * @throws RequestRefused when the workspace is no longer as the plan saw it; then nothing happened.
   */
  async rollBack(
    { to, planDigest, by, reason = '' }: WantedRollback,
    decision: (state: RunState) => readonly EntryBody[] = () => [],
  ): Promise<number> {
    const { plan, now } = await this.planToKeep(to);
    if (plan.digest !== planDigest)
      throw new RequestRefused(
        'The workspace changed since this plan was made. Look at the new plan and roll back again.',
      );
    const undo = this.run.state.lastRollback?.safety === to;
    const message = undo ? 'took the rollback back' : `rolled back to checkpoint ${String(to)}`;
    return this.begin(plan, now, {
      by,
      undo,
      title: `Before the rollback to ${String(to)}`,
      reason: reason.trim(),
      facts: (state) => [...decision(state), { type: 'run.paused', reason: 'rollback', message, by }],
    });
  }

  /**
   * Puts one file back as it is at checkpoint `to`, and nothing else; the run goes on. `facts` are in one commit with the intent.
   * @returns the number of the new checkpoint.
   * @throws RequestRefused when there is nothing to put back, or when C5, C6 or S3 keep the present version.
   */
  async putBack(path: string, { to, ...begin }: PutBack): Promise<number> {
    const { plan, now } = await this.planToKeep(to, [path]);
    const line = plan.paths.find((one) => one.path === path);
    if (line === undefined)
      throw new RequestRefused(`${pathInWords(path)} is as it was accepted: there is nothing to put back.`);
    if (line.action === 'keep' || line.action === 'conflict')
      throw new RequestRefused(
        `${pathInWords(path)} was not put back: ${line.reason ?? 'it is kept'}. Nothing was changed.`,
      );
    return this.begin(plan, now, { ...begin, title: `Before ${pathInWords(path)} was put back`, paths: [path] });
  }

  /** Finishes the rollback that the journal shows as started, by the plan that was journalled with it. */
  async finish(): Promise<number> {
    const { rollback } = this.run.state;
    assert(rollback !== null, 'no rollback has started');
    return this.carryOut(JSON.parse((await this.blobs.getBlob(rollback.plan.digest)).toString('utf8')) as RollbackPlan);
  }

  private async begin(plan: RollbackPlan, now: Manifest, begin: Begin): Promise<number> {
    const { by, undo, title, paths, reason = '', facts } = begin;
    const { to } = plan;
    const blob = await this.blobs.putBlob(JSON.stringify(plan));
    // Within a step the agent has changed files that no checkpoint shows as its own yet.
    const step = this.run.state.step?.step ?? null;
    await this.checkpoints.take({ kind: 'safety', step, title, found: now }, (safety, state) => {
      if (state.checkpoints[to]?.thinned) throw new RequestRefused(thinnedWords(to));
      const told = paths === undefined ? whyFacts(state, { to, undo, reason, by }) : { why: null, facts: [] };
      return [
        ...facts(state),
        ...told.facts,
        { type: 'rollback.started', to, safety, plan: blob, by, undo, ...told.why, ...(paths && { paths }) },
      ];
    });
    return this.carryOut(plan);
  }

  private async carryOut(plan: RollbackPlan): Promise<number> {
    const { rollback } = this.run.state;
    assert(rollback !== null, 'no rollback has started');
    const { to, safety, undo, by, gate } = rollback;
    const { done, told } = await this.apply(plan, await this.checkpoints.manifest(safety), plansAgain);
    return this.checkpoints.take({ ...outcomeOf(rollback), told }, (checkpoint) => [
      {
        type: 'rollback.finished',
        to,
        written: done.written,
        deleted: done.deleted,
        kept: done.kept,
        conflicts: fitting(done.conflicts, limits.conflictsInEntry, (path) => path), // the plan's blob has them all
      },
      ...(undo && gate !== null ? this.openAgain(gate, checkpoint, by) : []),
    ]);
  }

  /** G1: the decision is taken back with its rollback. The gate is about what now lies there, and holds instead of the pause. */
  private openAgain({ step, reasons }: GateOpen, checkpoint: number, by: string): readonly EntryBody[] {
    const gate = this.run.state.gatesDecided + 1;
    return [
      { type: 'gate.opened', gate, step, checkpoint, reasons },
      { type: 'run.resumed', by },
    ];
  }

  /** A file that the supervisor saves in the very moment makes the plan void: a new one keeps what they saved. */
  private async apply(plan: RollbackPlan, now: Manifest, again: number): Promise<Applied> {
    try {
      const done = await this.store.applyRollback(plan, await this.checkpoints.manifest(plan.to), { now });
      const told = again === plansAgain ? plan.paths.map(({ path }) => path.replace(/\/$/, '')) : null;
      return { done, told };
    } catch (error) {
      if (!(error instanceof RollbackRefused) || again === 0) throw error;
    }
    const fresh = await this.planFrom(plan.to, this.run.state.rollback?.paths);
    return this.apply(fresh.plan, fresh.now, again - 1);
  }

  /**
   * A plan with what the safety checkpoint holds (C4). A rollback of some files touches nothing else, and looks at nothing else.
   */
  private async planToKeep(to: number, only?: readonly string[]): Promise<Planned> {
    return this.planOf(await this.checkpoints.survey(only), to, only);
  }

  private async planFrom(to: number, only?: readonly string[]): Promise<Planned> {
    return this.planOf(await this.checkpoints.detect(), to, only);
  }

  private async planOf(now: Manifest, to: number, only?: readonly string[]): Promise<Planned> {
    const history = await this.historySince(to, now);
    const plan = await this.store.planRollback({
      checkpoint: to,
      to: await this.checkpoints.manifest(to),
      now,
      history,
      ...(only && { only }),
    });
    return { plan, now };
  }

  /** Who changed which path in each checkpoint after `to`. */
  private async historySince(to: number, now: Manifest): Promise<readonly HistoryItem[]> {
    const history: HistoryItem[] = [];
    let before = await this.checkpoints.manifest(to);
    const savedSince = new Set<string>();
    for (const { checkpoint, kind, step, saved, thinned } of this.run.state.checkpoints.slice(to + 1)) {
      for (const path of saved ?? []) savedSince.add(path);
      if (thinned) continue; // a step: what it did shows in the step that follows it (run/thinning.ts)
      const after = await this.checkpoints.manifest(checkpoint);
      // A safety checkpoint within a step holds what the agent's tools did, and maybe more.
      const author: Author | undefined = kind === 'safety' && step !== null ? 'unattributed' : undefined;
      const item = { checkpoint, kind, changes: this.store.changes(before, after), ...(author && { author }) };
      history.push(...withoutSaved(item, savedSince));
      savedSince.clear();
      before = after;
    }
    const author = this.run.state.step === null ? 'supervisor' : 'unattributed';
    const checkpoint = this.run.state.checkpoints.length;
    history.push({ checkpoint, kind: 'supervisor', author, changes: this.store.changes(before, now) });
    return history;
  }
}

/** The story of a rollback goes on from its target; that of a file that was put back goes on from where it stands. */
function outcomeOf({ to, undo, paths }: RollbackInProgress): CheckpointRequest {
  if (paths === undefined) {
    const title = undo ? 'Rollback taken back' : `Back to checkpoint ${String(to)}`;
    return { kind: 'rollback', step: null, title, continues: to };
  }
  const names = pathsInWords(paths);
  return { kind: 'reject', step: null, title: undo ? `Rejection of ${names} taken back` : `Rejected ${names}` };
}

/** S3: what the supervisor saved while a step ran is theirs in a plan, also where the agent wrote the file too. */
function withoutSaved(item: HistoryItem, saved: ReadonlySet<string>): readonly HistoryItem[] {
  if (saved.size === 0) return [item];
  const [theirs, rest] = [true, false].map((of) => item.changes.filter(({ path }) => saved.has(path) === of));
  return [
    { ...item, changes: rest ?? [] },
    { ...item, changes: theirs ?? [], author: 'supervisor' },
  ];
}
