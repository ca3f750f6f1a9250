/**
 * Job: when a run that its provider holds up goes on by itself: at the reset of a usage limit, or again and again while an
 * outage lasts, further apart each time.
 * Boundary: pure. The calls within a step, seconds apart, are `decide`'s; this begins where those have an end.
 * Rules: B3 at most limits.parksInRow in a row, none longer than limits.parkedMostMs; then somebody has to look. B1 what may
 *   have been billed is not asked again by itself.
 */
import { limits } from './limits.ts';
import type { CallAttempts } from './modelFacts.ts';
import type { Paused } from './state.ts';

/**
 * A provider that names a time beyond what a retry waits for: until then, in ms since the epoch. null: a retry does.
 * @param retryAt when it may be asked again
 */
export function parkedUntilReset(retryAt: number | undefined, now: number): number | null {
  if (retryAt === undefined || retryAt - now <= limits.modelRetryMostMs) return null;
  return Math.min(retryAt, now + limits.parkedMostMs);
}

/** After the last retry of a step: when it is tried again; null: not by itself. */
export function parkedUntilTried({ retry, parks }: CallAttempts, now: number): number | null {
  if (retry?.free !== true || parks >= limits.parksInRow) return null;
  return now + Math.min(limits.outageParkLastMs, limits.outageParkFirstMs * 2 ** Math.min(parks, 20));
}

/** How long a parked run still has to wait, ms; 0: it goes on now. null: it is not parked. */
export function leftOfParking(paused: Paused | null, now: number): number | null {
  if (paused?.until === undefined) return null;
  const left = paused.until - now;
  // Further away than any parking is set: the clock was put back.
  return left > limits.parkedMostMs ? 0 : Math.max(0, left);
}
