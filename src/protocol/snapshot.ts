/**
 * Job: the file `<run>/snapshot`: the folds of a run as they stood behind one entry, so that nobody has to fold a long journal
 *   from its first line.
 * Boundary: text in, values out; no files. The engine writes it; engine and clients read it.
 * Rules: it is never truth. One that is torn, of other folds, or that does not end at the very line of the journal that it names
 *   is thrown away, and the journal is folded whole. J1, J6: what follows it continues `seq` and `digest`.
 *
 *   <SHA-256 of all that follows> LF <head as JSON> LF <state as JSON> LF <a piece of a list> LF …
 *
 * Head and state stand there without their lists that grow with the run. These follow in pieces, in order, each as
 * {"<list>": [<items>]} or as {"<list>": "<digest>"}: then the items are the JSON of the file `<run>/snapshot.parts/<digest>`,
 * named by its SHA-256. A full piece that does not change any more is written once, so a snapshot of weeks costs what one of an
 * hour does.
 */
import { LongList } from '../base/longList.ts';
import type { RunReportFold } from '../run/report/reporter.ts';
import type { BlobRef } from '../run/entry.ts';
import { initialState } from '../run/reduce.ts';
import type { CheckpointSummary, RunState } from '../run/state.ts';

/** Set by the bundler: a digest of the sources of every fold. */
declare const BELAY_FOLDS: string | undefined;

/** Names the folds of this build: what other ones made is made anew. */
export const foldVersion = typeof BELAY_FOLDS === 'string' ? BELAY_FOLDS : 'source';

export const snapshotFile = (run: string) => `${run}/snapshot`;
export const snapshotPartsFolder = (run: string) => `${run}/snapshot.parts`;

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

export type SnapshotList = 'checkpoints' | 'steps' | 'verified' | 'places';

/** Items that stand next to each other in one of the lists. */
export interface SnapshotPiece {
  readonly list: SnapshotList;
  /** Which piece of the list: the same number holds the same items, or the same and more. */
  readonly number: number;
  readonly items: readonly unknown[];
  /** As long as a piece gets. */
  readonly full: boolean;
}

/** As they were written. */
interface StateLists {
  readonly checkpoints: readonly CheckpointSummary[];
  readonly steps: RunState['steps'];
}

/** Rows of steps are long; the other items are short. */
const itemsInPiece: Readonly<Record<SnapshotList, number>> = {
  checkpoints: 500,
  steps: 50,
  verified: 500,
  places: 2_000,
};

/**
 * The lines of a snapshot behind its digest, each without LF.
 * @param keptAs the digest under which a piece is kept in a file of its own; null: it stands in its line
 */
export function* snapshotLines(
  { landmark, state, records }: Snapshot,
  folds = foldVersion,
  keptAs: (piece: SnapshotPiece) => string | null = () => null,
): Generator<string> {
  const head: Head = { folds, landmark: { ...landmark, steps: [] }, records: { ...records, verified: [] } };
  yield JSON.stringify(head);
  yield JSON.stringify(withoutPieces(state));
  const ofRecords = [...piecesOf('verified', records.verified), ...piecesOf('places', landmark.steps)];
  for (const piece of [...statePieces(state), ...ofRecords])
    yield JSON.stringify({ [piece.list]: keptAs(piece) ?? piece.items });
}

/** The lists of the state that grow with the run, checkpoints first. */
export function statePieces(state: RunState): readonly SnapshotPiece[] {
  // The state keeps the newest steps: so that pieces stay as they are, they are numbered from the first of all.
  const letGo = state.stepsFinished - state.steps.length;
  return [...piecesOf('checkpoints', state.checkpoints.slice()), ...piecesOf('steps', state.steps, letGo)];
}

/** The state without them. */
export function withoutPieces(state: RunState): RunState {
  return { ...state, checkpoints: LongList.of<CheckpointSummary>([]), steps: [] };
}

/** A state that came as JSON, or as a clone of JSON: its list of checkpoints is an array there. */
export function stateOfJson(state: RunState): RunState {
  return { ...state, checkpoints: LongList.of(state.checkpoints) };
}

/** The state with them again. @param pieces in their order */
export function withPieces(state: RunState, pieces: readonly Pick<SnapshotPiece, 'list' | 'items'>[]): RunState {
  const lists: Record<SnapshotList, unknown[]> = { checkpoints: [], steps: [], verified: [], places: [] };
  for (const { list, items } of pieces) for (const item of items) lists[list].push(item);
  const { checkpoints, steps } = lists as unknown as StateLists;
  return { ...state, checkpoints: LongList.of(checkpoints), steps };
}

/** @param before how many there were that the list has let go of */
function piecesOf(list: SnapshotList, items: readonly unknown[], before = 0): readonly SnapshotPiece[] {
  const pieces: SnapshotPiece[] = [];
  const most = itemsInPiece[list];
  for (let from = 0; from < items.length;) {
    const number = Math.floor((before + from) / most);
    const to = (number + 1) * most - before;
    const of = items.slice(from, to);
    pieces.push({ list, number, items: of, full: of.length === most });
    from = to;
  }
  return pieces;
}

/**
 * Null: of other folds, or nothing that these could have written.
 * @param partOf the text of the file of that digest; null where it is not there as it was written
 */
export async function snapshotOf(
  lines: Iterable<string>,
  partOf: (digest: string) => Promise<string | null>,
  folds = foldVersion,
): Promise<Snapshot | null> {
  try {
    const [first, second, ...rest] = lines;
    if (first === undefined || second === undefined) return null;
    const head = JSON.parse(first) as Head;
    if (head.folds !== folds) return null;
    const lists: Record<SnapshotList, unknown[]> = { checkpoints: [], steps: [], verified: [], places: [] };
    for (const line of rest) {
      for (const [list, said] of Object.entries(
        JSON.parse(line) as Partial<Record<SnapshotList, unknown[] | string>>,
      )) {
        const items = typeof said === 'string' ? await itemsIn(said, partOf) : said;
        if (items === null) return null;
        for (const item of items) lists[list as SnapshotList].push(item);
      }
    }
    return whole(head, JSON.parse(second) as RunState, lists);
  } catch {
    return null; // it names the digest of what it holds and is no snapshot all the same: it is thrown away
  }
}

async function itemsIn(
  digest: string,
  partOf: (digest: string) => Promise<string | null>,
): Promise<readonly unknown[] | null> {
  const text = await partOf(digest);
  return text === null ? null : (JSON.parse(text) as readonly unknown[]);
}

function whole(
  { landmark, records }: Head,
  { checkpoints: _, steps: __, ...state }: RunState,
  lists: Record<SnapshotList, unknown[]>,
): Snapshot | null {
  const { checkpoints, steps, verified, places } = lists as unknown as StateLists & {
    readonly verified: RecordsFold['verified'];
    readonly places: Landmark['steps'];
  };
  const snapshot: Snapshot = {
    landmark: { ...landmark, steps: places },
    state: { ...state, checkpoints: LongList.of(checkpoints), steps },
    records: { ...records, verified },
  };
  return fits(snapshot) ? snapshot : null;
}

function fits({ landmark, state }: Snapshot): boolean {
  const known = Object.keys(initialState).every((name) => Object.hasOwn(state, name));
  return known && state.seq === landmark.seq && landmark.segments.length > 0;
}
