import { expect, it } from 'vitest';
import { diskGuard } from '../../../src/engine/sandbox/diskGuard.ts';

const gb = 1_000_000_000;

/** What the guard says as the disk falls from the first to each of the others, in GB. */
function told(atFirst: number, ...later: readonly number[]): readonly boolean[] {
  let free: number | null = atFirst * gb;
  const isTaken = diskGuard('/', 10 * gb, () => free);
  return later.map((gigabytes) => {
    free = gigabytes * gb;
    return isTaken();
  });
}

it('B3: a command may take ten gigabytes, and leaves one; of the last two it may take one', () => {
  expect(told(500, 500, 491, 489)).toEqual([false, false, true]);
  expect(told(5, 3, 1.1, 0.9)).toEqual([false, false, true]);
  expect(told(0.4, 0.3, 0.21, 0.19)).toEqual([false, false, true]);
  expect(told(500, 600), 'others make room').toEqual([false]);
});

it('stops nothing where it can’t be told what is free', () => {
  expect(diskGuard('/', 1, () => null)()).toBe(false);
  expect(diskGuard(null)()).toBe(false);
  let free: number | null = 5 * gb;
  const isTaken = diskGuard('/', gb, () => free);
  free = null;
  expect(isTaken()).toBe(false);
  expect(diskGuard('/no/such/folder')()).toBe(false);
});
