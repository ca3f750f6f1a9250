/**
 * Job: hide or protect single paths in what a sandbox shows.
 * Boundary: gives bubblewrap's arguments; their order among the others is the profile's.
 * Rules: H2 a path in a folder that can be written is not enough: the folders above it are pinned, so that none can be moved.
 */
import { dirname } from 'node:path';
import { isWithin, kindOf } from './look.ts';
import type { View } from './shape.ts';

/** Gives a text to bubblewrap; returns the descriptor to name. */
export type HandText = (text: string) => string;

/** One path that is hidden or write-protected, with the arguments that do it. */
export interface Cover {
  readonly path: string;
  readonly args: readonly string[];
}

/** Covers for the masked paths, of those that the sandbox would show. */
export function maskCovers(shape: View, alsoBound: readonly string[]): Cover[] {
  const roots = ['/usr', ...shape.toolchains, ...alsoBound];
  const shown = (path: string) => roots.some((root) => isWithin(path, root)) && kindOf(path) !== null;
  return [...shape.mask.folders, ...shape.mask.files].filter(shown).map(hidden);
}

export function hidden(path: string): Cover {
  const args = kindOf(path) === 'folder' ? ['--tmpfs', path, '--remount-ro', path] : ['--ro-bind', '/dev/null', path];
  return { path, args };
}

/** Makes each folder between the root and a cover a mount point, so that none can be moved away from inside. */
export function pinsFor(root: string, covers: readonly Cover[]): string[] {
  const folders = new Set<string>();
  for (const { path } of covers) {
    for (let folder = dirname(path); folder !== root && isWithin(folder, root); folder = dirname(folder))
      folders.add(folder);
  }
  return [...folders].sort((a, b) => a.length - b.length).flatMap((folder) => ['--bind', folder, folder]);
}
