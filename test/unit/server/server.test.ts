import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import {
  createMessageConnection,
  SocketMessageReader,
  SocketMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttachResult } from '../../../src/protocol/messages.ts';
import { protocolVersion } from '../../../src/protocol/messages.ts';
import type { Entry } from '../../../src/run/entry.ts';
import { limits } from '../../../src/run/limits.ts';
import { ClientLink } from '../../../src/engine/server/clientLink.ts';
import { socketAddress } from '../../../src/engine/server/socketAddress.ts';
import { look, TinyEngine } from './tinyEngine.ts';

let run: string;
let engine: TinyEngine;
const sockets: Socket[] = [];
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'bl-'));
  engine = await new TinyEngine(run).start();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await engine.server.goodbye('the test is over');
  await rm(run, { recursive: true, force: true });
});

async function wire(): Promise<{ socket: Socket; connection: MessageConnection; closed: Promise<unknown> }> {
  const socket = connect(engine.server.address);
  sockets.push(socket);
  await once(socket, 'connect');
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  connection.listen();
  return { socket, connection, closed: once(socket, 'close') };
}

const attachParams = (more: object = {}) => ({
  token: 'the-token',
  protocol: protocolVersion,
  client: 'anna@host',
  lastSeq: 0,
  ...more,
});

describe('admission', () => {
  it('refuses a wrong token, another protocol and malformed parameters, each with words, and closes', async () => {
    const attempts = [
      [{ token: 'another' }, 'token'],
      [{ protocol: protocolVersion + 1 }, 'protocol'],
      [{ lastSeq: -1 }, 'params'],
    ] as const;
    for (const [params, code] of attempts) {
      const { connection, closed } = await wire();
      await expect(connection.sendRequest('attach', attachParams(params))).rejects.toMatchObject({
        data: code,
        code: -32_050,
      });
      await closed;
    }
    expect(engine.server.clients).toBe(0);
  });

  it('answers no request before attach', async () => {
    const { connection, closed } = await wire();
    await expect(connection.sendRequest('planRollback', { to: 1 })).rejects.toMatchObject({
      message: 'Attach before "planRollback"',
    });
    await closed;
    expect(engine.asked).toEqual([]);
  });

  it('B3: refuses more clients than limits.clientsPerEngine', async () => {
    for (let i = 0; i < limits.clientsPerEngine; i++)
      await (await wire()).connection.sendRequest('attach', attachParams());
    const { connection } = await wire();
    await expect(connection.sendRequest('attach', attachParams())).rejects.toMatchObject({ data: 'too-many-clients' });
    expect(engine.clientCounts.at(-1)).toBe(limits.clientsPerEngine);
  });
});

describe('requests', () => {
  it('names the client to the handler and hands over what it refuses or breaks at', async () => {
    const { connection } = await wire();
    await connection.sendRequest('attach', attachParams());
    await connection.sendRequest('withdraw', { directive: 3 });
    expect(engine.asked).toEqual([{ method: 'withdraw', params: { directive: 3 }, client: 'anna@host' }]);
    await expect(connection.sendRequest('pause', {})).rejects.toMatchObject({
      message: 'The run has ended',
      data: 'refused',
    });
    await expect(connection.sendRequest('stop', {})).rejects.toMatchObject({
      message: 'The engine failed: broken inside',
      data: 'failed',
    });
  });

  it('refuses wrong parameters by their field and never repeats a key', async () => {
    const { connection } = await wire();
    await connection.sendRequest('attach', attachParams());
    await expect(connection.sendRequest('withdraw', { directive: 'three' })).rejects.toThrow(
      '"withdraw" was asked with a wrong directive',
    );
    const refusal = connection.sendRequest('provideKey', { key: ['sk-secret'] });
    await expect(refusal).rejects.toThrow('wrong key');
    await expect(refusal).rejects.not.toThrow('sk-secret');
  });
});

/** Attaches again and again while entries are published, and reports any gap or double. */
async function gapsUnderLoad(publish: (n: number) => void, attaches: number): Promise<string[]> {
  const problems: string[] = [];
  const load = { going: true };
  engine.afterRead = () => {
    publish(5);
  };
  const loading = (async () => {
    for (let n = 1; load.going; n++) {
      publish(n);
      if (n % 3 === 0) await Promise.resolve();
      if (n % 7 === 0) await tick();
    }
  })();
  for (let i = 0; i < attaches; i++) {
    const { connection, socket } = await wire();
    const early: Entry[] = [];
    let last = -1;
    const take = (entry: Entry) => {
      if (entry.seq !== last + 1) problems.push(`${String(entry.seq)} after ${String(last)}`);
      last = entry.seq;
    };
    connection.onNotification('entry', (entry: Entry) => {
      if (last < 0) early.push(entry);
      else take(entry);
    });
    const lastSeq = i % 2 === 0 ? 0 : 1;
    const result = await connection.sendRequest<AttachResult>('attach', attachParams({ lastSeq }));
    if (early.length > 0) problems.push(`${String(early.length)} entries before the answer`);
    last = result.kind === 'snapshot' ? result.state.seq : (result.entries.at(-1)?.seq ?? lastSeq);
    const enough = last + 20;
    while (last < enough && problems.length === 0) await tick();
    socket.destroy();
  }
  load.going = false;
  await loading;
  return problems;
}

describe('the stream', () => {
  it('has no gap and no double between the attach answer and what follows, under load', async () => {
    expect(
      await gapsUnderLoad((n) => {
        engine.publish(look(n));
      }, 60),
    ).toEqual([]);
  });

  it('sabotaged: a server that lets entries overtake or skip is caught', async () => {
    const server = engine.server;
    const send = server.publish.bind(server);
    server.publish = (entry) => (entry.seq % 11 === 0 ? 0 : send(entry));
    expect(
      await gapsUnderLoad((n) => {
        engine.publish(look(n));
      }, 5),
    ).not.toEqual([]);
  });

  it('sabotaged: a server that does not hold entries behind its answer is caught', async () => {
    const whole = Object.getOwnPropertyDescriptor(ClientLink.prototype, 'beginAnswer');
    ClientLink.prototype.beginAnswer = function (name: string) {
      this.name = name;
      Reflect.set(this, 'phase', 'streaming');
    };
    const problems = await gapsUnderLoad((n) => {
      engine.publish(look(n));
    }, 30);
    if (whole) Object.defineProperty(ClientLink.prototype, 'beginAnswer', whole);
    expect(problems).not.toEqual([]);
  });

  it('B3: a slow client loses deltas, never entries', async () => {
    const { connection, socket } = await wire();
    const entries: Entry[] = [];
    let deltaBytes = 0;
    connection.onNotification('entry', (entry: Entry) => void entries.push(entry));
    connection.onNotification('delta', (delta: { text: string }) => void (deltaBytes += delta.text.length));
    await connection.sendRequest('attach', attachParams());
    socket.pause();
    const sent = 100 * 64 * 1024;
    for (let n = 1; n <= 100; n++) {
      engine.server.sendDelta({ kind: 'text', step: 1, text: 'd'.repeat(64 * 1024) });
      engine.publish(look(n));
      await tick();
    }
    socket.resume();
    while (entries.length < 100) await tick();
    expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(deltaBytes).toBeGreaterThan(0);
    expect(deltaBytes).toBeLessThan(sent / 2);
  });

  it('B3: a client too far behind with its entries is dropped, others are not', async () => {
    await engine.server.goodbye('again');
    engine = await new TinyEngine(run).start({ queuedEntryBytes: 300_000 });
    const slow = await wire();
    const quick = await wire();
    let heard = 0;
    quick.connection.onNotification('entry', () => {
      heard++;
    });
    await slow.connection.sendRequest('attach', attachParams());
    await quick.connection.sendRequest('attach', attachParams());
    slow.socket.pause();
    for (let n = 0; n < 400; n++) {
      engine.publish({ type: 'stop.requested', by: 'z'.repeat(5_000) });
      await tick();
    }
    while (heard < 400) await tick();
    expect(engine.server.clients).toBe(1);
    slow.socket.resume();
    await slow.closed;
  });

  it('says goodbye before it leaves', async () => {
    const { connection, closed } = await wire();
    const said: unknown[] = [];
    connection.onNotification('goodbye', (value) => void said.push(value));
    await connection.sendRequest('attach', attachParams());
    await engine.server.goodbye('the run is finished');
    await closed;
    expect(said).toEqual([{ reason: 'the run is finished' }]);
    engine = await new TinyEngine(run).start();
  });
});

describe('the socket', () => {
  it('is private, and those of a killed engine are swept', async () => {
    expect((await stat(engine.server.address)).mode & 0o777).toBe(0o600);
    await writeFile(join(run, 's', 'r-dead00.sock'), '');
    await writeFile(join(run, 's', 'other-dead00.sock'), '');
    await socketAddress('r', join(run, 's'));
    expect((await readdir(join(run, 's'))).filter((name) => name.includes('dead'))).toEqual(['other-dead00.sock']);
  });

  it('takes no folder that others may enter, that is a link, or whose path is too long', async () => {
    await mkdir(join(run, 'open'), { mode: 0o755 });
    await symlink(join(run, 's'), join(run, 'link'));
    await expect(socketAddress('r', join(run, 'open'))).rejects.toThrow('is open to others (mode 755, 700 is needed)');
    await expect(socketAddress('r', join(run, 'link'))).rejects.toThrow('is not a folder');
    await expect(socketAddress('r', join(run, 'x'.repeat(100)))).rejects.toThrow('too long');
  });
});
