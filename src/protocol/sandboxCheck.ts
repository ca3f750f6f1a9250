/**
 * Job: what a self-test of the sandbox found, as it goes from the engine's process to window and command line, and is kept.
 * Boundary: types and places; the attacks are the engine's.
 */

/** `not tried`: what it needs is not on this machine. `flagged`: not prevented, but found and told before it can do harm. */
export type AttackOutcome = 'blocked' | 'flagged' | 'through' | 'not tried';

export interface TriedAttack {
  readonly name: string;
  readonly group: string;
  /** What of Belay stops it, a phrase. */
  readonly stoppedBy: string;
  /** `through` only for what nothing can hide: the names in the table of mounts. */
  readonly expected: Exclude<AttackOutcome, 'not tried'>;
  readonly outcome: AttackOutcome;
  /** Why it could not be tried, where that was a failure. */
  readonly why?: string;
}

export interface SandboxCheck {
  readonly passed: boolean;
  /** Such as "bubblewrap 0.8.0". */
  readonly sandbox: string;
  readonly attacks: readonly TriedAttack[];
  /** What speaks against the seal before an attack is made, one sentence each without a full stop. */
  readonly reasons: readonly string[];
}
