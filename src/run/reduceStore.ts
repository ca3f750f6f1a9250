/**
 * Job: fold the checkpoints: those that were taken, what their store takes, its quota, and what was let go of it.
 * Boundary: pure; a part of reduce.ts.
 */
import type { Entry } from './entry.ts';
import { limits } from './limits.ts';
import { putBackBy } from './reduceRollback.ts';
import type { RunState, StoreFacts } from './state.ts';
import { withSample } from './storeForecast.ts';

export const newStore: StoreFacts = {
  bytes: null,
  quotaBytes: limits.storeQuotaBytes,
  samples: [],
  sweepDue: false,
};

export function taken(state: RunState, entry: Entry<'checkpoint.created'>): RunState {
  const { checkpoint, kind, step, continues, commit, tree, manifest, title, at, changeset, notCovered, saved } = entry;
  const summary = { checkpoint, kind, step, continues, commit, tree, title, at, changeset, notCovered };
  const more = { ...(manifest && { manifest }), ...(saved && { saved }), ...putBackBy(kind, state.rollback) };
  return {
    ...state,
    checkpoints: state.checkpoints.withMore({ ...summary, ...more }),
    head: checkpoint,
    store: withSize(state.store, at, entry.storeBytes),
  };
}

/** @param bytes undefined in journals of a time before it was told */
function withSize(store: StoreFacts, at: number, bytes: number | undefined): StoreFacts {
  return bytes === undefined ? store : { ...store, bytes, samples: withSample(store.samples, { at, bytes }) };
}

export function thinned(state: RunState, { checkpoints }: Entry<'checkpoints.thinned'>): RunState {
  const gone = new Set(checkpoints);
  return {
    ...state,
    checkpoints: state.checkpoints.changedBy((c) => (gone.has(c.checkpoint) ? { ...c, thinned: true } : c)),
    store: { ...state.store, sweepDue: true },
  };
}

export function swept(state: RunState, { bytes, freedBytes }: Entry<'store.swept'>): RunState {
  // The rate at which it grows is that of before.
  const samples = state.store.samples.map((s) => ({ at: s.at, bytes: Math.max(0, s.bytes - freedBytes) }));
  return { ...state, store: { ...state.store, bytes, samples, sweepDue: false } };
}
