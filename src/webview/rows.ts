/**
 * Job: the log's rows: one a finished step, and between them what came between: edits, decisions, pauses.
 * Boundary: pure; the order is that of the journal. A step stands where it began, so that no row moves when it ends.
 */
import type { Happening, StepSummary } from '../run/state.ts';

export type Row =
  | { readonly kind: 'step'; readonly key: string; readonly seq: number; readonly step: StepSummary }
  | { readonly kind: 'happening'; readonly key: string; readonly seq: number; readonly happening: Happening };

/** Rows of the given steps and of what happened from the first of them on. */
export function rowsOf(steps: readonly StepSummary[], happenings: readonly Happening[]): readonly Row[] {
  const [first] = steps;
  const from = first === undefined || first.step === 1 ? 0 : first.seq;
  const rows: Row[] = [];
  let next = happenings.findIndex(({ seq }) => seq > from);
  if (next < 0) next = happenings.length;
  const happened = (until: number) => {
    for (let one = happenings[next]; one !== undefined && one.seq < until; one = happenings[++next])
      rows.push({ kind: 'happening', key: `happening ${String(one.seq)}`, seq: one.seq, happening: one });
  };
  for (const step of steps) {
    happened(step.seq);
    rows.push({ kind: 'step', key: `step ${String(step.step)}`, seq: step.seq, step });
  }
  happened(Infinity);
  return rows;
}
