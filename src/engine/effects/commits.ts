/**
 * Job: accept and commit: what the supervisor accepts becomes a commit on their branch, with these files only; and its undo.
 * Boundary: joins acceptance, checkpoint and journal; git on the supervisor's repository is workspace/userCommit.ts's.
 * Rules: C1 the one place besides a fork that touches the supervisor's repository, and only when asked. J5 the intent is durable
 *   before git begins. S1 a commit whose engine died is looked for by its trailer on the branch, and its acceptance made good.
 *   G1 the gate holds until the commit is made; a hook that refuses it leaves the gate open. G3 what was shown is kept.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assert, messageOf } from '../../base/assert.ts';
import { SerialQueue } from '../../base/queue.ts';
import type { CommitParams, CommitProposal, CommitScope } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import { proposedMessage, stepsBetween, withTrailers } from '../../run/commitMessage.ts';
import type { CommitAccepts, EntryBody } from '../../run/entry.ts';
import { pathInWords } from '../../run/pathWords.ts';
import type { CommitInProgress } from '../../run/commitState.ts';
import type { CheckpointSummary, RunState } from '../../run/state.ts';
import type { Run } from '../run.ts';
import {
  branchAt,
  commitAfter,
  commitFiles,
  committable,
  followInIndex,
  hooksInWorkspace,
  refuseNobody,
  repositoryAt,
  undoCommit,
  type Branch,
  type LeftOut,
} from '../workspace/userCommit.ts';
import { endOrphans } from '../workspace/userGit.ts';
import { refuseMany, type Acceptances } from './acceptances.ts';
import type { Checkpoints } from './checkpoints.ts';

interface Wanted {
  /** The checkpoint that holds the accepted versions. */
  readonly checkpoint: number;
  readonly paths: readonly string[];
  readonly accepts: CommitAccepts;
  readonly steps: readonly CheckpointSummary[];
}

interface Ready extends Wanted {
  readonly branch: Branch;
  readonly leftOut: ReadonlyMap<string, LeftOut>;
}

export interface Committed {
  readonly commit: string;
  readonly branch: string;
  readonly files: number;
  readonly accepted: boolean;
}

export class Commits {
  private readonly run: Run;
  private readonly checkpoints: Checkpoints;
  private readonly acceptances: Acceptances;
  /** The run directory. */
  private readonly folder: string;
  private readonly queue = new SerialQueue();

  constructor(run: Run, checkpoints: Checkpoints, acceptances: Acceptances, folder: string) {
    this.run = run;
    this.checkpoints = checkpoints;
    this.acceptances = acceptances;
    this.folder = folder;
  }

  /** What a commit would hold and say; touches nothing. @throws RequestRefused where none can be made */
  async propose(scope: CommitScope): Promise<CommitProposal> {
    const { branch, paths, leftOut, steps } = await this.ready(scope, {});
    const task = this.run.state.run?.task.name ?? '';
    return {
      branch: branch.branch,
      message: proposedMessage(task, steps),
      files: paths.length,
      leftOut: Array.from(leftOut, ([path, reason]) => ({ path, reason })),
    };
  }

  /** Commits, then accepts. @throws RequestRefused with what git and the hooks said; then nothing is committed or accepted */
  commit(params: CommitParams, by: string): Promise<Committed> {
    return this.queue.run(() => this.commitNow(params, by));
  }

  /** Takes the newest commit back, with its acceptance. @throws RequestRefused where that is no longer possible */
  undo(by: string): Promise<void> {
    return this.queue.run(async () => {
      const { lastCommit } = this.run.state;
      assert(lastCommit !== null, 'a commit that is taken back was made');
      const { commit, parent } = lastCommit;
      const branch = await branchAt(...this.place());
      // Where the engine died right after it, the branch is back already.
      if (branch.branch !== lastCommit.branch || branch.head !== parent) await undoCommit(branch, commit, parent);
      await this.run.decideAndRecord((state) => [
        { type: 'commit.undone', commit, by },
        ...(state.beforeAccept?.acceptance === lastCommit.acceptance
          ? [{ type: 'acceptance.withdrawn', by } as const]
          : []),
      ]);
    });
  }

  private async commitNow({ message, shown, session, ...scope }: CommitParams, by: string): Promise<Committed> {
    if (message.trim() === '') throw new RequestRefused('A commit wants a message.');
    const { branch, paths, steps, accepts, checkpoint } = await this.ready(scope, session);
    const runId = this.run.state.run?.runId ?? '';
    const text = withTrailers(message, runId, steps);
    await this.run.decideAndRecord((state) => {
      refuseOther(state, accepts);
      const { branch: name, head: parent } = branch;
      return [{ type: 'commit.started', branch: name, parent, message: text, files: paths.length, accepts, by, shown }];
    });
    const work = mkdtempSync(join(workFolder(this.folder), 'commit-'));
    let commit: string;
    try {
      const writeFiles = (folder: string) => this.checkpoints.exportFiles(checkpoint, new Set(paths), folder);
      const made = await commitFiles(branch, { paths, writeFiles, message: text, work });
      if (made === null)
        throw new RequestRefused('These files are in your newest commit as they are: there is nothing to commit.');
      commit = made;
    } catch (error) {
      await this.run.record({ type: 'commit.failed', message: messageOf(error) });
      throw error;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    await followInIndex(branch, branch.head, commit).catch((error: unknown) => {
      console.error('the index does not follow the commit:', error); // the commit stands; git status tells the rest
    });
    const accepted = await recordMade(this.run, commit);
    return { commit, branch: branch.branch, files: paths.length, accepted };
  }

  private async ready(scope: CommitScope, session: Readonly<Record<string, string>>): Promise<Ready> {
    if (this.run.state.commit !== null) throw new RequestRefused('A commit is on its way.');
    const wanted = await this.wanted(scope);
    const [workspace, baseline] = this.place();
    const branch = await branchAt(workspace, baseline, session);
    await refuseNobody(branch);
    await this.refuseChangedHooks(branch, workspace);
    const { paths, leftOut } = await committable(branch, workspace, wanted.paths);
    if (paths.length === 0) throw new RequestRefused(nothingToCommit(leftOut));
    return { ...wanted, paths, branch, leftOut };
  }

  private place(): Parameters<typeof branchAt> {
    const { run } = this.run.state;
    assert(run !== null, 'a run has a workspace');
    return [run.workspace, run.baseline];
  }

  private async wanted({ gate, files }: CommitScope): Promise<Wanted> {
    const { state } = this.run;
    if (gate !== undefined) {
      if (state.gate?.gate !== gate) throw new RequestRefused(`Gate ${String(gate)} was already decided.`);
      const { checkpoint } = state.gate;
      const changes = await this.checkpoints.changes('accepted', checkpoint);
      const paths = changes.map(({ path }) => path).filter((path) => !path.endsWith('/'));
      return { checkpoint, paths, accepts: { gate }, steps: stepsBetween(state, state.accepted, checkpoint) };
    }
    if (files === undefined) throw new RequestRefused('A commit names a gate or files.');
    const checkpoint = await this.acceptances.hold(files);
    const paths = files.map(({ path }) => path);
    const steps = stepsBetween(this.run.state, state.accepted, checkpoint, new Set(paths));
    return { checkpoint, paths, accepts: { paths, checkpoint }, steps };
  }

  /** Hooks that lie in the workspace are within the agent's reach, and run outside of the sandbox. */
  private async refuseChangedHooks(branch: Branch, workspace: string): Promise<void> {
    const hooks = await hooksInWorkspace(branch, workspace);
    if (hooks === null) return;
    const changes = await this.checkpoints.changes(0, 'workspace');
    const changed = changes.find(({ path }) => `${path}/`.startsWith(`${hooks}/`));
    if (changed === undefined) return;
    throw new RequestRefused(
      `The hooks of your repository were changed since the run began (${pathInWords(changed.path)}). They would run outside of the sandbox: look at them, and commit by hand.`,
    );
  }
}

/** S1: what became of a commit whose engine died. */
export async function settleCommit(run: Run, folder: string): Promise<void> {
  const { commit, run: facts } = run.state;
  if (commit === null || facts === null) return;
  const work = workFolder(folder);
  await endOrphans(join(work, 'commit-'));
  let made: string | null;
  try {
    made = await findCommit(commit, facts.workspace, facts.runId);
  } catch (error) {
    await run.record({ type: 'commit.failed', message: `it could not be looked for: ${messageOf(error)}` });
    return;
  }
  if (made === null)
    await run.record({ type: 'commit.failed', message: 'the engine ended before it was made; nothing was committed' });
  else await recordMade(run, made);
}

async function findCommit({ branch, parent }: CommitInProgress, workspace: string, runId: string) {
  const place = await repositoryAt(workspace, branch);
  const made = await commitAfter(place, parent, runId);
  if (made !== null && place.checkedOut && place.head === made) await followInIndex(place, parent, made);
  return made;
}

/** @returns whether the acceptance could be made with it. */
async function recordMade(run: Run, commit: string): Promise<boolean> {
  let accepted = false;
  await run.decideAndRecord((state) => {
    assert(state.commit !== null, 'a commit that was made had been begun');
    const facts = acceptanceOf(state, state.commit);
    accepted = facts.length > 0;
    return [{ type: 'commit.finished', commit, accepted }, ...facts];
  });
  return accepted;
}

/** None where somebody else decided meanwhile. */
function acceptanceOf(state: RunState, { accepts, by, shown }: CommitInProgress): readonly EntryBody[] {
  if ('paths' in accepts) return [{ type: 'files.accepted', ...accepts, by, shown }];
  const { gate } = accepts;
  return state.gate?.gate === gate ? [{ type: 'gate.decided', gate, decision: 'accept', by, shown }] : [];
}

function refuseOther(state: RunState, accepts: CommitAccepts): void {
  if (state.commit !== null) throw new RequestRefused('A commit is on its way.');
  if ('paths' in accepts)
    refuseMany(
      state,
      accepts.paths.map((path) => ({ path, version: null })),
    );
  else if (state.gate?.gate !== accepts.gate)
    throw new RequestRefused(`Gate ${String(accepts.gate)} was already decided.`);
}

function nothingToCommit(leftOut: ReadonlyMap<string, LeftOut>): string {
  const [first] = leftOut;
  if (first === undefined) return 'Nothing changed since what is accepted: there is nothing to commit.';
  const more = leftOut.size === 1 ? '' : ` (and ${String(leftOut.size - 1)} more)`;
  return `There is nothing to commit: ${pathInWords(first[0])} is ${first[1]}${more}.`;
}

function workFolder(run: string): string {
  const folder = join(run, 'work');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
