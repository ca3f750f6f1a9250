/**
 * Job: write the snapshot of a run, and read it back where it can be believed so far.
 * Boundary: one file; whether the journal really holds what the snapshot ends at is checked by `openJournal`, and what it says by
 *   checkSnapshot.ts.
 * Rules: disposable: a failed write is let go, a torn file has another digest.
 */
import { hash } from 'node:crypto';
import type { Disk } from './disk.ts';
import { realDisk } from './disk.ts';
import { snapshotFile, snapshotLines, snapshotOf, type Snapshot } from '../../protocol/snapshot.ts';

const digestBytes = 64;

/** Null: there is none, it is torn, or of other folds. */
export async function readSnapshot(run: string, disk: Disk = realDisk): Promise<Snapshot | null> {
  const file = snapshotFile(run);
  if ((await disk.size(file)) === null) return null;
  const bytes = await disk.read(file);
  const body = bytes.subarray(digestBytes + 1);
  if (bytes.toString('latin1', 0, digestBytes) !== hash('sha256', body, 'hex')) return null;
  return snapshotOf(linesIn(body));
}

/** Replaces the snapshot at once or not at all; only its speed is lost with it. */
export async function writeSnapshot(run: string, snapshot: Snapshot, disk: Disk = realDisk): Promise<void> {
  const body = Buffer.concat([...snapshotLines(snapshot)].map((line) => Buffer.from(`${line}\n`, 'utf8')));
  const file = snapshotFile(run);
  const temporary = `${file}.new`;
  await disk.remove(temporary);
  const written = await disk.openToAppend(temporary);
  try {
    await written.append(Buffer.from(`${hash('sha256', body, 'hex')}\n`, 'latin1'));
    await written.append(body);
  } finally {
    await written.close();
  }
  await disk.rename(temporary, file);
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
