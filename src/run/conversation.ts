/**
 * Job: what was said and done in each step, folded from the same entries as the state; the engine alone keeps it, for
 * the prompt and for S3.
 * Boundary: pure. Holds nothing of verifications: held-out figures have no road in (H1).
 */
import { assert } from '../base/assert.ts';
import type { Entry, ToolCall } from './entry.ts';
import { limits } from './limits.ts';
import { story as checkpointsOf } from './standing.ts';
import type { CheckpointSummary, RunState } from './state.ts';

export interface TurnCall extends ToolCall {
  readonly output: string | null;
  /** The file and digest that the agent has seen by this call. */
  readonly seen: { readonly path: string; readonly digest: string | null } | null;
}

export interface Turn {
  readonly step: number;
  readonly text: string;
  readonly calls: readonly TurnCall[];
}

/**
 * The turns at hand, by step; a step that was repeated after a rollback has a number of its own. Mutable: one owner folds it,
 * and has it let go of what the story has left behind (B3).
 */
export class Conversation {
  private readonly turns = new Map<number, Turn>();

  turn(step: number): Turn | undefined {
    return this.turns.get(step);
  }

  /** Lets go of every turn but these steps'; returns those of them that are not at hand. */
  keepOnly(steps: ReadonlySet<number>): readonly number[] {
    for (const step of this.turns.keys()) if (!steps.has(step)) this.turns.delete(step);
    return [...steps].filter((step) => !this.turns.has(step));
  }

  fold(entry: Entry): void {
    if (entry.type === 'model.answered') {
      const calls = entry.calls.map((call) => ({ ...call, output: null, seen: null }));
      this.turns.set(entry.step, { step: entry.step, text: entry.text, calls });
    }
    if (entry.type === 'tool.finished') this.finishCall(entry);
  }

  private finishCall(entry: Entry<'tool.finished'>): void {
    const turn = this.turns.get(entry.step);
    assert(turn !== undefined, `a tool of step ${String(entry.step)} finished before its answer`);
    const seen = entry.read ?? (entry.edit ? { path: entry.edit.path, digest: entry.edit.after } : null);
    const calls = turn.calls.map((c) => (c.callId === entry.callId ? { ...c, output: entry.output, seen } : c));
    this.turns.set(entry.step, { ...turn, calls });
  }
}

/** One thing that the prompt tells in order: a step of the agent, or what the supervisor did between two. */
export type StoryItem =
  | { readonly kind: 'turn'; readonly turn: Turn }
  /** `during`: while that step ran; absent between two. */
  | { readonly kind: 'supervisorEdited'; readonly paths: readonly string[]; readonly during?: number }
  /** `step`: the last one on the way to `to`. `undo`: an earlier rollback was taken back, and no step of the agent was undone. */
  | {
      readonly kind: 'rolledBack';
      readonly to: number;
      readonly step: number | null;
      readonly undo: boolean;
      readonly byBelay: boolean;
    }
  /** Some files or folders, or hunks of one file, rolled back; `undo`: that was taken back. */
  | { readonly kind: 'putBack'; readonly paths: readonly string[]; readonly to: number; readonly undo: boolean }
  /** `undo`: the rejection was taken back, and the files are as before it. */
  | { readonly kind: 'rejected'; readonly paths: readonly string[]; readonly undo: boolean };

/** The newest steps of the story, and the one in progress: those that the conversation has to have at hand. */
export function stepsAtHand(state: RunState): ReadonlySet<number> {
  const steps = new Set<number>(state.step === null ? [] : [state.step.step]);
  for (const { kind, step } of newestOf(state)) if (kind === 'step' && step !== null) steps.add(step);
  return steps;
}

/** The story's checkpoints, newest first, as far as its newest limits.stepsAtHand steps reach (B3). */
function* newestOf(state: RunState): Generator<CheckpointSummary> {
  let steps = 0;
  for (const checkpoint of checkpointsOf(state)) {
    if (checkpoint.kind === 'step') steps += 1;
    if (steps > limits.stepsAtHand) return;
    yield checkpoint;
  }
}

/**
 * The end of the story that the workspace stands at the end of, oldest first: from the head along `continues` towards the
 * baseline, so that what a rollback undid is not in it and what an undo brought back is.
 * @param since tells only what came after this checkpoint of it
 */
export function story(state: RunState, conversation: Conversation, since = -1): readonly StoryItem[] {
  const items: StoryItem[] = [];
  for (const checkpoint of newestOf(state)) {
    if (checkpoint.checkpoint <= since) break;
    items.push(...itemsOf(checkpoint, conversation, state.checkpoints).toReversed());
  }
  items.reverse();
  const current = state.step === null ? undefined : conversation.turn(state.step.step);
  return current === undefined ? items : [...items, { kind: 'turn', turn: current }];
}

function itemsOf(
  checkpoint: CheckpointSummary,
  conversation: Conversation,
  checkpoints: RunState['checkpoints'],
): readonly StoryItem[] {
  const { kind, step } = checkpoint;
  switch (kind) {
    case 'step': {
      const turn = step === null ? undefined : conversation.turn(step);
      if (turn === undefined) return [];
      return [{ kind: 'turn', turn }, ...edited(supervisorsPaths(checkpoint), turn.step)];
    }
    case 'supervisor':
    case 'safety':
      return edited(supervisorsPaths(checkpoint));
    case 'rollback': {
      if (checkpoint.putBack) return [{ kind: 'putBack', ...checkpoint.putBack }];
      const to = checkpoint.continues ?? 0;
      // What they edited after `to` is not on the way to it, and stands all the same (C6).
      const kept = Array.from({ length: checkpoint.checkpoint - to - 1 }, (_, i) => checkpoints.get(to + 1 + i));
      const paths = kept.flatMap((one) => (one === undefined ? [] : supervisorsPaths(one)));
      const undo = checkpoints.get(to)?.kind === 'safety' && !kept.some((one) => one?.kind === 'step');
      return [
        { kind: 'rolledBack', to, step: lastStep(to, checkpoints), undo, byBelay: checkpoint.byBelay ?? false },
        ...edited([...new Set(paths)]),
      ];
    }
    case 'reject':
      return checkpoint.rejected === undefined ? [] : [{ kind: 'rejected', ...checkpoint.rejected }];
    case 'baseline':
      return [];
  }
}

/** Of the steps on the way to a checkpoint; null: the baseline alone is. */
function lastStep(to: number, checkpoints: RunState['checkpoints']): number | null {
  for (const { step } of checkpointsOf({ checkpoints, head: to })) if (step !== null) return step;
  return null;
}

/** What of a checkpoint is known to be the supervisor's: all of it between two steps, what they saved within one (S2, S3). */
function supervisorsPaths({ kind, step, changeset, saved }: CheckpointSummary): readonly string[] {
  const between = kind === 'supervisor' || (kind === 'safety' && step === null);
  return between ? changeset.paths.map(({ path }) => path) : (saved ?? []);
}

function edited(paths: readonly string[], during?: number): readonly StoryItem[] {
  if (paths.length === 0) return [];
  const shown = paths.slice(0, limits.pathsInChangeset);
  return [{ kind: 'supervisorEdited', paths: shown, ...(during !== undefined && { during }) }];
}

/** The digest under which the agent has last seen each file in this story (S3); null: it saw that there is none. */
export function lastSeen(items: readonly StoryItem[]): ReadonlyMap<string, string | null> {
  const seen = new Map<string, string | null>();
  for (const item of items) {
    if (item.kind !== 'turn') continue;
    for (const call of item.turn.calls) if (call.seen !== null) seen.set(call.seen.path, call.seen.digest);
  }
  return seen;
}
