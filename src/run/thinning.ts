/**
 * Job: which checkpoints may go when the store has to become smaller, and how that is said.
 * Boundary: pure; that they go is an entry, what goes with them the checkpoint store's.
 * Rules: C4, C6, C7: only a step goes that another step follows. Whatever the supervisor did, and what a rollback left or led
 *   back to, stays together with the checkpoint before it: so a later rollback still knows whose work each change is. H3 the
 *   best checkpoint is the best visible one.
 */
import { bestVisible } from './bestVisible.ts';
import { formatBytes, formatCount, formatCounted } from './forDisplay.ts';
import type { CheckpointSummary, RunState } from './state.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** So far back one checkpoint an hour stays, further back one a day. */
const hourlyMs = 2 * dayMs;

/**
 * The checkpoints that go, oldest first, when the newest `last` stay whole.
 * @param now ms since the epoch
 */
export function thinnable(state: RunState, now: number, last: number): readonly number[] {
  const kept = keptCheckpoints(state);
  const spans = new Set<string>();
  const goes: number[] = [];
  for (const c of state.checkpoints.reversed()) {
    if (c.thinned === true) continue;
    const isFirstOfSpan = !spans.has(spanOf(c, now));
    spans.add(spanOf(c, now));
    const isNew = c.checkpoint >= state.checkpoints.length - last;
    if (!isNew && !isFirstOfSpan && !kept.has(c.checkpoint)) goes.push(c.checkpoint);
  }
  return goes.reverse();
}

/** All that stays whatever its age. */
function keptCheckpoints(state: RunState): ReadonlySet<number> {
  const { checkpoints, figures, gate, rollback, lastRollback, accepted, acceptedFiles, beforeAccept } = state;
  const kept = new Set<number>([0, checkpoints.length - 1, accepted, ...Object.values(acceptedFiles)]);
  const add = (...numbers: readonly (number | null | undefined)[]) => {
    for (const number of numbers) if (number !== null && number !== undefined) kept.add(number);
  };
  if (beforeAccept) add(beforeAccept.accepted, ...Object.values(beforeAccept.acceptedFiles));
  add(state.head, bestVisible(state)?.checkpoint, gate?.checkpoint, state.sinceGate.checkpoint);
  add(rollback?.to, rollback?.safety, lastRollback?.to, lastRollback?.safety);
  for (const suite of [figures.visible, figures.heldOut])
    add(suite.last?.checkpoint, suite.running?.checkpoint, suite.sample?.checkpoint);
  for (const { to, takenBack } of state.rejections) if (!takenBack) add(to);
  for (const c of checkpoints) {
    if (c.gate !== undefined) add(c.checkpoint);
    // What it changed is told by what stood before it, and only that shows whose work it was.
    if (c.kind !== 'step' || c.saved !== undefined) add(c.checkpoint, c.checkpoint - 1, c.continues);
  }
  return kept;
}

/** Of checkpoints in one span the newest stays. The first of the spans is not cut by the hour: what is new stays by number. */
function spanOf({ at }: CheckpointSummary, now: number): string {
  return now - at < hourlyMs ? `hour ${String(Math.floor(at / hourMs))}` : `day ${String(Math.floor(at / dayMs))}`;
}

/** Why nothing can be done with a checkpoint any more. */
export function thinnedWords(checkpoint: number): string {
  return `Checkpoint ${formatCount(checkpoint)} was thinned: its files were let go to keep the checkpoint store small. Choose one near it that is kept.`;
}

export interface ThinningPlan {
  readonly checkpoints: readonly number[];
  /** Bytes, an upper bound that is about right: what is kept may have leaned on what goes. */
  readonly frees: number;
  /** What the store takes now, bytes. */
  readonly bytes: number;
}

/** "Thins 812 of 1,240 checkpoints and frees up to about 1.2 GB of 2.1 GB." */
export function thinningSentence({ checkpoints, frees, bytes }: ThinningPlan, total: number): string {
  if (checkpoints.length === 0)
    return `Nothing can be thinned: each of the ${formatCounted(total, 'checkpoint')} is kept.`;
  return `Thins ${formatCount(checkpoints.length)} of ${formatCounted(total, 'checkpoint')} and frees up to about ${formatBytes(frees)} of ${formatBytes(bytes)}.`;
}

/** What stays, for whoever is asked. */
export const keptWords =
  'Kept are the baseline, what is accepted, gates, the best visible, your own edits, rollbacks, and one checkpoint an hour, further back one a day. A thinned checkpoint stays in the list, but can’t be compared or rolled back to.';

/** "3–9, 11, 20–41" */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges
    .map(([first, last]) => (first === last ? String(first) : `${String(first)}–${String(last)}`))
    .join(', ');
}
