/**
 * Job: what stands after a rollback or a rejection: the story of checkpoints that the workspace goes on from, the newest figure
 *   in it and of which tree it is, and the name of a place in it.
 * Boundary: pure. Figures of what a rollback has cut are facts, but not of what lies in the folder.
 * Rules: H4 a held-out figure that stands was looked at when it was measured; nothing new is shown here.
 */
import type { SuiteName } from './entry.ts';
import { formatCount } from './forDisplay.ts';
import type { Lag } from './sampleWords.ts';
import type { CheckpointSummary, RunState, SampleFigure, SuiteFigure } from './state.ts';

/** The checkpoints of the story that the workspace stands in, newest first; those that a rollback cut are not among them. */
export function* story({ checkpoints, head }: Pick<RunState, 'checkpoints' | 'head'>): Generator<CheckpointSummary> {
  let number = head;
  while (number !== null) {
    const checkpoint: CheckpointSummary | undefined = checkpoints.get(number);
    if (checkpoint === undefined) return;
    yield checkpoint;
    // B3: a checkpoint goes on from an older one, whatever a journal says that somebody else wrote.
    number = checkpoint.continues !== null && checkpoint.continues < number ? checkpoint.continues : null;
  }
}

/** Whether a checkpoint is in the story: not cut by a rollback. */
export function isInStory(state: Pick<RunState, 'checkpoints' | 'head'>, number: number): boolean {
  for (const { checkpoint } of story(state)) if (checkpoint <= number) return checkpoint === number;
  return false;
}

export interface StandingFigure {
  readonly checkpoint: number;
  readonly pass: number;
  readonly total: number;
  /** All that was measured; null where only the rate is still known. */
  readonly measured: SuiteFigure | null;
  /** A newer figure is of a checkpoint that a rollback has cut. */
  readonly wentBack: boolean;
  readonly putBack: PutBackSince;
}

/** The newest figure of the story; null: nothing in it is verified, as far as is known. */
export function standingFigure(
  state: Pick<RunState, 'checkpoints' | 'head' | 'figures'>,
  suite: SuiteName,
): StandingFigure | null {
  const { last, trend } = state.figures[suite];
  if (last === null) return null;
  const measuredAt = new Map(trend.map((figure) => [figure.checkpoint, figure]));
  for (const { checkpoint, visible } of story(state)) {
    const measured = measuredAt.get(checkpoint) ?? null;
    const rate = measured ?? (suite === 'visible' ? visible : undefined);
    if (rate === undefined) continue;
    const { pass, total } = rate;
    const wentBack = checkpoint !== last.checkpoint;
    return { checkpoint, pass, total, measured, wentBack, putBack: putBackSince(state, checkpoint) };
  }
  return null;
}

/** The newest sample, where it is of the story and newer than the newest run of the whole suite; else null. */
export function standingSample(state: Pick<RunState, 'checkpoints' | 'head' | 'figures'>): SampleFigure | null {
  const { sample } = state.figures.visible;
  if (sample === null || !isInStory(state, sample.checkpoint)) return null;
  const whole = standingFigure(state, 'visible');
  return whole === null || whole.checkpoint < sample.checkpoint ? sample : null;
}

/** How far a figure of this checkpoint lies behind what is in the folder. */
export function lagOf(state: Pick<RunState, 'checkpoints' | 'head'>, checkpoint: number): Lag {
  const { checkpoints, head } = state;
  const [then, now] = [checkpoints.get(checkpoint)?.at, checkpoints.get(head ?? checkpoint)?.at];
  const ms = then === undefined || now === undefined ? 0 : Math.max(0, now - then);
  return { checkpoints: laterIn(state, checkpoint), ms };
}

/** The correctness debt of the checkpoint that the standing held-out figure is of (H4); null: not known of it. */
export function standingDebt(state: Pick<RunState, 'checkpoints' | 'head' | 'figures' | 'debt'>): RunState['debt'] {
  if (state.debt === null) return null;
  return standingFigure(state, 'heldOut')?.checkpoint === state.debt.checkpoint ? state.debt : null;
}

/** What the supervisor put back since a figure was measured: the tree that it is of lies there no more. */
export type PutBackSince = 'rejected' | 'undone' | 'partBack' | 'partUndone' | null;

/** Rejections, rollbacks of a part and their undoing since this checkpoint of the story; null also where each was undone. */
export function putBackSince(state: Pick<RunState, 'checkpoints' | 'head'>, than: number): PutBackSince {
  const since: { readonly isPart: boolean; readonly undo: boolean }[] = [];
  for (const { checkpoint, rejected, putBack } of story(state)) {
    if (checkpoint <= than) break;
    if (rejected || putBack)
      since.unshift({ isPart: putBack !== undefined, undo: (putBack ?? rejected)?.undo === true });
  }
  // An undo takes back the one before it, or does it again; one whose first is older than the figure changes its tree.
  let [changes, isDone] = [0, false];
  for (const { undo } of since) {
    isDone = !undo || !isDone;
    changes += isDone ? 1 : -1;
  }
  const newest = since.at(-1);
  if (newest === undefined || changes === 0) return null;
  if (newest.isPart) return newest.undo ? 'partUndone' : 'partBack';
  return newest.undo ? 'undone' : 'rejected';
}

export const putBackWords = {
  rejected: 'before the rejection',
  undone: 'before the rejection was undone',
  partBack: 'before files were rolled back',
  partUndone: 'before a rollback was undone',
} as const;

/** Of which tree a figure is where that is not plain: "at step 12 · checkpoint 15, before the rejection"; else empty. */
export function standsAtWords(
  { checkpoint, wentBack, putBack }: Pick<StandingFigure, 'checkpoint' | 'wentBack' | 'putBack'>,
  state: Pick<RunState, 'checkpoints'>,
): string {
  if (putBack !== null) return `at ${placeWords(state, checkpoint)}, ${putBackWords[putBack]}`;
  return wentBack ? `at ${placeWords(state, checkpoint)}` : '';
}

/** The suite's figures of the story, oldest first. */
export function standingTrend(
  state: Pick<RunState, 'checkpoints' | 'head' | 'figures'>,
  suite: SuiteName,
): readonly SuiteFigure[] {
  const { trend } = state.figures[suite];
  const oldest = Math.min(...trend.map((figure) => figure.checkpoint));
  const standing = new Set<number>();
  for (const { checkpoint } of story(state)) {
    if (checkpoint < oldest) break;
    standing.add(checkpoint);
  }
  return trend.filter((figure) => standing.has(figure.checkpoint));
}

/** How many checkpoints of the story came after this one, but for those that only repeat what lay there. */
export function laterIn(state: Pick<RunState, 'checkpoints' | 'head'>, than: number): number {
  let later = 0;
  for (const { checkpoint, kind, changeset } of story(state)) {
    if (checkpoint <= than) break;
    const unchanged = changeset.added + changeset.modified + changeset.deleted === 0;
    if (kind !== 'rollback' && (kind !== 'safety' || !unchanged)) later++;
  }
  return later;
}

/** "step 12 · checkpoint 15"; "checkpoint 15" where no step made it: the numbers drift apart with each edit and rollback. */
export function placeWords({ checkpoints }: Pick<RunState, 'checkpoints'>, checkpoint: number): string {
  const step = checkpoints.get(checkpoint)?.step ?? null;
  const number = `checkpoint ${formatCount(checkpoint)}`;
  return step === null ? number : `step ${formatCount(step)} · ${number}`;
}
