/**
 * Job: what the attached windows report of their editors: unsaved files, and files that the supervisor has saved.
 * Boundary: in memory only; a window that attaches reports anew.
 * Rules: S3 a file that is unsaved in any window is the supervisor's for as long as that window is attached; files saved
 *   while a step runs are theirs in its checkpoint. B3 what is kept of saves is bounded.
 */
import { limits } from '../run/limits.ts';

/** One window's connection; nothing but its identity is used. */
export type ClientIdentity = object;

export interface EditorsReport {
  readonly dirty: readonly string[];
  readonly saved: readonly string[];
}

export class Editors {
  private readonly dirtyOf = new Map<ClientIdentity, readonly string[]>();
  private readonly savedPaths = new Set<string>();
  private readonly workspace: string;

  /** @param workspace real path. */
  constructor(workspace: string) {
    this.workspace = workspace;
  }

  /** Paths are absolute or relative to the workspace. `dirty` is all that is unsaved in this window, `saved` what is new. */
  report(client: ClientIdentity, { dirty, saved }: EditorsReport): void {
    this.dirtyOf.set(client, dirty);
    for (const path of saved)
      if (this.savedPaths.size < limits.savedPathsKept) this.savedPaths.add(this.relative(path));
  }

  /** The window has gone: it edits nothing any more. */
  leave(client: ClientIdentity): void {
    this.dirtyOf.delete(client);
  }

  /** Unsaved in any window, as reported. */
  dirty(): readonly string[] {
    return [...new Set([...this.dirtyOf.values()].flat())];
  }

  /** The same, relative to the workspace. */
  unsaved(): ReadonlySet<string> {
    return new Set(this.dirty().map((path) => this.relative(path)));
  }

  /** Saved since the last `forgetSaved`, relative to the workspace. */
  saved(): ReadonlySet<string> {
    return this.savedPaths;
  }

  /** What was saved up to now is in a checkpoint of the supervisor's (S2). */
  forgetSaved(): void {
    this.savedPaths.clear();
  }

  private relative(path: string): string {
    return path.startsWith(`${this.workspace}/`) ? path.slice(this.workspace.length + 1) : path;
  }
}
