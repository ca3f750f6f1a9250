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
import { noPrev } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { blobRefsIn } from './blobRefs.ts';
import type { Blobs } from './blobs.ts';
import type { Disk, DiskFile } from './disk.ts';
import { DiskFull, isDiskFull, realDisk } from './disk.ts';
import { frameLine, judgeTail, pieces, readLine, sha256 } from './frame.ts';

/** The journal says something that no torn write explains. Nothing is skipped and nothing is changed (J4). */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
  readonly segment: string;
  /** Offset of the broken line in the segment, bytes. */
  readonly offset: number;

  constructor(segment: string, offset: number, problem: string) {
    super(
      `The journal is damaged: ${segment}, byte ${String(offset)}: ${problem}. Nothing was changed; restore the file from a backup.`,
    );
    this.segment = segment;
    this.offset = offset;
  }
}

/** Writing failed for another reason than a full disk; this journal takes no more entries. */
export class JournalFailed extends Error {
  override readonly name = 'JournalFailed';
}

export interface JournalOptions {
  readonly disk?: Disk;
  /** Where blobs that entries name must be (J9). */
  readonly blobs: Pick<Blobs, 'has'>;
  readonly segmentBytes?: number;
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** All entries in order. */
  readonly entries: AsyncIterable<Entry>;
  /** What recovery cut (J3): bytes, and the file that keeps them. */
  readonly cut?: { readonly bytes: number; readonly file: string };
}

interface Segment {
  readonly name: string;
  readonly firstSeq: number;
  bytes: number;
}

interface Scan {
  readonly segments: Segment[];
  readonly seq: number;
  readonly prev: string;
  /** Bytes behind the last finished commit, in the last segment. */
  readonly tail: Buffer | null;
}

const segmentName = (n: number) => `${String(n).padStart(6, '0')}.jsonl`;
const segmentPattern = /^\d{6}\.jsonl$/;
export const journalFolder = (run: string) => join(run, 'journal');

/**
 * Opens the journal of a run directory, creates it when absent, checks every line of it and cuts an unfinished end.
 * @throws JournalDamaged (J4), DiskFull
 */
export async function openJournal(run: string, options: JournalOptions): Promise<OpenedJournal> {
  const disk = options.disk ?? realDisk;
  const folder = journalFolder(run);
  await disk.makeFolder(folder);
  await disk.syncFolder(run);
  const scan = await scanSegments(disk, folder);
  const cut = scan.tail ? await cutTail(disk, folder, scan, scan.tail) : undefined;
  if (!cut) await syncLast(disk, folder, scan);
  const journal = new Journal(folder, { ...options, disk }, scan);
  return { journal, entries: journal.read(), ...(cut && { cut }) };
}

/** Reads and checks all segments without changing anything. */
async function scanSegments(disk: Disk, folder: string): Promise<Scan> {
  const names = (await disk.list(folder)).filter((name) => segmentPattern.test(name));
  const segments: Segment[] = [];
  let last = { seq: 0, prev: noPrev };
  let tail: Buffer | null = null;
  for (const [index, name] of names.entries()) {
    if (name !== segmentName(index + 1))
      throw new JournalDamaged(name, 0, `segment ${segmentName(index + 1)} is missing`);
    const bytes = await disk.read(join(folder, name));
    const scan = scanSegment(name, bytes, last, index === names.length - 1);
    segments.push({ name, firstSeq: last.seq + 1, bytes: scan.end });
    if (scan.end < bytes.length) tail = bytes.subarray(scan.end);
    last = scan;
  }
  return { segments, ...last, tail };
}

/** Follows the chain through one segment; `end` is the offset behind its last finished commit. */
function scanSegment(name: string, bytes: Buffer, before: { seq: number; prev: string }, isLast: boolean) {
  let good = { ...before, end: 0 };
  let { seq, prev } = before;
  let k = 0;
  for (const piece of pieces(bytes)) {
    const line = piece.ended ? readLine(piece.bytes) : null;
    if (!line) return unfinished(name, bytes, good, isLast);
    if (line.prev !== prev)
      throw new JournalDamaged(name, piece.offset, `entry ${String(line.seq)} doesn't continue the one before it`);
    if (line.seq !== seq + 1) throw new JournalDamaged(name, piece.offset, `entry ${String(seq + 1)} is missing`);
    if (line.k !== k + 1)
      throw new JournalDamaged(name, piece.offset, `entry ${String(line.seq)} is not in its commit`);
    seq = line.seq;
    prev = line.digest;
    k = line.k === line.n ? 0 : line.k;
    if (k === 0) good = { seq, prev, end: piece.offset + piece.bytes.length + 1 };
  }
  return k === 0 ? good : unfinished(name, bytes, good, isLast);
}

function unfinished<T extends { seq: number; end: number }>(name: string, bytes: Buffer, good: T, isLast: boolean): T {
  if (!isLast)
    throw new JournalDamaged(name, good.end, `entry ${String(good.seq + 1)} is broken and later segments follow`);
  const damage = judgeTail(bytes, good.end, good.seq + 1);
  if (damage) throw new JournalDamaged(name, damage.offset, damage.problem);
  return good;
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
  private readonly folder: string;
  private readonly disk: Disk;
  private readonly blobs: Pick<Blobs, 'has'>;
  private readonly segmentBytes: number;
  private readonly segments: Segment[];
  private readonly queue = new SerialQueue();
  private lastSeq: number;
  private prev: string;
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
  }

  /** The last durable entry; 0 for none. */
  get seq(): number {
    return this.lastSeq;
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
    const { entries, bytes, prev } = this.compose(bodies, at);
    try {
      const segment = await this.segmentForAppend();
      const file = this.file;
      assert(file, 'the segment is open');
      this.partial = true;
      await file.append(bytes);
      await file.sync();
      segment.bytes += bytes.length;
      this.partial = false;
    } catch (error) {
      throw await this.fail(error);
    }
    this.lastSeq += bodies.length;
    this.prev = prev;
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
      lines.push(line, '\n');
      prev = sha256(line);
    });
    return { entries, bytes: Buffer.from(lines.join(''), 'utf8'), prev };
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

  /** Durable entries from `fromSeq` on, in order, up to what is durable when a segment is read. */
  async *read(fromSeq = 1): AsyncGenerator<Entry> {
    let next = fromSeq;
    for (let index = 0; index < this.segments.length; index++) {
      const segment = this.segments[index];
      const after = this.segments[index + 1];
      if (!segment || (after && after.firstSeq <= next)) continue;
      const bytes = (await this.disk.read(join(this.folder, segment.name))).subarray(0, segment.bytes);
      for (const piece of pieces(bytes)) {
        const line = readLine(piece.bytes);
        if (!line) throw new JournalDamaged(segment.name, piece.offset, 'the line changed after it was checked');
        if (line.seq < next) continue;
        yield JSON.parse(line.json) as Entry;
        next = line.seq + 1;
      }
    }
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

/** Checks the chain without opening for writing; returns the entries' count and hands each over. @throws JournalDamaged */
export async function walkJournal(run: string, disk: Disk, onEntry: (entry: Entry) => Promise<void>) {
  const scan = await scanSegments(disk, journalFolder(run));
  const journal = new Journal(journalFolder(run), { disk, blobs: { has: () => Promise.resolve(true) } }, scan);
  for await (const entry of journal.read()) await onEntry(entry);
  return { entries: scan.seq, segments: scan.segments.length, unfinishedBytes: scan.tail?.length ?? 0 };
}
