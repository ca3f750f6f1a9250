/**
 * Job: fork the run: one of its checkpoints, exactly, in a new folder or a new worktree, ready for a run of its own.
 * Boundary: starts nothing, and changes nothing of this run but that its journal names the fork; folder, worktree and mark are workspace/forkFolder.ts's.
 * Rules: C2 the fork is the checkpoint byte for byte, with modes and empty folders; only its task file is made to fit. A fork that
 *   fails leaves nothing behind.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { assert, messageOf } from '../../base/assert.ts';
import type { ForkParams, ForkResult } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import type { Run } from '../run.ts';
import { addWorktree, makeForkFolder, markFork, writeTaskFile, type Worktree } from '../workspace/forkFolder.ts';
import type { Checkpoints } from './checkpoints.ts';

export interface ForkPorts {
  readonly run: Run;
  readonly checkpoints: Checkpoints;
  /** The state folder. */
  readonly state: string;
  /** The task file that the run was started with. */
  readonly taskFile: string;
}

/** @throws RequestRefused with words for a person */
export async function forkRun(ports: ForkPorts, params: ForkParams, by: string): Promise<ForkResult> {
  const made = await makeFork(ports, params);
  const { checkpoint, branch } = params;
  await ports.run
    .record({ type: 'run.forked', checkpoint, workspace: made.workspace, ...(branch !== undefined && { branch }), by })
    .catch((error: unknown) => {
      console.error('the fork could not be noted:', error); // it stands, and the run that is begun in it names this one
    });
  return made;
}

async function makeFork(ports: ForkPorts, { checkpoint, to, branch }: ForkParams): Promise<ForkResult> {
  const { run, state } = ports;
  const facts = run.state.run;
  assert(facts !== null, 'a run that is forked has begun');
  const folder = makeForkFolder({ workspace: facts.workspace, state }, to);
  let worktree: Worktree | null = null;
  try {
    if (branch !== undefined)
      worktree = await addWorktree({
        ...{ workspace: facts.workspace, began: facts.baseline, branch, folder },
        base: run.state.lastCommit?.commit ?? null,
      });
    const workspace = worktree?.workspace ?? folder;
    await ports.checkpoints.exportTo(checkpoint, workspace);
    writeTaskFile(ports.taskFile, workspace);
    markFork(state, workspace, { run: facts.runId, checkpoint });
    return { workspace, taskFile: join(workspace, 'belay.json') };
  } catch (error) {
    await worktree?.remove().catch((why: unknown) => {
      console.error('the worktree of a fork that failed is left:', why); // the first failure is what the person is told
    });
    rmSync(folder, { recursive: true, force: true });
    if (error instanceof RequestRefused) throw error;
    throw new RequestRefused(`Checkpoint ${String(checkpoint)} could not be written to ${to}: ${messageOf(error)}`);
  }
}
