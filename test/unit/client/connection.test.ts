import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConnection, type ConnectionClosed } from '../../../src/client/connection.ts';
import { EngineGone } from '../../../src/client/link.ts';
import { checkEntry, EntryRejected } from '../../../src/protocol/entryCheck.ts';
import { RequestRefused } from '../../../src/protocol/refused.ts';
import type { Entry } from '../../../src/run/entry.ts';
import { look, TinyEngine } from '../server/tinyEngine.ts';

let run: string;
let engine: TinyEngine;
const connections: RunConnection[] = [];
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'bl-'));
  engine = await new TinyEngine(run).start();
});
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.dispose();
  await engine.server.goodbye('over');
  await rm(run, { recursive: true, force: true });
});

async function attach(): Promise<RunConnection> {
  const connection = await RunConnection.open({ run, client: 'bert@host (test)', retryMs: [10, 20, 40, 80] });
  connections.push(connection);
  return connection;
}

describe('RunConnection', () => {
  it('folds to the same state as the engine', async () => {
    for (let n = 0; n < 5; n++) engine.publish(look(n));
    const connection = await attach();
    expect(connection.state).toEqual(engine.state);
    const heard: number[] = [];
    connection.onEntry((entry) => heard.push(entry.seq));
    for (let n = 5; n < 30; n++) engine.publish(look(n));
    await connection.until((state) => state.seq === 30);
    expect(connection.state).toEqual(engine.state);
    expect(heard).toEqual(Array.from({ length: 25 }, (_, i) => i + 6));
  });

  it('takes up a dropped connection from the last entry it holds', async () => {
    engine.publish(look(1));
    const connection = await attach();
    const heard: number[] = [];
    const links: string[] = [];
    connection.onEntry((entry) => heard.push(entry.seq));
    const attachedAgain = new Promise<void>((resolve) =>
      connection.onLink((link) => {
        links.push(link);
        if (link === 'attached') resolve();
      }),
    );
    const old = engine;
    await dropAll(old);
    engine = new TinyEngine(run, old.entries);
    for (let n = 2; n < 5; n++) foldOnly(engine, n);
    await engine.start();
    await attachedAgain;
    expect(connection.state).toEqual(engine.state);
    expect(heard).toEqual([2, 3, 4]);
    expect(links).toEqual(['lost', 'attached']);
  });

  it('S3: tells its unsaved editors again where the link was taken up again, as the engine has forgotten them', async () => {
    const connection = await attach();
    await connection.request('reportEditors', { dirty: ['a.txt'], saved: ['b.txt'] });
    const again = new Promise<void>((resolve) =>
      connection.onLink((link) => {
        if (link === 'attached') resolve();
      }),
    );
    const old = engine;
    await dropAll(old);
    engine = await new TinyEngine(run, old.entries).start();
    await again;
    await expect
      .poll(() => engine.asked.map(({ method, params }) => [method, params]))
      .toEqual([['reportEditors', { dirty: ['a.txt'], saved: [] }]]);
  });

  it('tells a death, and opens again when an engine serves the run again', async () => {
    engine.publish(look(1));
    const connection = await attach();
    const closed = new Promise<ConnectionClosed>((resolve) => connection.onClosed(resolve));
    await dropAll(engine);
    expect((await closed).kind).toBe('lost');
    await expect(connection.request('pause', {})).rejects.toBeInstanceOf(EngineGone);
    engine = await new TinyEngine(run, engine.entries).start();
    await connection.reopen();
    engine.publish(look(2));
    await connection.until((state) => state.seq === 2);
    expect(connection.connected).toBe(true);
  });

  it('believes a goodbye', async () => {
    const connection = await attach();
    const closed = new Promise<ConnectionClosed>((resolve) => connection.onClosed(resolve));
    await engine.server.goodbye('the run is finished');
    expect(await closed).toEqual({ kind: 'goodbye', message: 'the run is finished' });
    engine = await new TinyEngine(run).start();
  });

  it('hands over refusals with their words', async () => {
    const connection = await attach();
    await expect(connection.request('pause', {})).rejects.toEqual(new RequestRefused('The run has ended', 'refused'));
    await connection.request('provideKey', { key: 'k' });
    expect(engine.asked.at(-1)).toEqual({ method: 'provideKey', params: { key: 'k' }, client: 'bert@host (test)' });
  });

  it('J1: an entry out of order or of an unknown type ends the connection with words', async () => {
    const connection = await attach();
    const closed = new Promise<ConnectionClosed>((resolve) => connection.onClosed(resolve));
    engine.server.publish({ seq: 7, at: 1, prev: '', ...look(1) });
    expect(await closed).toEqual({ kind: 'refused', message: 'the engine sent entry 7 where 1 was due' });
    expect(() => checkEntry({ seq: 1, at: 1, type: 'future.happened' }, 1)).toThrow(EntryRejected);
    expect(() => checkEntry({ seq: 1, at: 1, type: 'toString' }, 1)).toThrow('update Belay');
    expect(checkEntry({ seq: 1, at: 1, ...look(1) }, 1).seq).toBe(1);
  });
});

/** Closes every connection without a word, as a death does. */
async function dropAll(old: TinyEngine): Promise<void> {
  const internal = old.server as unknown as {
    links: Set<{ close(): void }>;
    listener: { close(done: () => void): void };
  };
  const closed = new Promise<void>((resolve) => {
    internal.listener.close(() => {
      resolve();
    });
  });
  for (const link of [...internal.links]) link.close();
  await closed;
}

function foldOnly(target: TinyEngine, n: number): void {
  const folding = target as unknown as { fold(entry: Entry): void };
  folding.fold({ seq: target.state.seq + 1, at: 5, prev: '', ...look(n) });
}
