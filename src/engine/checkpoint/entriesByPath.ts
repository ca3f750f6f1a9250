/**
 * Job: find a manifest's entries by path quickly, for one manifest after the other.
 * Boundary: one user at a time: what `of` returns holds until it is asked again.
 */
import { eachDifference, emptyManifest, type Manifest, type ManifestEntry } from './manifest.ts';

export class EntriesByPath {
  private manifest: Manifest = emptyManifest;
  private readonly entries = new Map<string, ManifestEntry>();

  /** Manifests that follow each other share most entries: only what differs from the last one asked for costs anything. */
  of(manifest: Manifest): ReadonlyMap<string, ManifestEntry> {
    eachDifference(this.manifest, manifest, (before, after) => {
      if (after !== null) this.entries.set(after.path, after);
      else if (before !== null) this.entries.delete(before.path);
    });
    this.manifest = manifest;
    return this.entries;
  }
}
