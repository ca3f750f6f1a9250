/**
 * Job: what the journal says of the recording that a run plays.
 * Boundary: types only.
 */
export interface RecordingFacts {
  /** Answers that it holds. */
  readonly steps: number;
  /** The content digest of the workspace at its end. */
  readonly endDigest: string;
  /** False: what the reference said is played too. */
  readonly referenceInstalled: boolean;
}
