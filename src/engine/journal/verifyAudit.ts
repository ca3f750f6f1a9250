/**
 * Job: check a whole run directory's journal: chain of every segment, presence and content of every blob that it names.
 * Boundary: reads only; safe beside a living engine (an unfinished last line is reported, not cut).
 * Rules: J4 names what is damaged and where; J6; J9.
 */
import { messageOf } from '../../base/assert.ts';
import type { Audit } from '../../protocol/places.ts';
import type { Entry } from '../../run/entry.ts';
import { blobRefsIn } from './blobRefs.ts';
import { Blobs } from './blobs.ts';
import type { Disk } from './disk.ts';
import { realDisk } from './disk.ts';
import { JournalDamaged } from './damage.ts';
import { walkJournal } from './journal.ts';

/** @param follow is told each entry */
export async function verifyAudit(
  run: string,
  follow: (entry: Entry) => void = () => undefined,
  disk: Disk = realDisk,
): Promise<Audit> {
  let checkpoints = 0;
  const blobs = new Blobs(run, disk);
  const seen = new Set<string>();
  const problems: string[] = [];
  try {
    const { entries, segments, unfinishedBytes } = await walkJournal(run, disk, async (entry) => {
      follow(entry);
      if (entry.type === 'checkpoint.created') checkpoints += 1;
      if (entry.type === 'checkpoints.thinned') checkpoints -= entry.checkpoints.length;
      for (const { digest, bytes } of blobRefsIn(entry)) {
        if (seen.has(digest)) continue;
        seen.add(digest);
        const problem = await checkBlob(blobs, digest, bytes);
        if (problem) problems.push(`entry ${String(entry.seq)} (${entry.type}): ${problem}`);
      }
    });
    const told = { entries, segments: segments.length, unfinishedBytes, blobs: seen.size, checkpoints, problems };
    return { ok: problems.length === 0, ...told };
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw error;
    return {
      ok: false,
      entries: 0,
      segments: 0,
      blobs: seen.size,
      checkpoints,
      unfinishedBytes: 0,
      problems: [...problems, error.message],
    };
  }
}

async function checkBlob(blobs: Blobs, digest: string, bytes: number): Promise<string | null> {
  try {
    const content = await blobs.getBlob(digest);
    return content.length === bytes ? null : `blob ${digest} has ${String(content.length)} bytes, not ${String(bytes)}`;
  } catch (error) {
    return messageOf(error);
  }
}
