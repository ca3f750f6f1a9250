/**
 * Job: the shape of a row between the steps of the log.
 * Boundary: types only; `happening.ts` makes them of entries.
 */

export type HappeningKind =
  | 'redirect'
  | 'withdraw'
  | 'accept'
  | 'refused'
  | 'rollback'
  | 'edit'
  | 'reject'
  | 'pause'
  | 'wait'
  | 'resume'
  | 'limits'
  | 'look'
  | 'stop'
  | 'engine'
  | 'thin'
  | 'flag'
  | 'stall'
  | 'context';

/** What came between the steps, mostly from the supervisor: a row of the log. */
export interface Happening {
  /** Of the entry that it is. */
  readonly seq: number;
  readonly at: number;
  readonly kind: HappeningKind;
  /** Who did it, as the entry says; null: the run itself. */
  readonly by: string | null;
  /** In words, at most limits.happeningChars. */
  readonly text: string;
  /** Where the workspace stood, or what it came to. */
  readonly checkpoint: number | null;
  /** Its entry has a summary that can be read. */
  readonly summary?: true;
}
