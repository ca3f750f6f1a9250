/** Job: the only source of time that the engine's logic may ask, so that a simulation can hold the hands. */

export interface Clock {
  /** Wall time, ms since the epoch. */
  now(): number;
  /** Ms since some moment, while the machine is awake; nobody can set it. */
  awake(): number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignalLike): Promise<void>;
}

/** The part of AbortSignal that layers without DOM and node types need. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
