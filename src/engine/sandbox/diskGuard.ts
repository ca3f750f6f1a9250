/**
 * Job: say when a command has taken more of the disk than it may, while it runs.
 * Boundary: looks at what is free where the command can write; the kernel bounds single files only, and on a disk that others
 *   write too no more can be said.
 * Rules: B3. J8 what is left is enough to keep what was done.
 */
import { statfsSync } from 'node:fs';
import { limits } from '../../run/limits.ts';
import type { Shape } from './shape.ts';

/** null: it can't be told, and nothing is stopped for it. */
export type FreeBytes = (folder: string) => number | null;

/** Whether the disk has lost more since now than a command may take, or so much that too little is left. */
export function diskGuard(
  folder: string | null,
  most: number = limits.commandDiskBytes,
  freeIn: FreeBytes = freeBytes,
): () => boolean {
  const atFirst = folder === null ? null : freeIn(folder);
  if (folder === null || atFirst === null) return () => false;
  // Where little was left already, half of that may go.
  const least = Math.max(atFirst - most, Math.min(limits.commandRoomBytes, atFirst / 2));
  return () => (freeIn(folder) ?? Infinity) < least;
}

/** Where a command of this shape can write to a disk; null: in memory only, which has a size. */
export function writtenFolder(shape: Shape): string | null {
  switch (shape.kind) {
    case 'agent':
      return shape.workspace.path;
    case 'build':
    case 'case':
    case 'reference':
      return shape.folder;
    case 'cases':
      return shape.folders;
  }
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null; // a folder that is gone is told by what needs it
  }
}
