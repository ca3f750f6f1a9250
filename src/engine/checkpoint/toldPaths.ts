/**
 * Job: look at a few paths instead of walking: which they are, and the manifest that comes of what was found at them.
 * Boundary: pure.
 * Rules: C2, C3 as for a walk: what is not looked at is as in the previous manifest.
 */
import { limits } from '../../run/limits.ts';
import { holdsEntries, type Manifest } from './manifest.ts';
import { ancestorsOf, inOrder, nameOf, parentOf } from './paths.ts';

/** Paths to look at, with every folder above them. */
export class ToldPaths {
  readonly paths: ReadonlySet<string>;
  readonly namesIn: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(told: readonly string[]) {
    const namesIn = new Map<string, Set<string>>();
    this.paths = new Set(told.flatMap((path) => [...ancestorsOf(path), path]));
    this.namesIn = namesIn;
    for (const path of this.paths) {
      const names = namesIn.get(parentOf(path)) ?? new Set<string>();
      namesIn.set(parentOf(path), names.add(nameOf(path)));
    }
  }
}

/**
 * Whether looking at these paths tells as much as a walk: not where a rule file is among them, which may change what is
 * covered elsewhere, and not where there are so many that a walk is as quick.
 */
export function canBeTold(paths: readonly string[]): boolean {
  return paths.length <= limits.toldPaths && !paths.some((path) => nameOf(path) === '.gitignore');
}

/**
 * What was found at the told paths, and the rest as it was. The time stays that of the last whole walk: what is new since counts
 * as too young to be taken over, and is read again then.
 */
export function lookedAt(previous: Manifest, told: ToldPaths, found: Manifest): Manifest {
  const folders = new Set(found.entries.filter(({ type }) => type === 'directory').map(({ path }) => path));
  const emptied = [...told.paths].filter((path) => !folders.has(path) && holdsEntries(previous, path));
  const isNews = (path: string) =>
    told.paths.has(path) || (emptied.length > 0 && ancestorsOf(path).some((above) => emptied.includes(above)));
  const listed = new Set(found.notCovered.map(({ path }) => path));
  const leftOut = previous.notCovered.filter(
    ({ path }) => !listed.has(path) && !isNews(path.endsWith('/') ? path.slice(0, -1) : path),
  );
  return {
    takenNs: previous.takenNs,
    stored: found.stored,
    repositories: { ...previous.repositories, ...found.repositories },
    entries: inOrder(
      previous.entries.filter(({ path }) => !isNews(path)),
      found.entries,
    ),
    notCovered: inOrder(leftOut, found.notCovered),
  };
}
