/**
 * Job: what a manifest does not cover, as a rollback's plan asks for it.
 * Boundary: pure.
 * Rules: C3.
 */
import type { Manifest } from './manifest.ts';
import { ancestorsOf } from './paths.ts';

/** Whether the reason why a path is not covered says that it has no content, as scan.ts words it. */
export function isPipeReason(reason: string): boolean {
  return reason === 'pipe' || reason === 'socket';
}

/** Asked by path, of files and of what is in a folder. */
export class NotCoveredPaths {
  private readonly exact: ReadonlySet<string>;
  /** Reasons by path, of all but folders. */
  private readonly leaves: ReadonlyMap<string, string>;
  private readonly above = new Set<string>();

  constructor(manifest: Manifest) {
    const leaves = manifest.notCovered.filter(({ path }) => !path.endsWith('/'));
    this.leaves = new Map(leaves.map(({ path, reason }) => [path, reason]));
    this.exact = new Set(manifest.notCovered.map(({ path }) => (path.endsWith('/') ? path.slice(0, -1) : path)));
    for (const path of this.exact) for (const folder of ancestorsOf(path)) this.above.add(folder);
  }

  /** A device, a file over the limit, but no folder; and no pipe or socket, which give way. */
  isInTheWay(path: string): boolean {
    return this.leaves.has(path) && this.pipeAt(path) === null;
  }

  /** "pipe" or "socket" where one stands: nothing is lost with it. */
  pipeAt(path: string): string | null {
    const reason = this.leaves.get(path) ?? '';
    return isPipeReason(reason) ? reason : null;
  }

  /** The path itself, or a folder above it, is not covered. */
  holds(path: string): boolean {
    return this.exact.has(path) || ancestorsOf(path).some((folder) => this.exact.has(folder));
  }

  /** Something in this folder is not covered. */
  below(path: string): boolean {
    return this.above.has(path) || this.exact.has(path);
  }
}
