/**
 * Job: who changed which path since a checkpoint, as a rollback's plan wants to know it.
 * Boundary: reads the run's checkpoints and their manifests; what follows from it is the plan's.
 * Rules: S3 what the supervisor saved while a step ran is theirs, also where the agent wrote the file too; what a cut step left
 *   is nobody's for certain. C6 of each edit of the supervisor's both versions are named, so that it can be made again.
 */
import type { PathChange } from '../../run/entry.ts';
import type { CheckpointSummary, RunState } from '../../run/state.ts';
import { changesBetween, leafAt, type Manifest } from '../checkpoint/manifest.ts';
import { authorOf, type Author, type FileChange, type HistoryItem } from '../checkpoint/plan.ts';

/** @param now what stands in the workspace, as the end of the history. */
export async function historySince(
  state: Pick<RunState, 'checkpoints' | 'step'>,
  to: number,
  now: Manifest,
  manifestOf: (checkpoint: number) => Promise<Manifest>,
): Promise<readonly HistoryItem[]> {
  const history: HistoryItem[] = [];
  let before = await manifestOf(to);
  let saved: readonly string[] = [];
  for (const summary of state.checkpoints.slice(to + 1)) {
    saved = [...saved, ...(summary.saved ?? [])];
    if (summary.thinned) continue; // a step: what it did shows in the step that follows it (run/thinning.ts)
    const after = await manifestOf(summary.checkpoint);
    history.push(...itemsOf({ ...summary, saved }, before, after));
    saved = [];
    before = after;
  }
  const author: Author = state.step === null ? 'supervisor' : 'unattributed';
  const checkpoint = state.checkpoints.length;
  const item = { checkpoint, kind: 'supervisor', author, changes: changesBetween(before, now) } as const;
  return [...history, withEdits(item, before, now)];
}

function itemsOf(summary: CheckpointSummary, before: Manifest, after: Manifest): readonly HistoryItem[] {
  const { checkpoint, kind, step } = summary;
  const saved = new Set(summary.saved);
  // A safety checkpoint within a step holds what the agent's tools did, and maybe more.
  const author: Author | undefined = kind === 'safety' && step !== null ? 'unattributed' : undefined;
  const changes = changesBetween(before, after);
  const item = (of: readonly PathChange[], by: Author | undefined = author): HistoryItem =>
    withEdits({ checkpoint, kind, changes: of, ...(by && { author: by }) }, before, after);
  if (saved.size === 0) return [item(changes)];
  const [theirs, rest] = [true, false].map((of) => changes.filter(({ path }) => saved.has(path) === of));
  return [item(rest ?? []), item(theirs ?? [], 'supervisor')];
}

/** With both versions of each file that the supervisor changed. */
export function withEdits(item: HistoryItem, before: Manifest, after: Manifest): HistoryItem {
  if (authorOf(item) !== 'supervisor') return item;
  const edits = item.changes.flatMap(({ path }): readonly FileChange[] => {
    const [was, is] = [leafAt(before, path), leafAt(after, path)];
    return was && is ? [{ before: was, after: is }] : [];
  });
  return { ...item, edits };
}
