/**
 * Job: what an lstat says, in the words of a rollback.
 * Boundary: pure.
 */
import type { BigIntStats } from 'node:fs';

export function isPipe(stat: BigIntStats): boolean {
  return stat.isFIFO() || stat.isSocket();
}

/** Whether we may change its mode by owning it. */
export function isOurs(stat: BigIntStats): boolean {
  return Number(stat.uid) === process.geteuid?.();
}

/** Without ctime, which a hard link's removal elsewhere changes too. */
export function identity(stat: BigIntStats | null): string {
  return stat ? `${String(stat.ino)}:${String(stat.size)}:${String(stat.mtimeNs)}:${String(stat.mode)}` : '';
}

export function bitsOf(stat: BigIntStats): number {
  return Number(stat.mode) & 0o7777;
}
