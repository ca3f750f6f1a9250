/**
 * Job: the file `<run>/snapshot`: the folds of a run as they stood behind one entry, so that nobody has to fold a long journal
 *   from its first line.
 * Boundary: text in, values out; no files. The engine writes it; engine and clients read it.
 * Rules: it is never truth. One that is torn, of other folds, or that does not end at the very line of the journal that it names
 *   is thrown away, and the journal is folded whole. J1, J6: what follows it continues `seq` and `digest`.
 *
 *   <SHA-256 of all that follows> LF <head as JSON> LF <state without its long lists> LF <a part of a list> LF …
 */
import type { RunReportFold } from '../run/report/reporter.ts';
import type { BlobRef } from '../run/entry.ts';
import { initialState } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';

/** Set by the bundler: a digest of the sources of every fold. */
declare const BELAY_FOLDS: string | undefined;

/** Names the folds of this build: what other ones made is made anew. */
export const foldVersion = typeof BELAY_FOLDS === 'string' ? BELAY_FOLDS : 'source';

export const snapshotFile = (run: string) => `${run}/snapshot`;

/** A place in the journal between two commits, and what opening needs in order to go on from there. */
export interface Landmark {
  /** The last entry before it. */
  readonly seq: number;
  /** SHA-256 of that entry's line, without LF. */
  readonly digest: string;
  /** Bytes of that line, without LF. */
  readonly lineBytes: number;
  /** All segments up to it; the last one's bytes end at it. */
  readonly segments: readonly { readonly firstSeq: number; readonly bytes: number }[];
  /** Where the steps begin, as the step index has it. */
  readonly steps: readonly number[];
}

/** What the engine folds beside the state. */
export interface RecordsFold {
  readonly probes: number;
  readonly played: number;
  /** Each verification of the visible suite, in order. */
  readonly verified: readonly (readonly [checkpoint: number, results: BlobRef, buildOk: boolean])[];
  readonly report: RunReportFold;
}

export interface Snapshot {
  readonly landmark: Landmark;
  readonly state: RunState;
  readonly records: RecordsFold;
}

interface Head {
  readonly folds: string;
  readonly landmark: Landmark;
  readonly records: RecordsFold;
}

/** Items of a list in one line: parsed one by one, a snapshot of weeks needs no string of its whole length. */
const itemsInLine = 500;
type ListName = 'checkpoints' | 'steps';

/** The lines of a snapshot behind its digest, each without LF. */
export function* snapshotLines({ landmark, state, records }: Snapshot, folds = foldVersion): Generator<string> {
  const head: Head = { folds, landmark, records };
  yield JSON.stringify(head);
  yield JSON.stringify({ ...state, checkpoints: [], steps: [] });
  for (const list of ['checkpoints', 'steps'] as const) {
    for (let from = 0; from < state[list].length; from += itemsInLine)
      yield JSON.stringify({ [list]: state[list].slice(from, from + itemsInLine) });
  }
}

/** Null: of other folds, or nothing that these could have written. */
export function snapshotOf(lines: Iterable<string>, folds = foldVersion): Snapshot | null {
  try {
    const [first, second, ...rest] = lines;
    if (first === undefined || second === undefined) return null;
    const head = JSON.parse(first) as Head;
    if (head.folds !== folds) return null;
    const state = JSON.parse(second) as RunState;
    const lists: Record<ListName, unknown[]> = { checkpoints: [], steps: [] };
    for (const line of rest) {
      for (const [name, items] of Object.entries(JSON.parse(line) as Partial<Record<ListName, unknown[]>>))
        lists[name as ListName].push(...items);
    }
    const whole = { ...state, ...(lists as unknown as Pick<RunState, ListName>) };
    return fits(head, whole) ? { landmark: head.landmark, records: head.records, state: whole } : null;
  } catch {
    return null; // it names the digest of what it holds and is no snapshot all the same: it is thrown away
  }
}

function fits({ landmark }: Head, state: RunState): boolean {
  const known = Object.keys(initialState).every((name) => Object.hasOwn(state, name));
  return known && state.seq === landmark.seq && landmark.segments.length > 0;
}
