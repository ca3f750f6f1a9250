/**
 * Job: what stands after a rollback: the story of checkpoints that the workspace goes on from, the newest figure in it, and
 *   the name of a place in it.
 * Boundary: pure. Figures of what a rollback has cut are facts, but not of what lies in the folder.
 * Rules: H4 a held-out figure that stands was looked at when it was measured; nothing new is shown here.
 */
import type { SuiteName } from './entry.ts';
import { formatCount } from './forDisplay.ts';
import type { CheckpointSummary, RunState, SuiteFigure } from './state.ts';

/** The checkpoints of the story that the workspace stands in, newest first; those that a rollback cut are not among them. */
export function* story({ checkpoints, head }: Pick<RunState, 'checkpoints' | 'head'>): Generator<CheckpointSummary> {
  let number = head;
  while (number !== null) {
    const checkpoint: CheckpointSummary | undefined = checkpoints[number];
    if (checkpoint === undefined) return;
    yield checkpoint;
    number = checkpoint.continues;
  }
}

export interface StandingFigure {
  readonly checkpoint: number;
  readonly pass: number;
  readonly total: number;
  /** All that was measured; null where only the rate is still known. */
  readonly measured: SuiteFigure | null;
  /** A newer figure is of a checkpoint that a rollback has cut. */
  readonly wentBack: boolean;
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
    return { checkpoint, pass, total, measured, wentBack: checkpoint !== last.checkpoint };
  }
  return null;
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
  const step = checkpoints[checkpoint]?.step ?? null;
  const number = `checkpoint ${formatCount(checkpoint)}`;
  return step === null ? number : `step ${formatCount(step)} · ${number}`;
}
