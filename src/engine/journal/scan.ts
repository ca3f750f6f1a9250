/**
 * Job: read the segments of a journal, check each line, and say where it ends; from its first line, or from a landmark on.
 * Boundary: reads only; what is done about an unfinished end is journal.ts's.
 * Rules: J1, J3, J4, J6. A landmark is believed only where the journal has that very line at that very place and all segments
 *   before it are as long as it says; otherwise every line is read. What it lets pass is checked in the background and by
 *   verify-audit.
 */
import { join } from 'node:path';
import { noPrev } from '../../run/entry.ts';
import type { Landmark } from '../../protocol/snapshot.ts';
import { JournalDamaged } from './damage.ts';
import type { Disk } from './disk.ts';
import { judgeTail, pieces, readLine } from './frame.ts';
import { StepIndex, stepStartedIn } from './stepIndex.ts';

export interface Segment {
  readonly name: string;
  readonly firstSeq: number;
  bytes: number;
}

/** The end of what is read so far. */
export interface End {
  readonly seq: number;
  /** Digest of the last line. */
  readonly prev: string;
  /** Bytes of that line, without LF. */
  readonly lineBytes: number;
}

export interface Scan extends End {
  readonly segments: Segment[];
  readonly steps: StepIndex;
  /** Bytes behind the last finished commit, in the last segment. */
  readonly tail: Buffer | null;
}

export const segmentName = (n: number) => `${String(n).padStart(6, '0')}.jsonl`;
const segmentPattern = /^\d{6}\.jsonl$/;

/** Null: the landmark is none of this journal. */
export async function scanFrom(disk: Disk, folder: string, landmark: Landmark): Promise<Scan | null> {
  const names = await segmentNames(disk, folder);
  if (!(await isAt(disk, folder, landmark))) return null;
  const known = landmark.segments.map(({ firstSeq, bytes }, index) => ({
    name: segmentName(index + 1),
    firstSeq,
    bytes,
  }));
  const steps = new StepIndex();
  steps.reset(landmark.steps);
  const { seq, digest: prev, lineBytes } = landmark;
  return scanOn(disk, folder, names, { segments: known, steps, seq, prev, lineBytes });
}

/** Reads and checks all segments without changing anything. @throws JournalDamaged */
export async function scanSegments(disk: Disk, folder: string): Promise<Scan> {
  const names = await segmentNames(disk, folder);
  return scanOn(disk, folder, names, { segments: [], steps: new StepIndex(), seq: 0, prev: noPrev, lineBytes: 0 });
}

async function segmentNames(disk: Disk, folder: string): Promise<readonly string[]> {
  const names = (await disk.list(folder)).filter((name) => segmentPattern.test(name));
  for (const [index, name] of names.entries()) {
    if (name !== segmentName(index + 1))
      throw new JournalDamaged(name, 0, `segment ${segmentName(index + 1)} is missing`);
  }
  return names;
}

async function isAt(disk: Disk, folder: string, { segments, seq, digest, lineBytes }: Landmark): Promise<boolean> {
  for (const [index, { bytes }] of segments.entries()) {
    const size = await disk.size(join(folder, segmentName(index + 1)));
    const isLast = index === segments.length - 1;
    if (size === null || (isLast ? size < bytes : size !== bytes)) return false;
    if (!isLast) continue;
    const from = bytes - lineBytes - 1;
    if (from < 0) return false;
    const line = readLine(await disk.readPart(join(folder, segmentName(index + 1)), from, lineBytes));
    return line !== null && line.digest === digest && line.seq === seq && line.k === line.n;
  }
  return false;
}

/** Goes on behind what is known, in its last segment first. */
async function scanOn(disk: Disk, folder: string, names: readonly string[], known: Omit<Scan, 'tail'>): Promise<Scan> {
  const { steps } = known;
  const segments = [...known.segments];
  let end: End = known;
  let tail: Buffer | null = null;
  const first = Math.max(0, segments.length - 1);
  for (const [index, name] of names.entries()) {
    if (index < first) continue;
    const from = segments[index]?.bytes ?? 0;
    const bytes = await disk.readPart(join(folder, name), from, Infinity);
    const firstSeq = segments[index]?.firstSeq ?? end.seq + 1;
    const scan = scanSegment({ name, index, from, bytes, isLast: index === names.length - 1 }, end, steps);
    segments[index] = { name, firstSeq, bytes: from + scan.end };
    if (scan.end < bytes.length) tail = bytes.subarray(scan.end);
    end = scan;
  }
  return { segments, steps, seq: end.seq, prev: end.prev, lineBytes: end.lineBytes, tail };
}

interface Part {
  readonly name: string;
  readonly index: number;
  /** Offset of `bytes` in the segment. */
  readonly from: number;
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** Follows the chain through one segment; `end` is the offset in `bytes` behind its last finished commit. */
function scanSegment(part: Part, before: End, steps: StepIndex): End & { readonly end: number } {
  const { name, index, from, bytes } = part;
  let good = { seq: before.seq, prev: before.prev, lineBytes: before.lineBytes, end: 0 };
  let { seq, prev } = before;
  let k = 0;
  let begun: Parameters<StepIndex['add']>[0][] = [];
  for (const piece of pieces(bytes)) {
    const line = piece.ended ? readLine(piece.bytes) : null;
    if (!line) return unfinished(part, good);
    const at = from + piece.offset;
    if (line.prev !== prev)
      throw new JournalDamaged(name, at, `entry ${String(line.seq)} doesn't continue the one before it`);
    if (line.seq !== seq + 1) throw new JournalDamaged(name, at, `entry ${String(seq + 1)} is missing`);
    if (line.k !== k + 1) throw new JournalDamaged(name, at, `entry ${String(line.seq)} is not in its commit`);
    seq = line.seq;
    prev = line.digest;
    k = line.k === line.n ? 0 : line.k;
    const step = stepStartedIn(line.json);
    if (step !== null) begun.push({ step, seq, segment: index, offset: at });
    if (k !== 0) continue;
    good = { seq, prev, lineBytes: piece.bytes.length, end: piece.offset + piece.bytes.length + 1 };
    for (const place of begun) steps.add(place);
    begun = [];
  }
  return k === 0 ? good : unfinished(part, good);
}

function unfinished<T extends { seq: number; end: number }>({ name, from, bytes, isLast }: Part, good: T): T {
  if (!isLast)
    throw new JournalDamaged(
      name,
      from + good.end,
      `entry ${String(good.seq + 1)} is broken and later segments follow`,
    );
  const damage = judgeTail(bytes, good.end, good.seq + 1, from);
  if (damage) throw new JournalDamaged(name, from + damage.offset, damage.problem);
  return good;
}
