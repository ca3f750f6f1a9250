/**
 * Job: the shapes of calls of the model: why one failed, one on its way, how often it was tried.
 * Boundary: types only, and a leaf: entries and state are made of them.
 */

export type ModelFailureKind =
  | 'key-missing'
  | 'key-wrong'
  | 'rate-limited'
  | 'unreachable'
  | 'server-error'
  | 'cut'
  | 'silent'
  | 'interrupted'
  | 'rejected'
  | 'unknown-model'
  | 'too-long'
  | 'not-recorded'
  | 'no-consent'
  | 'empty';

/** What is reserved for a call that was made and has no outcome yet. */
export interface CallOnItsWay {
  readonly attempt: number;
  readonly reservedUsd: number;
  readonly reservedTokens: number;
  readonly since: number;
}

/** How often a call failed, and when it is tried again. */
export interface CallAttempts {
  readonly failures: number;
  /** How often the run was parked in a row and went on by itself, only to fail again. */
  readonly parks: number;
  readonly retry: CallRetry | null;
}

export interface CallRetry {
  readonly kind: ModelFailureKind;
  readonly message: string;
  readonly at: number;
  /** The call is known not to have been billed. */
  readonly free: boolean;
}
