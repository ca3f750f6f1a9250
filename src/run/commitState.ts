/**
 * Job: the shape of a commit on the supervisor's branch, begun or made, as the state keeps it.
 * Boundary: data only; a part of state.ts.
 */
import type { CommitAccepts, Shown } from './entry.ts';

export interface CommitInProgress {
  readonly branch: string;
  readonly parent: string | null;
  readonly files: number;
  readonly accepts: CommitAccepts;
  readonly by: string;
  readonly shown: Shown;
}

export interface FinishedCommit {
  readonly commit: string;
  readonly branch: string;
  readonly parent: string | null;
  readonly files: number;
  /** The seq of the acceptance that it was made with; null: that was no longer possible. */
  readonly acceptance: number | null;
}
