/**
 * Job: remember what the last walk made of each folder, so that the next one takes over what stands as it stood without looking
 *   at every name again.
 * Boundary: memory only; what is covered is scan.ts's to say. One walk at a time, and from the beginning again after one that failed.
 * Rules: C2, C3 a folder is remembered only where all in it was taken over itself, so that looking again could say nothing else as
 *   long as its listing, the ignore rules, what git tracks (where that was asked) and the manifest's entries in it are as they
 *   were, and nothing in it was changed shortly before the last walk (scan.ts: the same tick).
 */
import type { NotCovered } from '../../protocol/messages.ts';
import type { Marks } from './content.ts';
import { sameScope, type IgnoreScope } from './ignoreRules.ts';
import { newestMsIn, sameListing, type Listing } from './listing.ts';
import { eachDifference, emptyManifest, type Manifest } from './manifest.ts';
import { ancestorsOf } from './paths.ts';
import type { Tracked } from './repository.ts';

/** A folder that a walk comes to. */
export interface Folder {
  readonly path: string;
  /** As its parent's listing said. */
  readonly marks: Marks;
  /** The ignore rules that hold for it; for what is in it, once its own are read. */
  readonly scope: IgnoreScope;
  /** Inside an ignored folder only what the user's index tracks, or was covered before, is covered. */
  readonly trackedOnly: boolean;
}

/** A folder with its listing, and what came of it beside entries, which are the manifest's. */
export interface WalkedFolder {
  readonly inside: Folder;
  readonly listing: Listing;
  /** The folders in it that the walk went on to. */
  readonly below: readonly Folder[];
  readonly notCovered: readonly NotCovered[];
  /** What git tracks, where that made a difference. */
  readonly tracked: Tracked | null;
}

interface Remembered extends WalkedFolder {
  readonly newestMs: number;
}

export class LastWalk {
  /** What the last walk found; null while one is under way. */
  private manifest: Manifest | null = emptyManifest;
  private readonly folders = new Map<string, Remembered>();

  /** Before a walk: forgets what is not as in the manifest that it starts from. */
  begin(previous: Manifest): void {
    if (this.manifest === null) this.folders.clear();
    else if (this.folders.size > 0) {
      eachDifference(this.manifest, previous, (before, after) => {
        const path = (before ?? after)?.path ?? '';
        for (const folder of ['', ...ancestorsOf(path), path]) this.folders.delete(folder);
      });
    }
    this.manifest = null;
  }

  /** After a walk that came to its end. */
  end(manifest: Manifest): void {
    this.manifest = manifest;
  }

  /** What came of a folder, if looking again could say nothing else; null: look. */
  recall(inside: Folder, listing: Listing, tracked: Tracked, settledBeforeMs: number): WalkedFolder | null {
    const known = this.folders.get(inside.path);
    const isAsItWas =
      known !== undefined &&
      known.newestMs < settledBeforeMs &&
      known.inside.trackedOnly === inside.trackedOnly &&
      (known.tracked === null || known.tracked === tracked) &&
      sameListing(known.listing, listing) &&
      sameScope(known.inside.scope, inside.scope);
    return isAsItWas ? known : null;
  }

  remember(folder: WalkedFolder): void {
    this.folders.set(folder.inside.path, { ...folder, newestMs: newestMsIn(folder.listing) });
  }

  forget(path: string): void {
    this.folders.delete(path);
  }
}
