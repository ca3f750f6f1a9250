/**
 * Job: the fragments that stream while a call runs, until its entry makes them durable or void, and the signs of life.
 * Boundary: types only.
 */
import type { SuiteName } from './entry.ts';

/** When each part was heard of last, ms since the epoch by the engine's clock; null: not yet. Whether it still works is the state's to say. */
export interface Signs {
  /** When the engine told this: its own sign of life. */
  readonly at: number;
  readonly pid: number;
  /** The newest byte of the model's stream. */
  readonly modelAt: number | null;
  /** The newest output of a tool. */
  readonly toolAt: number | null;
  readonly verdictAt: number | null;
  /** How far the verification has come that gave the newest verdict. */
  readonly verified: { readonly done: number; readonly total: number } | null;
  /** How long a command may take that does not say so itself. */
  readonly commandMs: number;
}

/** Ephemeral streaming fragments: only the new text, never durable, may be dropped. */
export type Delta =
  | { readonly kind: 'text'; readonly step: number; readonly text: string }
  | { readonly kind: 'output'; readonly step: number; readonly callId: string; readonly text: string }
  | {
      readonly kind: 'verification';
      readonly checkpoint: number;
      readonly suite: SuiteName;
      readonly done: number;
      readonly total: number;
      /** true: it begins when what the agent runs has ended; false: it waits no more. */
      readonly waits?: boolean;
    }
  /** At most one a second while something new was heard, and now and then when nothing was. */
  | { readonly kind: 'signs'; readonly signs: Signs };
