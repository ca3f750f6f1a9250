/**
 * Job: write the snapshot of a run, and read it back where it can be believed so far.
 * Boundary: its files; whether the journal really holds what the snapshot ends at is checked by `openJournal`, and what it says by
 *   checkSnapshot.ts.
 * Rules: disposable: a failed write is let go, a torn file has another digest. A write costs what changed since the one before,
 *   not what the run has folded in weeks.
 */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { realDisk } from './disk.ts';
import { sha256 } from './frame.ts';
import {
  snapshotFile,
  snapshotLines,
  snapshotOf,
  snapshotPartsFolder,
  type Snapshot,
  type SnapshotPiece,
} from '../../protocol/snapshot.ts';

const digestBytes = 64;
const digestPattern = /^[0-9a-f]{64}$/;

/** Null: there is none, it is torn, or of other folds. */
export async function readSnapshot(run: string, disk: Disk = realDisk): Promise<Snapshot | null> {
  const file = snapshotFile(run);
  if ((await disk.size(file)) === null) return null;
  const bytes = await disk.read(file);
  const body = bytes.subarray(digestBytes + 1);
  const digest = bytes.toString('latin1', 0, digestBytes);
  if (digest !== sha256(body)) return null;
  const snapshot = await snapshotOf(linesIn(body), (part) => partText(run, part, disk));
  if (snapshot !== null || (await isStill(run, digest, disk))) return snapshot;
  return readSnapshot(run, disk); // it was replaced while it was read, and its parts went
}

async function isStill(run: string, digest: string, disk: Disk): Promise<boolean> {
  const file = snapshotFile(run);
  if ((await disk.size(file)) === null) return true;
  return (await disk.readPart(file, 0, digestBytes)).toString('latin1') === digest;
}

async function partText(run: string, digest: string, disk: Disk): Promise<string | null> {
  const file = join(snapshotPartsFolder(run), digest);
  if (!digestPattern.test(digest) || (await disk.size(file)) === null) return null;
  const bytes = await disk.read(file);
  return sha256(bytes) === digest ? bytes.toString('utf8') : null;
}

/** A full piece that stands in a file. */
interface KeptPiece {
  readonly items: readonly unknown[];
  readonly digest: string;
}

/** Writes the snapshots of one run, one after the other. */
export class SnapshotWriter {
  private readonly run: string;
  private readonly disk: Disk;
  /** By list and number. */
  private kept = new Map<string, KeptPiece>();

  constructor(run: string, disk: Disk = realDisk) {
    this.run = run;
    this.disk = disk;
  }

  /** Replaces the snapshot at once or not at all; only its speed is lost with it. What it says is taken before the first wait. */
  async write(snapshot: Snapshot): Promise<void> {
    const { disk } = this;
    const [kept, fresh] = [new Map(this.kept), new Map<string, string>()];
    const named = new Set<string>();
    const keptAs = (piece: SnapshotPiece) => {
      if (!piece.full) return null;
      const digest = keep(piece, kept, fresh);
      named.add(digest);
      return digest;
    };
    const lines = [...snapshotLines(snapshot, undefined, keptAs)];
    const body = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
    const folder = snapshotPartsFolder(this.run);
    await disk.makeFolder(folder);
    for (const [digest, text] of fresh) await this.replace(join(folder, digest), [Buffer.from(text, 'utf8')]);
    await this.replace(snapshotFile(this.run), [Buffer.from(`${sha256(body)}\n`, 'latin1'), body]);
    for (const [place, { digest }] of kept) if (!named.has(digest)) kept.delete(place);
    this.kept = kept;
    for (const name of await disk.list(folder)) if (!named.has(name)) await disk.remove(join(folder, name));
  }

  private async replace(file: string, parts: readonly Buffer[]): Promise<void> {
    const { disk } = this;
    const temporary = `${file}.new`;
    await disk.remove(temporary);
    const written = await disk.openToAppend(temporary);
    try {
      for (const bytes of parts) await written.append(bytes);
      await written.sync(); // so that a reboot leaves it, or the one before
    } finally {
      await written.close();
    }
    await disk.rename(temporary, file);
  }
}

/** The digest of a full piece's file; `fresh` gets the text of one that has none yet. */
function keep(
  { list, number, items }: SnapshotPiece,
  kept: Map<string, KeptPiece>,
  fresh: Map<string, string>,
): string {
  const place = `${list} ${String(number)}`;
  const known = kept.get(place);
  // Facts are not changed in place: the same items are the same text.
  if (known !== undefined && items.every((item, index) => item === known.items[index])) return known.digest;
  const text = JSON.stringify(items);
  const digest = sha256(text);
  fresh.set(digest, text);
  kept.set(place, { items, digest });
  return digest;
}

export async function dropSnapshot(run: string, disk: Disk = realDisk): Promise<void> {
  await disk.remove(snapshotFile(run));
}

function* linesIn(body: Buffer): Generator<string> {
  for (let from = 0; from < body.length;) {
    const end = body.indexOf(0x0a, from);
    const stop = end < 0 ? body.length : end;
    yield body.toString('utf8', from, stop);
    from = stop + 1;
  }
}
