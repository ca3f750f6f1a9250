/**
 * Job: the log's rows: one a finished step, and between them what the supervisor did to the workspace.
 * Boundary: pure; the order is that of the checkpoints, which is the order of the workspace's story.
 */
import type { CheckpointKind } from '../run/entry.ts';
import type { CheckpointSummary, StepSummary } from '../run/state.ts';

export type Row =
  | { readonly kind: 'step'; readonly key: string; readonly step: StepSummary }
  | { readonly kind: 'note'; readonly key: string; readonly checkpoint: CheckpointSummary };

const noted: ReadonlySet<CheckpointKind> = new Set(['supervisor', 'rollback', 'reject']);

/** Rows of the given steps, with the supervisor's checkpoints and rollbacks from the first of them on. */
export function rowsOf(steps: readonly StepSummary[], checkpoints: readonly CheckpointSummary[]): readonly Row[] {
  const from = steps.length > 0 && (steps[0]?.step ?? 1) > 1 ? (steps[0]?.checkpoint ?? 0) : 0;
  const notes = checkpoints.filter((c) => noted.has(c.kind) && c.checkpoint > from);
  const rows: Row[] = [];
  let next = 0;
  for (const step of steps) {
    for (let note = notes[next]; note !== undefined && note.checkpoint < step.checkpoint; note = notes[++next])
      rows.push(noteRow(note));
    rows.push({ kind: 'step', key: `step ${String(step.step)}`, step });
  }
  return [...rows, ...notes.slice(next).map(noteRow)];
}

function noteRow(checkpoint: CheckpointSummary): Row {
  return { kind: 'note', key: `checkpoint ${String(checkpoint.checkpoint)}`, checkpoint };
}
