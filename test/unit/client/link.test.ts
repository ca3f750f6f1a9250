import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConnection } from '../../../src/client/connection.ts';
import { EngineGone, EngineHangs } from '../../../src/client/link.ts';
import { engineFile } from '../../../src/protocol/places.ts';

let run: string;
let server: Server;
const sockets: Socket[] = [];
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'bl-'));
  // As the kernel does for a stopped process: it takes the connection, and nothing answers.
  server = createServer((socket) => sockets.push(socket));
  server.listen(join(run, 's'));
  await once(server, 'listening');
  await writeFile(engineFile(run), JSON.stringify({ socket: join(run, 's'), token: 't', pid: 4242 }));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
  await rm(run, { recursive: true, force: true });
});

describe('a hung engine', () => {
  it('is told with its process after the deadline', async () => {
    const error: unknown = await RunConnection.open({ run, client: 'c', answerMs: 30 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(EngineHangs);
    expect(error).toBeInstanceOf(EngineGone);
    expect((error as Error).message).toBe('the engine (process 4242) does not answer; end it with: kill -9 4242');
  });

  it('is told without a number where none is known', async () => {
    await writeFile(engineFile(run), JSON.stringify({ socket: join(run, 's'), token: 't' }));
    const open = RunConnection.open({ run, client: 'c', answerMs: 30 });
    await expect(open).rejects.toThrow(/^the engine does not answer$/);
  });

  it('is no engine that leaves before the deadline', async () => {
    server.on('connection', (socket) => socket.destroy());
    const error: unknown = await RunConnection.open({ run, client: 'c' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(EngineGone);
    expect(error).not.toBeInstanceOf(EngineHangs);
  });
});
