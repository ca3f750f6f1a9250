/**
 * Job: one engine, one writer a run (J7).
 * Boundary: the run directory's `lock.sqlite`; see fileLock.ts for how it is freed.
 */
import { join } from 'node:path';
import { takeFileLock, type LockResult } from './fileLock.ts';

export function takeRunLock(run: string): LockResult {
  return takeFileLock(join(run, 'lock.sqlite'));
}
