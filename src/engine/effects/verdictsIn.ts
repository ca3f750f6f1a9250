/** Job: the verdicts of a verification, case by case, as its blob holds them. */
import type { BlobRef, VerdictKind } from '../../run/entry.ts';
import type { Blobs } from '../journal/blobs.ts';

export interface VerdictOfCase {
  readonly id: string;
  readonly verdict: VerdictKind;
  /** Run beside the draw of a sample: not in its counts. */
  readonly beside?: true;
}

/** In the order of the suite. */
export async function verdictsIn(
  blobs: Pick<Blobs, 'getBlob'>,
  { digest }: BlobRef,
): Promise<readonly VerdictOfCase[]> {
  const lines = (await blobs.getBlob(digest)).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as VerdictOfCase);
}
