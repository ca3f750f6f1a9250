/**
 * Job: the fragments that stream while a call runs, until its entry makes them durable or void.
 * Boundary: types only.
 */
import type { SuiteName } from './entry.ts';

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
    };
