/**
 * Job: open a run's journal and fold it: from its snapshot on where that can be believed, else from the first entry; and keep
 *   the snapshot new.
 * Boundary: journal and folds; locks, world and effects are openRun's.
 * Rules: J1, J6: what follows a snapshot continues its seq and digest. A run of one segment is folded whole each time: it has no
 *   snapshot and needs none.
 */
import { messageOf } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Blobs } from './journal/blobs.ts';
import { JournalDamaged } from './journal/damage.ts';
import { DiskFull, realDisk, type Disk } from './journal/disk.ts';
import { openJournal, type Journal } from './journal/journal.ts';
import { dropSnapshot, readSnapshot, SnapshotWriter } from './journal/snapshots.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import { limits } from '../run/limits.ts';
import { Records, RecordsFolder } from './records.ts';
import { Run } from './run.ts';

export interface FoldsRequest {
  readonly folder: string;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly disk?: Disk;
  readonly segmentBytes?: number;
  readonly entriesPerSnapshot?: number;
  /** Absent: the journal's own. */
  readonly openJournal?: typeof openJournal;
  /** Told what went wrong and does no harm; absent: the engine's log. */
  readonly say?: (line: string) => void;
}

export interface UncheckedSnapshot {
  /** Throws it away, and writes none of what was folded on it. */
  distrust(): Promise<void>;
}

export interface OpenedFolds {
  readonly run: Run;
  readonly records: Records;
  readonly journal: Journal;
  /** The snapshot that they go on from, of which nothing but its end was checked; null: every entry was folded. */
  readonly snapshot: UncheckedSnapshot | null;
}

/** @param closing what has to be ended, in the order in which it was begun. @throws JournalDamaged, DiskFull */
export async function openFolds(request: FoldsRequest, closing: (() => Promise<void>)[]): Promise<OpenedFolds> {
  const { folder, disk = realDisk, say = console.error } = request;
  const snapshot = await readSnapshot(folder, disk);
  if (snapshot === null) return foldFrom(null, request, closing);
  const begun: (() => Promise<void>)[] = [];
  try {
    const opened = await foldFrom(snapshot, request, begun);
    closing.push(...begun);
    return opened;
  } catch (error) {
    for (const end of begun.toReversed()) await end();
    if (error instanceof JournalDamaged || error instanceof DiskFull) throw error;
    // What it says can't be gone on from: it lies. If it was something else, the whole fold meets it again.
    say(`the snapshot is thrown away: ${messageOf(error)}`);
    await dropSnapshot(folder, disk);
    return foldFrom(null, request, closing);
  }
}

async function foldFrom(
  snapshot: Snapshot | null,
  request: FoldsRequest,
  closing: (() => Promise<void>)[],
): Promise<OpenedFolds> {
  const { folder, blobs, clock, disk = realDisk, segmentBytes } = request;
  const { journal, entries, known } = await (request.openJournal ?? openJournal)(folder, {
    blobs,
    disk,
    ...(snapshot && { landmark: snapshot.landmark }),
    ...(segmentBytes !== undefined && { segmentBytes }),
  });
  closing.push(() => journal.close());
  const run = new Run(journal, clock);
  const believed = snapshot !== null && known ? snapshot : null;
  if (believed) run.startFrom(believed.state);
  const records = new Records(run, blobs, journal.reader, new RecordsFolder(believed?.records, believed?.state));
  run.onEntry((entry) => {
    records.follow(entry);
  });
  for await (const entry of entries) {
    run.replay(entry);
    records.follow(entry);
  }
  await run.recall();
  const keeper = new SnapshotKeeper({ request, run, records, journal }, believed?.landmark.seq ?? 0);
  // A long journal that has none is given one at once: the next opening is quick however this one ends.
  if (believed === null) await keeper.write();
  closing.push(() => keeper.close());
  return { run, records, journal, snapshot: believed && keeper };
}

interface KeeperPorts {
  readonly request: FoldsRequest;
  readonly run: Run;
  readonly records: Records;
  readonly journal: Journal;
}

/** Writes the snapshot anew after limits.entriesPerSnapshot entries, and at a clean end. */
class SnapshotKeeper implements UncheckedSnapshot {
  private readonly ports: KeeperPorts;
  private readonly writer: SnapshotWriter;
  private writtenSeq: number;
  private writing: Promise<void> | null = null;
  private distrusted = false;

  constructor(ports: KeeperPorts, writtenSeq: number) {
    this.ports = ports;
    const { request, run, journal } = ports;
    this.writer = new SnapshotWriter(request.folder, request.disk);
    this.writtenSeq = writtenSeq;
    const { entriesPerSnapshot = limits.entriesPerSnapshot } = request;
    run.onEntry(() => {
      if (journal.seq - this.writtenSeq >= entriesPerSnapshot && this.writing === null) void this.write();
    });
  }

  /** Only between two commits: the fold and the journal stand at the same entry. Never rejects. */
  write(): Promise<void> {
    const { request, run, records, journal } = this.ports;
    if (this.distrusted || journal.sealed === 0) return Promise.resolve();
    if (run.state.seq !== journal.seq || run.state.seq === this.writtenSeq) return Promise.resolve();
    this.writtenSeq = journal.seq;
    const snapshot = { landmark: journal.landmark(), state: run.state, records: records.folded.kept() };
    const { say = console.error } = request;
    this.writing = this.writer
      .write(snapshot)
      .catch((error: unknown) => {
        say(`no snapshot was written: ${messageOf(error)}`); // the next opening folds the whole journal
      })
      .finally(() => {
        this.writing = null;
      });
    return this.writing;
  }

  async distrust(): Promise<void> {
    this.distrusted = true;
    await this.writing;
    await dropSnapshot(this.ports.request.folder, this.ports.request.disk);
  }

  async close(): Promise<void> {
    await this.writing;
    await this.write();
  }
}
