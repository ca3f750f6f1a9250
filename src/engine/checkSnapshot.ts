/**
 * Job: check what opening from a snapshot lets pass: every line of the journal before it, and that the snapshot says what these
 *   lines fold to.
 * Boundary: reads only, beside a living engine; folds the whole run, so it is the work of a process of its own.
 * Rules: J4, J6 for the sealed segments. A snapshot that says otherwise than the journal is never right.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { Entry } from '../run/entry.ts';
import { initialState, reduce } from '../run/reduce.ts';
import { JournalDamaged } from './journal/damage.ts';
import { realDisk, type Disk } from './journal/disk.ts';
import { walkJournal } from './journal/journal.ts';
import { readSnapshot } from './journal/snapshots.ts';
import { RecordsFolder } from './records.ts';

export type SnapshotCheck =
  | { readonly kind: 'agrees' | 'none' }
  /** The journal itself is damaged. */
  | { readonly kind: 'damaged'; readonly message: string }
  /** The journal is whole, and folds to something else. */
  | { readonly kind: 'lies'; readonly message: string };

export async function checkSnapshot(run: string, disk: Disk = realDisk): Promise<SnapshotCheck> {
  const snapshot = await readSnapshot(run, disk);
  if (snapshot === null) return { kind: 'none' };
  const { seq } = snapshot.landmark;
  let state = initialState;
  const records = new RecordsFolder();
  let wrong: string | null = null;
  const follow = (entry: Entry): Promise<void> => {
    if (entry.seq > seq) return Promise.resolve();
    state = reduce(state, entry);
    records.follow(entry, state);
    if (entry.seq === seq) wrong = differs(snapshot.state, state) ?? differs(snapshot.records, records.kept());
    return Promise.resolve();
  };
  try {
    const { steps, segments } = await walkJournal(run, disk, follow);
    if (state.seq !== seq) wrong = `it ends at entry ${String(seq)}, the journal at ${String(state.seq)}`;
    wrong ??= wrongPlaces(snapshot, steps, segments);
  } catch (error) {
    if (error instanceof JournalDamaged) return { kind: 'damaged', message: error.message };
    throw error;
  }
  return wrong === null
    ? { kind: 'agrees' }
    : { kind: 'lies', message: `the snapshot differs from the journal: ${wrong}` };
}

/** The first field that differs; null: none does. */
function differs(said: object, folded: object): string | null {
  const asJson = (one: object) => JSON.parse(JSON.stringify(one)) as Record<string, unknown>;
  const [journal, of] = [asJson(folded), asJson(said)];
  for (const name of new Set([...Object.keys(journal), ...Object.keys(of)]))
    if (!isDeepStrictEqual(of[name], journal[name])) return `"${name}" is another`;
  return null;
}

function wrongPlaces(
  { landmark }: Snapshot,
  steps: readonly number[],
  segments: readonly { readonly firstSeq: number; readonly bytes: number }[],
): string | null {
  if (landmark.steps.some((number, index) => steps[index] !== number)) return 'a step begins elsewhere';
  const sealed = landmark.segments.slice(0, -1);
  const isWrong = sealed.some(({ firstSeq, bytes }, index) => {
    const segment = segments[index];
    return segment?.firstSeq !== firstSeq || segment.bytes !== bytes;
  });
  return isWrong ? 'a segment is another' : null;
}
