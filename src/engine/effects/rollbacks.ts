/**
 * Job: put the workspace, or a part of it (folders, files, hunks of one file), back to a checkpoint: plan, safety checkpoint,
 *   only the paths that differ, and the undo of that.
 * Boundary: what a plan says and how it is carried out is the checkpoint store's; who changed what is rollbackHistory's; this
 *   file puts it into the run's story.
 * Rules: C4 planned first, safety checkpoint, undoable. C6 the supervisor's own edits stay or show as conflicts. J5 the
 *   intent (with its plan) is durable before the first file is touched, so that a cut rollback is finished (S1).
 */
import { assert } from '../../base/assert.ts';
import type { EntryBody, RollbackPart, RolledBackPart } from '../../run/entry.ts';
import { belay } from '../../run/ladder.ts';
import { limits } from '../../run/limits.ts';
import { pathInWords, somePathsInWords } from '../../run/pathWords.ts';
import { thinnedWords } from '../../run/thinning.ts';
import type { GateOpen, RollbackInProgress, RunState } from '../../run/state.ts';
import type { RollbackAction, RollbackPlan } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { RollbackRefused, type RollbackResult } from '../checkpoint/apply.ts';
import { entryAt, folderAt, type Manifest } from '../checkpoint/manifest.ts';
import { fitting, outermost } from '../checkpoint/paths.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import type { CheckpointRequest, Checkpoints } from './checkpoints.ts';
import { historySince } from './rollbackHistory.ts';
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
  /** What the paths are; absent: rejected files. */
  readonly part?: RolledBackPart;
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
  /** As it was planned; absent: the whole workspace. */
  readonly only?: RollbackPart | undefined;
  readonly reason?: string | undefined;
  /** It was asked for while a step ran: what the step changed since is rolled back too. */
  readonly afterStep?: boolean;
}

/** Files that stand unsaved in an editor, relative to the workspace. */
export interface UnsavedFiles {
  unsaved(): ReadonlySet<string>;
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
  private readonly editors: UnsavedFiles;
  /** The newest plans that were asked for, by digest. */
  private readonly shown = new Map<string, RollbackPlan>();

  constructor(run: Run, checkpoints: Checkpoints, store: CheckpointStore, blobs: Blobs, editors: UnsavedFiles) {
    this.run = run;
    this.checkpoints = checkpoints;
    this.store = store;
    this.blobs = blobs;
    this.editors = editors;
  }

  /**
   * What a rollback to `to` would do to the workspace as it is now. Changes nothing.
   * @throws RequestRefused for a part that is neither there nor at the checkpoint, and for hunks that can't be told.
   */
  async plan(to: number, only?: RollbackPart): Promise<RollbackPlan> {
    const { plan } = await this.planFrom(to, only && (await this.checkedPart(only, to)));
    if (only?.lines) refuseIdle(plan);
    this.shown.set(plan.digest, plan);
    for (const oldest of this.shown.keys()) {
      if (this.shown.size <= limits.shownPlans) break;
      this.shown.delete(oldest);
    }
    return plan;
  }

  /**
   * Rolls back as planned; a reason becomes a directive, which an undo withdraws. `decision` makes the facts of the same
   * decision, such as a gate's, and may refuse. They are in one commit with the rollback's intent: a crash never leaves a
   * decided gate without its rollback. The run is paused afterwards: the supervisor says how it goes on. A part is rolled back
   * without that: the run goes on.
   * @returns the number of the new checkpoint.
   * @throws RequestRefused when the workspace is no longer as the plan saw it; then nothing happened.
   */
  async rollBack(
    { to, planDigest, by, only, reason = '', afterStep = false }: WantedRollback,
    decision: (state: RunState) => readonly EntryBody[] = () => [],
  ): Promise<number> {
    const part = only && (await this.checkedPart(only, to));
    const { plan, now } = await this.planToKeep(to, part);
    const shown = this.shown.get(planDigest);
    const isAsShown = plan.digest === planDigest || (afterStep && shown !== undefined && onlyTheRunMoved(shown, plan));
    if (part?.lines) refuseIdle(plan);
    if (!isAsShown)
      throw new RequestRefused(
        'The workspace changed since this plan was made. Look at the new plan and roll back again.',
      );
    if (part !== undefined) {
      refuseIdle(plan);
      const of = { paths: part.paths, part: part.lines ? 'hunk' : 'paths' } as const;
      const title = `Before ${somePathsInWords(part.paths)} went back to ${String(to)}`;
      return this.begin(plan, now, { by, undo: false, title, ...of, reason: reason.trim(), facts: decision });
    }
    const last = this.run.state.lastRollback;
    const undo = last?.safety === to && last.paths === undefined;
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
   * A rung of the ladder: back to the best visible checkpoint, and the run goes on. `facts` are in one commit with the intent.
   * @returns the number of the new checkpoint.
   * @throws RequestRefused where a file of the supervisor's is in conflict; then nothing happened.
   */
  async rollBackToBest(to: number, facts: Begin['facts']): Promise<number> {
    const { plan, now } = await this.planToKeep(to);
    const conflict = plan.paths.find(({ action }) => action === 'conflict');
    if (conflict !== undefined)
      throw new RequestRefused(`${pathInWords(conflict.path)} is in conflict: ${conflict.reason ?? 'you changed it'}.`);
    return this.begin(plan, now, { by: belay, undo: false, title: `Before Belay’s rollback to ${String(to)}`, facts });
  }

  /** Takes the newest rollback of a part back, or does it again where it was taken back. @throws RequestRefused */
  async undoPart(by: string): Promise<number> {
    const { lastRollback: last, ended } = this.run.state;
    if (ended || !last?.paths || !last.part)
      throw new RequestRefused('There is no rollback to take back: a step followed it.');
    const { paths, part, safety } = last;
    const { plan, now } = await this.planToKeep(safety, { paths });
    refuseIdle(plan);
    const title = `Before the rollback of ${somePathsInWords(paths)} was taken back`;
    return this.begin(plan, now, { by, undo: true, title, paths, part, facts: () => [] });
  }

  /**
   * Puts one file back as it is at checkpoint `to`, and nothing else; the run goes on. `facts` are in one commit with the intent.
   * @returns the number of the new checkpoint.
   * @throws RequestRefused when there is nothing to put back, or when C5, C6 or S3 keep the present version.
   */
  async putBack(path: string, { to, ...begin }: PutBack): Promise<number> {
    const { plan, now } = await this.planToKeep(to, { paths: [path] });
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
    const { by, undo, title, paths, part, reason = '', facts } = begin;
    const { to } = plan;
    const blob = await this.blobs.putBlob(JSON.stringify(plan));
    // Within a step the agent has changed files that no checkpoint shows as its own yet.
    const step = this.run.state.step?.step ?? null;
    await this.checkpoints.take({ kind: 'safety', step, title, found: now }, (safety, state) => {
      if (state.checkpoints.get(to)?.thinned) throw new RequestRefused(thinnedWords(to));
      const isRejection = paths !== undefined && part === undefined;
      const told = isRejection ? { why: null, facts: [] } : whyFacts(state, { to, undo, reason, by, paths });
      const of = { ...(paths && { paths }), ...(part && { part }) };
      return [
        ...facts(state),
        ...told.facts,
        { type: 'rollback.started', to, safety, plan: blob, by, undo, ...told.why, ...of },
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
    const paths = this.run.state.rollback?.paths;
    const fresh = await this.planFrom(plan.to, plan.only ?? (paths && { paths }), true);
    return this.apply(fresh.plan, fresh.now, again - 1);
  }

  /** Without slashes at the ends and paths within others. @throws RequestRefused where there is no such path. */
  private async checkedPart({ paths, lines }: RollbackPart, to: number): Promise<RollbackPart> {
    const named = outermost(paths.map((path) => path.replace(/\/+$/, '')));
    if (JSON.stringify(named).length > limits.listedPathsChars)
      throw new RequestRefused('That is too much to be named one by one: name the folder that holds it.');
    const then = await this.checkpoints.manifest(to);
    const absent = named.filter((path) => entryAt(then, path) === null);
    const now = absent.length === 0 ? then : await this.checkpoints.detect();
    const missing = absent.find((path) => entryAt(now, path) === null);
    if (missing !== undefined)
      throw new RequestRefused(
        `There is no ${pathInWords(missing)}, neither in the folder nor at checkpoint ${String(to)}.`,
      );
    if (lines === undefined) return { paths: named };
    if (named.length !== 1 || lines.last < lines.first)
      throw new RequestRefused('Hunks are rolled back of one file, by its lines from first to last.');
    return { paths: named, lines };
  }

  /**
   * A plan with what the safety checkpoint holds (C4). A rollback of some files touches nothing else, and looks at nothing else;
   * a folder's may hold what nobody has told.
   */
  private async planToKeep(to: number, only?: RollbackPart): Promise<Planned> {
    const known = [await this.checkpoints.manifest(to), await this.checkpoints.manifest(this.newest())];
    const isFolder = (path: string) => known.some((manifest) => folderAt(manifest, path) !== null);
    const told = only?.paths.some(isFolder) === false ? only.paths : undefined;
    return this.planOf(await this.checkpoints.survey(told), to, only, true);
  }

  private async planFrom(to: number, only?: RollbackPart, keep = false): Promise<Planned> {
    return this.planOf(await this.checkpoints.detect(), to, only, keep);
  }

  private async planOf(now: Manifest, to: number, only: RollbackPart | undefined, keep: boolean): Promise<Planned> {
    const history = await historySince(this.run.state, to, now, (checkpoint) => this.checkpoints.manifest(checkpoint));
    const plan = await this.store.planRollback(
      {
        checkpoint: to,
        to: await this.checkpoints.manifest(to),
        now,
        history,
        unsaved: this.editors.unsaved(),
        ...(only && { only }),
      },
      { keep },
    );
    return { plan, now };
  }

  private newest(): number {
    return this.run.state.checkpoints.length - 1;
  }
}

/**
 * Whether a plan that was shown still tells what happens to what the supervisor made: nothing conflicts that did not, and what
 * was to be kept is. What is written or deleted besides is the step's.
 */
function onlyTheRunMoved(shown: RollbackPlan, fresh: RollbackPlan): boolean {
  const before = new Map(shown.paths.map(({ path, action }) => [path, action]));
  const stays = (action: RollbackAction | undefined) => action === 'keep' || action === 'conflict';
  return fresh.paths.every(({ path, action }) => {
    if (action === 'conflict') return before.get(path) === 'conflict';
    return stays(action) || !stays(before.get(path));
  });
}

/** A rollback of a part that would do nothing says why instead. */
function refuseIdle({ to, only, paths }: RollbackPlan): void {
  const isWork = ({ action }: RollbackPlan['paths'][number]) => action !== 'keep' && action !== 'conflict';
  if (paths.some(isWork)) return;
  const [first] = paths;
  const names = somePathsInWords(only?.paths ?? []);
  if (first === undefined)
    throw new RequestRefused(`${names} stands as at checkpoint ${String(to)}: there is nothing to roll back.`);
  throw new RequestRefused(
    `${pathInWords(first.path)} was not rolled back: ${first.reason ?? 'it is kept'}. Nothing was changed.`,
  );
}

/** The story of a rollback goes on from its target; that of a part that was put back goes on from where it stands. */
function outcomeOf({ to, undo, paths, part }: RollbackInProgress): CheckpointRequest {
  if (paths === undefined) {
    const title = undo ? 'Rollback taken back' : `Back to checkpoint ${String(to)}`;
    return { kind: 'rollback', step: null, title, continues: to };
  }
  const names = somePathsInWords(paths);
  if (part === undefined)
    return { kind: 'reject', step: null, title: undo ? `Rejection of ${names} taken back` : `Rejected ${names}` };
  const what = part === 'hunk' ? `Part of ${names}` : names;
  const title = undo ? `Rollback of ${names} taken back` : `${what} back to checkpoint ${String(to)}`;
  return { kind: 'rollback', step: null, title };
}
