/**
 * Job: the packs of the store: which objects are in them, and their content where no delta stands in the way.
 * Boundary: reads files; packs that Belay writes hold no deltas, those of a `git repack` do, and git reads these.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import type { Disposable } from '../../base/disposable.ts';
import { codeOf } from './content.ts';
import { packedHeader, placesInIndex } from './pack.ts';

interface PackFile {
  readonly path: string;
  /** null until it is read. */
  file: number | null;
}

export class Packs implements Disposable {
  private readonly folder: string;
  private readonly files: PackFile[] = [];
  private readonly places = new Map<string, { readonly pack: PackFile; readonly offset: number }>();

  /** @param folder `objects/pack` of a store. */
  constructor(folder: string) {
    this.folder = folder;
    for (const name of readdirSync(folder)) {
      if (name.endsWith('.idx')) this.add(name.slice(0, -4), placesInIndex(readFileSync(`${folder}/${name}`)));
    }
  }

  dispose(): void {
    for (const pack of this.files) {
      if (pack.file !== null) closeSync(pack.file);
      pack.file = null;
    }
  }

  has(id: string): boolean {
    return this.places.has(id);
  }

  /** Takes in a pack that was written. @param name without the extension. */
  add(name: string, places: ReadonlyMap<string, number>): void {
    const pack = { path: `${this.folder}/${name}.pack`, file: null };
    this.files.push(pack);
    for (const [id, offset] of places) this.places.set(id, { pack, offset });
  }

  /** null when it is in no pack known here, or is a delta. The caller checks the content against the id. */
  read(id: string): Buffer | null {
    const place = this.places.get(id);
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
}
