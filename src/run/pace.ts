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
  /** The supervisor resumed in spite of the throttle: what held the run back longest then holds nothing back before this time. */
  readonly lifted?: Readonly<Partial<Record<HoldKind, number>>>;
}

/** By calls, dollars or tokens within a while; by what waits for review; by the hour of the day. */
export type HoldKind = 'rate' | 'review' | 'hour';

export const noPace: Pace = { calls: [] };
