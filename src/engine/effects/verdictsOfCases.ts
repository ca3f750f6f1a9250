/** Job: the verdicts of a verification, case by case, as its blob holds them. */
import type { BlobRef, VerdictKind } from '../../run/entry.ts';
import { verdictsIn } from '../../run/report/caseHistory.ts';
import type { Blobs } from '../journal/blobs.ts';

export interface VerdictOfCase {
  readonly id: string;
  readonly verdict: VerdictKind;
  /** Run beside the draw of a sample: not in its counts. */
  readonly beside?: true;
}

/** In the order of the suite. @throws where they are no verdicts */
export async function readVerdicts(
  blobs: Pick<Blobs, 'getBlob'>,
  { digest }: BlobRef,
): Promise<readonly VerdictOfCase[]> {
  const verdicts = verdictsIn((await blobs.getBlob(digest)).toString('utf8'));
  if (verdicts === null) throw new Error(`the verdicts in blob ${digest} can't be read`);
  return verdicts;
}
