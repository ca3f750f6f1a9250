/**
 * Job: the run's one journal: numbered, chained, append-only segments of JSON lines (frame.ts) under `<run>/journal`.
 * Boundary: durability and order only. It doesn't fold, and publishing is the caller's, after `append` has resolved. The caller
 * holds the run's lock (J7).
 * Rules: J1 dense seq. J2 `append` resolves after fdatasync. J3 recovery cuts an unfinished commit and keeps its bytes beside
 *   (`*.cut-<n>`). J4 other damage: JournalDamaged names segment and byte. J6 chain. J8 DiskFull: the partial line is cut before
 *   anything else is written. J9 an entry names only blobs that are there.
 */
import { join } from 'node:path';
import { assert } from '../../base/assert.ts';
import { SerialQueue } from '../../base/queue.ts';
import type { Entry, EntryBody } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import type { Landmark } from '../../protocol/snapshot.ts';
import { blobRefsIn } from './blobRefs.ts';
import type { Blobs } from './blobs.ts';
import { JournalFailed } from './damage.ts';
import type { Disk, DiskFile } from './disk.ts';
import { DiskFull, isDiskFull, realDisk } from './disk.ts';
import { frameLine, sha256 } from './frame.ts';
import { JournalReader } from './reader.ts';
import { scanFrom, scanSegments, segmentName, type Scan, type Segment } from './scan.ts';
import type { StepIndex } from './stepIndex.ts';

export interface JournalOptions {
  readonly disk?: Disk;
  /** Where blobs that entries name must be (J9). */
  readonly blobs: Pick<Blobs, 'has'>;
  readonly segmentBytes?: number;
  /** Where a snapshot ends: what is before it is not read where the journal has that place. */
  readonly landmark?: Landmark;
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** All entries in order; those behind the landmark where it was `known`. */
  readonly entries: AsyncIterable<Entry>;
  /** The journal has the landmark: the snapshot that ends there may be gone on from. */
  readonly known: boolean;
  /** What recovery cut (J3): bytes, and the file that keeps them. */
  readonly cut?: { readonly bytes: number; readonly file: string };
}

export const journalFolder = (run: string) => join(run, 'journal');

/**
 * Opens the journal of a run directory, creates it when absent, checks every line of it, or from the landmark on, and cuts an
 * unfinished end.
 * @throws JournalDamaged (J4), DiskFull
 */
export async function openJournal(run: string, options: JournalOptions): Promise<OpenedJournal> {
  const disk = options.disk ?? realDisk;
  const folder = journalFolder(run);
  await disk.makeFolder(folder);
  await disk.syncFolder(run);
  const after = options.landmark && (await scanFrom(disk, folder, options.landmark));
  const scan = after ?? (await scanSegments(disk, folder));
  const cut = scan.tail ? await cutTail(disk, folder, scan, scan.tail) : undefined;
  if (!cut) await syncLast(disk, folder, scan);
  const journal = new Journal(folder, { ...options, disk }, scan);
  const known = after !== undefined && after !== null;
  const entries = journal.reader.read(known ? (options.landmark?.seq ?? 0) + 1 : 1);
  return { journal, entries, known, ...(cut && { cut }) };
}

/** J2: a process that was killed between writing and syncing left entries that are read here, and may not be durable yet. */
async function syncLast(disk: Disk, folder: string, scan: Scan): Promise<void> {
  const segment = scan.segments.at(-1);
  if (!segment) return;
  const file = await disk.openToAppend(join(folder, segment.name));
  await file.sync();
  await file.close();
  await disk.syncFolder(folder);
}

async function cutTail(disk: Disk, folder: string, scan: Scan, tail: Buffer) {
  const segment = scan.segments.at(-1);
  assert(segment, 'a tail stands in a segment');
  const path = join(folder, segment.name);
  const taken = new Set(await disk.list(folder));
  let n = 1;
  while (taken.has(`${segment.name}.cut-${String(n)}`)) n++;
  const kept = join(folder, `${segment.name}.cut-${String(n)}`);
  try {
    const copy = await disk.openToAppend(kept);
    await copy.append(tail);
    await copy.sync();
    await copy.close();
    await disk.syncFolder(folder);
    const file = await disk.openToAppend(path);
    await file.truncate(segment.bytes);
    await file.sync();
    await file.close();
  } catch (error) {
    throw isDiskFull(error) ? new DiskFull(kept, error) : error;
  }
  return { bytes: tail.length, file: kept };
}

export class Journal {
  /** What is durable in it. */
  readonly reader: JournalReader;
  private readonly folder: string;
  private readonly disk: Disk;
  private readonly blobs: Pick<Blobs, 'has'>;
  private readonly segmentBytes: number;
  private readonly segments: Segment[];
  private readonly queue = new SerialQueue();
  private readonly steps: StepIndex;
  private lastSeq: number;
  private prev: string;
  private lineBytes: number;
  private file: DiskFile | null = null;
  /** A failed append may have left a part of itself behind `segment.bytes`. */
  private partial = false;
  private failure: JournalFailed | null = null;
  private closed = false;

  /** Only `openJournal` makes one: it has checked what is there. */
  constructor(folder: string, options: JournalOptions & { readonly disk: Disk }, scan: Scan) {
    this.folder = folder;
    this.disk = options.disk;
    this.blobs = options.blobs;
    this.segmentBytes = options.segmentBytes ?? limits.segmentBytes;
    this.segments = scan.segments;
    this.lastSeq = scan.seq;
    this.prev = scan.prev;
    this.lineBytes = scan.lineBytes;
    this.steps = scan.steps;
    this.reader = new JournalReader(folder, this.disk, scan);
  }

  /** The last durable entry; 0 for none. */
  get seq(): number {
    return this.lastSeq;
  }

  /** How many segments are sealed: nothing is appended to them any more. */
  get sealed(): number {
    return Math.max(0, this.segments.length - 1);
  }

  /** The place behind the last durable entry. */
  landmark(): Landmark {
    const { lastSeq: seq, prev: digest, lineBytes } = this;
    const segments = this.segments.map(({ firstSeq, bytes }) => ({ firstSeq, bytes }));
    return { seq, digest, lineBytes, segments, steps: this.steps.toNumbers() };
  }

  /**
   * Numbers, chains and writes the bodies as one commit: all of them are durable when it resolves, or none is there after a
   * crash. Appends are serial.
   * @param at wall time, ms since the epoch
   * @throws DiskFull (may be tried again), JournalFailed (may not)
   */
  append(bodies: readonly EntryBody[], at: number): Promise<readonly Entry[]> {
    return this.queue.run(() => this.commit(bodies, at));
  }

  private async commit(bodies: readonly EntryBody[], at: number): Promise<readonly Entry[]> {
    assert(bodies.length > 0, 'a commit has an entry');
    assert(!this.closed, 'the journal is open');
    if (this.failure) throw this.failure;
    for (const ref of blobRefsIn(bodies))
      assert(await this.blobs.has(ref.digest), `J9: blob ${ref.digest} is stored before an entry names it`);
    const { entries, lines, prev } = this.compose(bodies, at);
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    let from = 0;
    try {
      const segment = await this.segmentForAppend();
      const file = this.file;
      assert(file, 'the segment is open');
      this.partial = true;
      await file.append(bytes);
      await file.sync();
      from = segment.bytes;
      segment.bytes += bytes.length;
      this.partial = false;
    } catch (error) {
      throw await this.fail(error);
    }
    this.indexSteps(entries, lines, from);
    this.lastSeq += bodies.length;
    this.prev = prev;
    this.lineBytes = Buffer.byteLength(lines.at(-1) ?? '');
    return entries;
  }

  private compose(bodies: readonly EntryBody[], at: number) {
    let prev = this.prev;
    const entries: Entry[] = [];
    const lines: string[] = [];
    bodies.forEach((body, index) => {
      const entry = { seq: this.lastSeq + 1 + index, at: Math.round(at), prev, ...body } as Entry;
      const line = frameLine(entry, index + 1, bodies.length);
      assert(
        line.length <= limits.lineOfEntryBytes,
        `an entry of ${String(line.length)} characters: large content goes into a blob`,
      );
      entries.push(entry);
      lines.push(line);
      prev = sha256(line);
    });
    return { entries, lines, prev };
  }

  private indexSteps(entries: readonly Entry[], lines: readonly string[], from: number): void {
    for (const [index, { type, seq, ...rest }] of entries.entries()) {
      if (type !== 'step.started' || !('step' in rest) || rest.step === null) continue;
      const offset = lines.slice(0, index).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, from);
      this.steps.add({ step: rest.step, seq, segment: this.segments.length - 1, offset });
    }
  }

  private async segmentForAppend(): Promise<Segment> {
    const last = this.segments.at(-1);
    if (last && last.bytes < this.segmentBytes) {
      this.file ??= await this.disk.openToAppend(join(this.folder, last.name));
      await this.cutPartial(last);
      return last;
    }
    if (last) await this.cutPartial(last);
    await this.file?.close();
    this.file = null;
    const segment: Segment = { name: segmentName(this.segments.length + 1), firstSeq: this.lastSeq + 1, bytes: 0 };
    this.file = await this.disk.openToAppend(join(this.folder, segment.name));
    await this.disk.syncFolder(this.folder);
    this.segments.push(segment);
    return segment;
  }

  private async cutPartial(segment: Segment): Promise<void> {
    if (!this.partial || !this.file) return;
    await this.file.truncate(segment.bytes);
    await this.file.sync();
    this.partial = false;
  }

  /** J8: cuts what the failed append left as soon as that works; another failure than a full disk is final. */
  private async fail(error: unknown): Promise<Error> {
    const segment = this.segments.at(-1);
    const path = join(this.folder, segment?.name ?? segmentName(1));
    if (isDiskFull(error)) {
      // When even the cut fails now, `partial` stays set and the next append cuts first.
      if (segment) await this.cutPartial(segment).catch(() => undefined);
      return new DiskFull(path, error);
    }
    this.failure = new JournalFailed(
      `The journal could not be written: ${path}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
    return this.failure;
  }

  /** Ends after the appends asked for so far. */
  async close(): Promise<void> {
    await this.queue.run(async () => {
      this.closed = true;
      await this.file?.close();
      this.file = null;
    });
  }
}

/** Checks the chain without opening for writing; hands each entry over and tells what there was. @throws JournalDamaged */
export async function walkJournal(run: string, disk: Disk, onEntry: (entry: Entry) => Promise<void>): Promise<Walked> {
  const folder = journalFolder(run);
  const scan = await scanSegments(disk, folder);
  for await (const entry of new JournalReader(folder, disk, scan).read()) await onEntry(entry);
  const { seq: entries, segments, steps, tail } = scan;
  return { entries, segments, steps: steps.toNumbers(), unfinishedBytes: tail?.length ?? 0 };
}

export interface Walked {
  readonly entries: number;
  readonly segments: readonly Segment[];
  /** As the step index has them. */
  readonly steps: readonly number[];
  readonly unfinishedBytes: number;
}
