/**
 * Job: tell a verification that made room for a newer checkpoint from one that could not be made.
 * Boundary: pure.
 */
import type { EntryBodies } from './entry.ts';

export const gaveWayMessage = 'gave way to a newer checkpoint';

/** Nothing is wrong: not measured, and the newer one is. Earlier journals say it in the message only. */
export function gaveWay({ gaveWayTo, message }: EntryBodies['verification.failed']): boolean {
  return gaveWayTo !== undefined || message === gaveWayMessage;
}
