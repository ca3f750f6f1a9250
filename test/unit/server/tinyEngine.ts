/** A run without a loop behind a real server: entries are published as they are given, requests answer a little. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { protocolVersion } from '../../../src/protocol/messages.ts';
import { engineFile, type EngineRecord } from '../../../src/protocol/places.ts';
import { RequestRefused } from '../../../src/protocol/refused.ts';
import type { Entry, EntryBody } from '../../../src/run/entry.ts';
import { noPrev } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import { serve, type Handlers, type ServeOptions, type Server } from '../../../src/engine/server.ts';

export class TinyEngine {
  state = initialState;
  readonly entries: Entry[] = [];
  readonly asked: { readonly method: string; readonly params: unknown; readonly client: string }[] = [];
  readonly clientCounts: number[] = [];
  /** How many of the last entries `tail` gives. */
  tailMost = Infinity;
  /** Runs right after an attach has read the state, before its answer is on its way. */
  afterRead: () => void = () => undefined;
  private served: Server | null = null;
  readonly run: string;
  readonly token = 'the-token';

  constructor(run: string, entries: readonly Entry[] = []) {
    this.run = run;
    for (const entry of entries) this.fold(entry);
  }

  get server(): Server {
    if (!this.served) throw new Error('not served');
    return this.served;
  }

  async start(options: Partial<ServeOptions> = {}): Promise<this> {
    await mkdir(join(this.run, 's'), { recursive: true });
    await chmod(join(this.run, 's'), 0o700);
    this.served = await serve({
      runId: 'r',
      token: this.token,
      handlers: this.handlers(),
      snapshot: () => {
        queueMicrotask(this.afterRead);
        return this.state;
      },
      tail: (from) => {
        queueMicrotask(this.afterRead);
        return this.state.seq - from > this.tailMost ? null : this.entries.slice(from);
      },
      readOnly: () => this.state.ended !== null,
      onClients: (count) => this.clientCounts.push(count),
      socketFolder: join(this.run, 's'),
      ...options,
    });
    const record: EngineRecord = {
      pid: process.pid,
      socket: this.served.address,
      token: this.token,
      protocol: protocolVersion,
      belay: '0',
      engineDigest: '',
      generation: 1,
      startedAt: 0,
    };
    await writeFile(engineFile(this.run), JSON.stringify(record));
    return this;
  }

  publish(body: EntryBody): void {
    const entry = { seq: this.state.seq + 1, at: 1000 + this.state.seq, prev: noPrev, ...body } as Entry;
    this.fold(entry);
    this.server.publish(entry);
  }

  private fold(entry: Entry): void {
    this.state = reduce(this.state, entry);
    this.entries.push(entry);
  }

  private handlers(): Handlers {
    const known: Partial<Handlers> = {
      pause: () => Promise.reject(new RequestRefused('The run has ended')),
      stop: () => Promise.reject(new Error('broken inside')),
    };
    return new Proxy(known as Handlers, {
      get: (target, method: keyof Handlers) => (params: never, client: string) => {
        this.asked.push({ method, params, client });
        const handler = target[method] as unknown as ((params: never, client: string) => Promise<never>) | undefined;
        return handler ? handler(params, client) : Promise.resolve(null);
      },
    });
  }
}

export const look = (n: number): EntryBody => ({
  type: 'heldOut.viewed',
  checkpoint: n,
  by: 'x'.repeat(n % 50),
  rate: 0.5,
});
