/**
 * Job: serve a run to windows and command lines over a local socket (vscode-jsonrpc): attach, requests, the stream.
 * Boundary: transport, admission and order; what a request does is its handler's, what an entry means the reducer's.
 * Rules: the first request is `attach` with the token (compared in constant time) and this protocol version, or the connection
 *   is closed. J2: the caller publishes only durable entries. A handler's RequestRefused reaches the person as it is.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer, type Server as SocketServer, type Socket } from 'node:net';
import { ResponseError } from 'vscode-jsonrpc/node';
import { assert, messageOf } from '../base/assert.ts';
import type { Delta, Signs } from '../run/delta.ts';
import type { Entry } from '../run/entry.ts';
import { limits } from '../run/limits.ts';
import type { RunState } from '../run/state.ts';
import { protocolVersion, type AttachResult, type RequestName, type Requests } from '../protocol/messages.ts';
import { refusalErrorCode, RequestRefused } from '../protocol/refused.ts';
import { statePieces, withoutPieces } from '../protocol/snapshot.ts';
import type { ModelWindow } from './model/windowModels.ts';
import { ClientLink } from './server/clientLink.ts';
import { checkParams, requestNames } from './server/params.ts';
import { socketAddress } from './server/socketAddress.ts';

/** `client` says who asks, for the journal: "anna@host (window)"; `connection` is the identity of that very connection. */
export type Handlers = {
  readonly [K in Exclude<RequestName, 'attach'>]: (
    params: Requests[K]['params'],
    client: string,
    connection: object,
  ) => Promise<Requests[K]['result']>;
};

export interface ServeOptions {
  readonly runId: string;
  readonly token: string;
  readonly handlers: Handlers;
  /** The state folded up to the last published entry. */
  readonly snapshot: () => RunState;
  /** The entries after `fromSeq` up to the last published one; null when a snapshot is cheaper or they are not at hand. */
  readonly tail: (fromSeq: number) => readonly Entry[] | null;
  readonly readOnly: () => boolean;
  /** The newest signs of life; absent: nothing goes on here. */
  readonly signs?: () => Signs;
  /** After each attach and each leave, with the number of attached clients. */
  readonly onClients?: (count: number) => void;
  /** A window that can ask VS Code's models is attached; `onLeft` names the same object when it has gone. */
  readonly onWindow?: (window: ModelWindow, client: string) => void;
  /** An attached client has gone. */
  readonly onLeft?: (connection: object) => void;
  /** What a handler broke at, for the engine's log. */
  readonly onFailure?: (method: string, error: unknown) => void;
  readonly socketFolder?: string;
  readonly queuedEntryBytes?: number;
}

export interface Server {
  /** The socket's path, or the pipe's name. */
  readonly address: string;
  readonly clients: number;
  /** Sends a durable entry to every client, in the order of the calls. Returns its size, bytes. */
  publish(entry: Entry): number;
  sendDelta(delta: Delta): void;
  /** Says why the engine leaves, closes every connection and stops listening. */
  goodbye(reason: string): Promise<void>;
}

/** Listens when it resolves. @throws when no socket can be had */
export async function serve(options: ServeOptions): Promise<Server> {
  const address = await socketAddress(options.runId, options.socketFolder);
  const server = new RunServer(address, options);
  await server.listen();
  return server;
}

class RunServer implements Server {
  readonly address: string;
  private readonly options: ServeOptions;
  private readonly links = new Set<ClientLink>();
  private connections = 0;
  private readonly listener: SocketServer;
  private leaving = false;

  constructor(address: string, options: ServeOptions) {
    this.address = address;
    this.options = options;
    this.listener = createServer((socket) => {
      this.accept(socket);
    });
    this.listener.maxConnections = limits.clientsPerEngine * 2;
  }

  async listen(): Promise<void> {
    this.listener.listen(this.address);
    await once(this.listener, 'listening');
    if (process.platform !== 'win32') await chmod(this.address, 0o600);
  }

  get clients(): number {
    let count = 0;
    for (const link of this.links) if (link.attached) count++;
    return count;
  }

  publish(entry: Entry): number {
    const bytes = JSON.stringify(entry).length;
    for (const link of [...this.links]) link.sendEntry(entry, bytes);
    return bytes;
  }

  sendDelta(delta: Delta): void {
    const bytes = 'text' in delta ? delta.text.length + 100 : 100;
    for (const link of this.links) link.sendDelta(delta, bytes);
  }

  async goodbye(reason: string): Promise<void> {
    this.leaving = true;
    const closed = new Promise<void>((resolve) => {
      this.listener.close(() => {
        resolve();
      });
    });
    await Promise.all([...this.links].map((link) => link.goodbye(reason)));
    const slow = setTimeout(() => {
      for (const link of this.links) link.close();
    }, 1_000);
    await closed;
    clearTimeout(slow);
  }

  private accept(socket: Socket): void {
    this.connections += 1;
    const link = new ClientLink(socket, this.connections, this.options.queuedEntryBytes);
    if (this.leaving) {
      link.close();
      return;
    }
    this.links.add(link);
    const late = setTimeout(() => {
      if (!link.attached) link.close();
    }, limits.attachWallMs);
    socket.once('close', () => {
      clearTimeout(late);
      const wasAttached = link.name !== null;
      this.links.delete(link);
      link.close();
      if (!wasAttached) return;
      this.options.onLeft?.(link);
      this.options.onClients?.(this.clients);
    });
    for (const method of requestNames) this.register(link, method);
    link.connection.listen();
  }

  private register(link: ClientLink, method: RequestName): void {
    link.connection.onRequest(method, (params: unknown) => {
      if (method !== 'attach') return this.answer(link, method, params);
      try {
        return this.attach(link, checkParams('attach', params));
      } catch (error) {
        link.refuse();
        return errorOf(error);
      }
    });
  }

  /** The answer's content is taken in the tick that begins it: what is published from then on waits and follows it. */
  private attach(link: ClientLink, params: Requests['attach']['params']): AttachResult | Promise<AttachResult> {
    if (!sameToken(params.token, this.options.token))
      throw new RequestRefused('The token is wrong: the engine has been replaced; attach again', 'token');
    if (params.protocol !== protocolVersion) throw new RequestRefused(protocolMessage(params.protocol), 'protocol');
    assert(link.name === null, 'a client attaches once');
    if (this.clients >= limits.clientsPerEngine) {
      throw new RequestRefused(
        `${String(this.clients)} windows are attached to this run, no more can be: close one`,
        'too-many-clients',
      );
    }
    const entries = params.lastSeq > 0 ? this.options.tail(params.lastSeq) : null;
    const readOnly = this.options.readOnly();
    link.beginAnswer(params.client, () => {
      if (params.asksModels === true) this.options.onWindow?.(link, params.client);
    });
    this.options.onClients?.(this.clients);
    const more = { readOnly, ...(this.options.signs && { signs: this.options.signs() }) };
    if (entries) return { kind: 'tail', entries, ...more };
    const state = this.options.snapshot();
    if (params.inPieces !== true) return { kind: 'snapshot', state, ...more };
    const sent = link.sendPieces(statePieces(state));
    return sent.then(() => ({ kind: 'snapshot', state: withoutPieces(state), ...more }));
  }

  private async answer(link: ClientLink, method: keyof Handlers, params: unknown): Promise<unknown> {
    try {
      if (link.name === null) {
        link.refuse();
        throw new RequestRefused(`Attach before "${method}"`, 'attach-first');
      }
      const handler = this.options.handlers[method] as (
        params: unknown,
        client: string,
        connection: object,
      ) => Promise<unknown>;
      return await handler(checkParams(method, params), link.name, link);
    } catch (error) {
      if (!(error instanceof RequestRefused)) this.options.onFailure?.(method, error);
      return errorOf(error);
    }
  }
}

function errorOf(error: unknown): ResponseError<string> {
  if (error instanceof RequestRefused) return new ResponseError(refusalErrorCode, error.message, error.code);
  return new ResponseError(refusalErrorCode, `The engine failed: ${messageOf(error)}`, 'failed');
}

/** Compares digests, so that the time doesn't tell the length either. */
function sameToken(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function protocolMessage(theirs: number): string {
  const older =
    theirs < protocolVersion
      ? 'this window or command line is older than the run'
      : 'the run is older than this window or command line';
  return `Protocol ${String(theirs)} doesn't fit the engine's ${String(protocolVersion)}: ${older}. Update it, or stop the run and resume it`;
}
