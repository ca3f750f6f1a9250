/**
 * Job: what the verifier says of a checkpoint, and the verdicts of a verification as its blob holds them.
 * Boundary: shapes, and reading.
 */
import type {
  BlobRef,
  BuildOutcome,
  CaseIsolation,
  TagCounts,
  VerdictCounts,
  VerdictKind,
  VerificationCost,
} from '../../run/entry.ts';
import { verdictsIn } from '../../run/report/caseHistory.ts';
import type { Blobs } from '../journal/blobs.ts';

export interface VerdictOfCase {
  readonly id: string;
  readonly verdict: VerdictKind;
  /** Run beside the draw of a sample: not in its counts. */
  readonly beside?: true;
}

export interface VerifierResult {
  /** Of a sample: of the cases drawn. */
  readonly counts: VerdictCounts;
  readonly total: number;
  /** Cases of the suite where only a sample of them was run. */
  readonly of?: number;
  readonly build: BuildOutcome;
  readonly cases: readonly VerdictOfCase[];
  readonly tags: readonly TagCounts[];
  readonly isolation?: CaseIsolation;
  /** Absent: not measured. */
  readonly cost?: VerificationCost;
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
