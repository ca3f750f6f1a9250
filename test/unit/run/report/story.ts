/** Job: a run in which everything happens that a report tells of, as its entries. */
import type { Entry, EntryBody, Shown } from '../../../../src/run/entry.ts';
import { initialState, reduce } from '../../../../src/run/reduce.ts';
import type { RunReport } from '../../../../src/run/report/report.ts';
import { Reporter } from '../../../../src/run/report/reporter.ts';
import { checkpoint, created, entriesOf, requested, answered, verified, wholeStep } from '../builders.ts';

export const shown: Shown = { checkpoint: 3, visibleRate: 0.6, heldOutRate: 0.5, filesChanged: 7, spentUsd: 0.3 };
const anna = 'anna@desk (window)';

export const heldOut = (number: number, pass: number): EntryBody =>
  verified(number, pass, 40, { suite: 'heldOut', results: { digest: 'h', bytes: 1 } });

/** Three steps and their first gate, redirected; a fall; a rollback; a look; the end. */
export const story: readonly EntryBody[] = [
  created({ limits: { costUsd: { soft: 5, hard: 10 } } }),
  { type: 'engine.started', pid: 1, generation: 1 },
  checkpoint(0),
  ...wholeStep(1),
  verified(1, 20, 50),
  ...wholeStep(2),
  verified(2, 30, 50),
  ...wholeStep(3),
  verified(3, 28, 50, { regressed: 4, repaired: 2 }),
  heldOut(3, 18),
  {
    type: 'gate.opened',
    gate: 1,
    step: 3,
    checkpoint: 3,
    reasons: [{ kind: 'question', text: 'the agent asks: may I drop <b>-j</b> | or [not](http://x.y)?' }],
  },
  { type: 'gate.decided', gate: 1, decision: 'redirect', by: anna, shown },
  { type: 'directive.added', directive: 1, text: 'Keep -j.\n| and a `table` |', by: anna },
  { type: 'step.started', step: 4 },
  requested(4, { directives: [1] }),
  {
    type: 'model.failed',
    step: 4,
    attempt: 1,
    kind: 'cut',
    message: 'cut',
    retryable: true,
    costUsd: 0.5,
    tokens: 5_000,
  },
  requested(4, { attempt: 2, directives: [1] }),
  answered(4, {
    calls: [],
    usageEstimated: true,
    usage: { input: 2_000, cachedInput: 0, cacheWriteInput: 500, output: 100 },
  }),
  checkpoint(4),
  { type: 'step.finished', step: 4, checkpoint: 4, title: 'Keep -j' },
  verified(4, 10, 50, { regressed: 18, build: { ok: false, message: 'no' } }),
  { type: 'run.paused', reason: 'supervisor', message: 'paused by you', by: anna },
  checkpoint(5, { kind: 'safety', step: null }),
  { type: 'rollback.started', to: 2, safety: 5, plan: { digest: 'p', bytes: 1 }, by: anna, undo: false },
  checkpoint(6, { kind: 'rollback', step: null, continues: 2 }),
  { type: 'rollback.finished', to: 2, written: 3, deleted: 1, kept: 0, conflicts: ['a.txt'] },
  { type: 'directive.added', directive: 2, text: 'a.txt was put back', by: anna },
  { type: 'file.rejected', path: 'a.txt', reason: 'no | table', directive: 2, to: 2, by: anna, shown },
  {
    type: 'rollback.started',
    to: 2,
    safety: 6,
    plan: { digest: 'p', bytes: 1 },
    by: anna,
    undo: false,
    paths: ['a.txt'],
  },
  checkpoint(7, { kind: 'reject', step: null }),
  { type: 'rollback.finished', to: 2, written: 1, deleted: 0, kept: 0, conflicts: [] },
  { type: 'directive.withdrawn', directive: 1, by: anna },
  { type: 'budget.changed', limits: { costUsd: { hard: 20 } }, by: anna },
  { type: 'run.resumed', by: anna },
  { type: 'heldOut.viewed', checkpoint: 7, by: anna, rate: 0.55 },
  heldOut(7, 22),
  { type: 'engine.started', pid: 2, generation: 2 },
  { type: 'stop.requested', by: anna },
  { type: 'run.ended', outcome: 'stopped', message: 'stopped by anna' },
];

/** Folds as the engine does: an entry at a time, with the state after it. */
export function reportOf(bodies: readonly EntryBody[]): RunReport {
  return followed(entriesOf(bodies));
}

export function followed(entries: Iterable<Entry>): RunReport {
  const reporter = new Reporter();
  let state = initialState;
  for (const entry of entries) {
    state = reduce(state, entry);
    reporter.follow(entry, state);
  }
  return reporter.report(state);
}
