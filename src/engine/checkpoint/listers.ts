/**
 * Job: list many folders ahead of a walk, in threads: asking what a path is costs the walk most of its time, and the engine's
 *   event loop with it.
 * Boundary: threads and messages; the walk says what is covered, and lists itself what no thread has listed for it. A thread
 *   that dies costs time, nothing else.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Disposable } from '../../base/disposable.ts';
import { limits } from '../../run/limits.ts';
import type { Marks } from './content.ts';
import type { ListAnswer, ListRequest } from './listWorker.ts';
import { unpack, type Listing, type OwnListing, type PackedListings } from './listing.ts';

/** Folders in one message: few enough that the walk soon has something to do. */
const foldersAtOnce = 48;

export interface ListingsAhead {
  /**
   * @param marks of the folder, as its parent's listing has them
   * @returns null where there is none of the folder as it is; a promise where a thread is still at it
   */
  listingOf(folder: string, marks: Marks): Listing | null | Promise<Listing | null>;
}

export class Listers implements Disposable {
  private readonly script: string;
  private threads: Thread[] = [];

  /** @param script listWorker.ts or its bundle; the threads start when they are first needed */
  constructor(script: string) {
    this.script = script;
  }

  dispose(): void {
    for (const thread of this.threads.splice(0)) thread.dispose();
  }

  /** @param folders those that the walk is likely to come to, in its order; where they are few it is as quick without */
  list(root: string, folders: readonly string[]): ListingsAhead {
    if (folders.length < limits.foldersListedAhead) return none;
    this.start();
    const pieces: Piece[] = [];
    const places = new Map(folders.map((folder, place) => [folder, place]));
    for (let at = 0; at < folders.length; at += foldersAtOnce) {
      const thread = this.threads[pieces.length % this.threads.length];
      if (thread) pieces.push(new Piece(thread.list(root, folders.slice(at, at + foldersAtOnce))));
    }
    return {
      listingOf: (folder, marks) => {
        const place = places.get(folder);
        const piece = place === undefined ? undefined : pieces[Math.floor(place / foldersAtOnce)];
        if (place === undefined || piece === undefined) return null;
        const listing = () => piece.listingOf(place % foldersAtOnce, marks);
        return piece.isThere ? listing() : piece.arrival.then(listing);
      },
    };
  }

  private start(): void {
    this.threads = this.threads.filter(({ isAlive }) => isAlive);
    const wanted = Math.min(availableParallelism(), limits.listers);
    while (this.threads.length < wanted) this.threads.push(new Thread(this.script));
  }
}

const none: ListingsAhead = { listingOf: () => null };

/** What one message asks a thread for. */
class Piece {
  readonly arrival: Promise<void>;
  isThere = false;
  private listings: readonly (OwnListing | null)[] = [];

  constructor(packed: Promise<PackedListings | null>) {
    this.arrival = packed.then((listings) => {
      this.listings = listings === null ? [] : unpack(listings);
      this.isThere = true;
    });
  }

  /** Once it is there. */
  listingOf(place: number, { mtimeMs, ctimeMs, ino }: Marks): Listing | null {
    const found = this.listings[place];
    if (!found) return null;
    const { own, listing } = found;
    return own.mtimeMs === mtimeMs && own.ctimeMs === ctimeMs && own.ino === ino ? listing : null;
  }
}

/** One thread; it keeps the process alive only while it is asked for something. */
class Thread implements Disposable {
  private readonly worker: Worker;
  private readonly asked = new Map<number, (listings: PackedListings | null) => void>();
  private last = 0;
  isAlive = true;

  constructor(script: string) {
    this.worker = new Worker(script, {
      name: 'belay lister',
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    });
    this.worker.unref();
    this.worker.on('message', ({ id, listings }: ListAnswer) => {
      this.answer(id, listings);
    });
    this.worker.on('error', () => {
      this.end();
    });
    this.worker.on('exit', () => {
      this.end();
    });
  }

  dispose(): void {
    this.end();
    void this.worker.terminate();
  }

  /** null where the thread ended before it came to it. */
  list(root: string, folders: readonly string[]): Promise<PackedListings | null> {
    const id = ++this.last;
    return new Promise((resolve) => {
      if (this.asked.size === 0) this.worker.ref();
      this.asked.set(id, resolve);
      this.worker.postMessage({ id, root, folders } satisfies ListRequest);
    });
  }

  private answer(id: number, listings: PackedListings | null): void {
    this.asked.get(id)?.(listings);
    this.asked.delete(id);
    if (this.asked.size === 0) this.worker.unref();
  }

  private end(): void {
    this.isAlive = false;
    for (const id of [...this.asked.keys()]) this.answer(id, null);
  }
}
