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
import type { ListAnswer, ListRequest } from './listWorker.ts';
import { unpack, type Listed, type Listing, type PackedListings } from './listing.ts';

/** Folders in one message: few enough that the walk soon has something to do. */
const foldersAtOnce = 48;

export interface ListingsAhead {
  /** @param stamp of the folder, as its parent's listing has it. @returns null where there is none of the folder as it is */
  listingOf(folder: string, stamp: string): Promise<readonly Listed[] | null>;
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
    const pieces = new Map<string, Promise<ReadonlyMap<string, Listing>>>();
    for (let at = 0; at < folders.length; at += foldersAtOnce) {
      const some = folders.slice(at, at + foldersAtOnce);
      const thread = this.threads[(at / foldersAtOnce) % this.threads.length];
      const listed = thread?.list(root, some).then((packed) => byFolder(some, packed));
      if (listed) for (const folder of some) pieces.set(folder, listed);
    }
    return {
      listingOf: async (folder, stamp) => {
        const found = (await pieces.get(folder))?.get(folder);
        return found?.stamp === stamp ? found.listing : null;
      },
    };
  }

  private start(): void {
    this.threads = this.threads.filter(({ isAlive }) => isAlive);
    const wanted = Math.min(availableParallelism(), limits.listers);
    while (this.threads.length < wanted) this.threads.push(new Thread(this.script));
  }
}

const none: ListingsAhead = { listingOf: () => Promise.resolve(null) };

function byFolder(folders: readonly string[], packed: PackedListings | null): ReadonlyMap<string, Listing> {
  const listed = packed === null ? [] : unpack(packed);
  return new Map(listed.map((one, at) => [folders[at] ?? '', one]));
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
