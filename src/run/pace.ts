/** Job: the shape of what a throttle remembers of the calls that were made. Boundary: data only; throttle.ts makes and reads it. */

export interface PacedCall {
  /** When it was asked, ms since the epoch. */
  readonly at: number;
  /** 0 until it was answered. */
  readonly usd: number;
  readonly tokens: number;
}

/** The calls of the last hour, oldest first, at most limits.callsInPace; none where nothing is throttled. */
export interface Pace {
  readonly calls: readonly PacedCall[];
  /** The supervisor resumed in spite of the throttle: it holds nothing back before this time. */
  readonly liftedUntil: number;
}

export const noPace: Pace = { calls: [], liftedUntil: 0 };
