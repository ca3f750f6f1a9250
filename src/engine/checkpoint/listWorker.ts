/** Job: a thread that lists folders for listers.ts, in the order in which it is asked. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import { pack, type PackedListings } from './listing.ts';

export interface ListRequest {
  readonly id: number;
  readonly root: string;
  readonly folders: readonly string[];
}

export interface ListAnswer {
  readonly id: number;
  readonly listings: PackedListings;
}

const port = parentPort;
assert(port !== null, 'this is a thread');
port.on('message', ({ id, root, folders }: ListRequest) => {
  const listings = pack(root, folders);
  port.postMessage({ id, listings } satisfies ListAnswer, [listings.numbers.buffer]);
});
