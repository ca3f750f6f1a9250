/**
 * Job: what stands at a path, and whether one path lies in another, for whoever says what a sandbox shows.
 * Boundary: looks, changes nothing.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { relative } from 'node:path';

export function isWithin(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return rest === '' || (rest !== '..' && !rest.startsWith('../') && !rest.startsWith('/'));
}

/** Without following a link; null where nothing is. */
export function kindOf(path: string): 'file' | 'folder' | 'link' | null {
  try {
    const stat = lstatSync(path);
    return stat.isSymbolicLink() ? 'link' : stat.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

export function realPathOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

const isAbsence = (error: unknown) =>
  ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
