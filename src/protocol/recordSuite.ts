/**
 * Job: what a client and the process that records a suite say to each other: `main.mjs --record-suite <RecordRequest as JSON>`
 *   prints one RecordMessage a line, the last one with the end; SIGTERM cancels it, and nothing is written then.
 * Boundary: types only.
 */
import type { RecordSummary } from '../run/suiteMaking/summary.ts';

export interface RecordRequest {
  /** Only its reference, documents, toolchains and visible suite are read; the rest need not be written yet. */
  readonly taskFile: string;
  /** The folder of the task. */
  readonly workspace: string;
  /** A file of inputs; null: none. */
  readonly inputs: string | null;
  /** How many cases are wanted in each of the two suites. */
  readonly cases: number;
  /**
   * The same seed makes the same questions. null: they are drawn in secret, as they have to be for a run: an agent that knows the
   * seed and Belay's code can make the held-out questions too, and ask the reference about them.
   */
  readonly seed: number | null;
  /** Where the suites go, absolute; null: as the task names them, else in the folder's tests and beside the folder. */
  readonly visible: string | null;
  readonly heldOut: string | null;
  /** Whether files that are there may be replaced. */
  readonly replace: boolean;
}

export type RecordMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'recorded'; readonly summary: RecordSummary }
  /** Nothing was written; the message is for a person. `exists`: because of these files. */
  | { readonly kind: 'refused'; readonly message: string; readonly exists?: readonly string[] };
