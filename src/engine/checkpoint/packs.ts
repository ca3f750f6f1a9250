/**
 * Job: the packs of the store: which objects are in them, and their content where no delta stands in the way.
 * Boundary: reads files; packs that Belay writes hold no deltas, those of a `git repack` do, and git reads these.
 *
 * Each checkpoint is a pack of few objects: their ids stand in one map. The ids of a large pack stay in its index file's bytes,
 * for a run of weeks has a million of them.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import type { Disposable } from '../../base/disposable.ts';
import { codeOf } from './content.ts';
import { PackIndex, packedHeader } from './pack.ts';

interface PackFile {
  readonly path: string;
  /** With its index. */
  readonly bytes: number;
  /** null until it is read. */
  file: number | null;
}

interface LargePack {
  readonly pack: PackFile;
  readonly index: PackIndex;
}

/** From this many objects on a pack is large. */
const largeFrom = 2_000;

export class Packs implements Disposable {
  private readonly folder: string;
  private files: PackFile[] = [];
  private large: LargePack[] = [];
  private readonly places = new Map<string, { readonly pack: PackFile; readonly offset: number }>();

  /** @param folder `objects/pack` of a store. */
  constructor(folder: string) {
    this.folder = folder;
    this.load();
  }

  /** How many packs there are. */
  get count(): number {
    return this.files.length;
  }

  /** What each of them takes on disk with its index. */
  get sizes(): readonly number[] {
    return this.files.map(({ bytes }) => bytes);
  }

  dispose(): void {
    for (const pack of this.files) {
      if (pack.file !== null) closeSync(pack.file);
      pack.file = null;
    }
  }

  /** Looks at the folder anew: after a repack. */
  load(): void {
    this.dispose();
    this.files = [];
    this.large = [];
    this.places.clear();
    for (const name of readdirSync(this.folder)) {
      if (name.endsWith('.idx')) this.add(name.slice(0, -4), readFileSync(`${this.folder}/${name}`));
    }
  }

  has(id: string): boolean {
    return this.placeOf(id) !== null;
  }

  /** Takes in a pack that was written. @param name without the extension. @param index its index file */
  add(name: string, index: Buffer): void {
    const path = `${this.folder}/${name}.pack`;
    const pack = { path, bytes: (statSync(path, { throwIfNoEntry: false })?.size ?? 0) + index.length, file: null };
    const parsed = new PackIndex(index);
    this.files.push(pack);
    if (parsed.count >= largeFrom) this.large.push({ pack, index: parsed });
    else for (const [id, offset] of parsed) this.places.set(id, { pack, offset });
  }

  /** null when it is in no pack known here, or is a delta. The caller checks the content against the id. */
  read(id: string): Buffer | null {
    const place = this.placeOf(id);
    if (!place) return null;
    try {
      place.pack.file ??= openSync(place.pack.path, 'r');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null; // repacked meanwhile
      throw error;
    }
    const start = Buffer.alloc(4096);
    const got = start.subarray(0, readSync(place.pack.file, start, 0, start.length, place.offset));
    const header = packedHeader(got);
    if (!header) return null;
    // zlib's bound of what deflating may add is below this.
    const most = header.bodyAt + header.size + Math.ceil(header.size / 100) + 1024;
    if (most <= got.length) return inflateSync(got.subarray(header.bodyAt));
    const whole = Buffer.alloc(most);
    const length = readSync(place.pack.file, whole, 0, most, place.offset);
    return inflateSync(whole.subarray(header.bodyAt, length));
  }

  private placeOf(id: string): { readonly pack: PackFile; readonly offset: number } | null {
    const place = this.places.get(id);
    if (place) return place;
    for (const { pack, index } of this.large) {
      const offset = index.offsetOf(id);
      if (offset !== null) return { pack, offset };
    }
    return null;
  }
}
