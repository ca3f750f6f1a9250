/**
 * Job: one socket to one engine: attach, ask, hear.
 * Boundary: a single connection's life; folding and reconnecting are the RunConnection's.
 * Rules: what the engine sends before the attach answer has been taken is kept and follows it. What was read before the socket
 *   closed is heard before the end is told: the last entries and the goodbye come with it.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  createMessageConnection,
  Message,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
  type CancellationToken,
  type DataCallback,
  type Disposable,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { messageOf } from '../base/assert.ts';
import type { AskWindowModel, ClientNotifications, ClientRequests } from '../protocol/brokering.ts';
import type {
  AttachParams,
  AttachResult,
  NotificationName,
  Notifications,
  RequestName,
  Requests,
} from '../protocol/messages.ts';
import { refusalCodeOf, refusalErrorCode, RequestRefused } from '../protocol/refused.ts';
import { stateOfJson, withPieces } from '../protocol/snapshot.ts';
import type { RunState } from '../run/state.ts';

/** The engine went away before it answered, or never was there. Nothing is known about what it did. */
export class EngineGone extends Error {
  override readonly name = 'EngineGone';
}

/** It takes connections and answers none: stopped, or stuck. */
export class EngineHangs extends EngineGone {}

export interface LinkOptions {
  /** The engine's process, for the message. */
  readonly pid?: number;
  /** How long the engine may take to answer the attach. */
  readonly answerMs?: number;
}

const defaultAnswerMs = 10_000;

export interface LinkListener {
  readonly attached: (result: AttachResult) => void;
  readonly notified: (name: NotificationName, value: unknown) => void;
  /** Once, at the end of the connection, whoever ended it. */
  readonly closed: () => void;
  /** Asks VS Code's models; absent: this client can't. */
  readonly askModel?: AskWindowModel;
}

export class Link {
  private readonly socket: Socket;
  private readonly connection: MessageConnection;
  private isClosed = false;
  /** What the attach answer's state lacks. */
  private readonly pieces: Notifications['stateItems'][] = [];

  private constructor(socket: Socket, listener: LinkListener, early: (() => void)[]) {
    this.socket = socket;
    const reader = new CountingReader(socket);
    this.connection = createMessageConnection(reader, new SocketMessageWriter(socket), silentLogger);
    let heard = 0;
    const endWhenHeard = () => {
      if (!this.isClosed || heard < reader.notifications) return;
      this.connection.dispose();
      listener.closed();
    };
    let attached = false;
    const hear = (name: NotificationName) => (value: unknown) => {
      if (attached) listener.notified(name, value);
      else
        early.push(() => {
          listener.notified(name, value);
        });
    };
    for (const name of ['entry', 'delta', 'goodbye'] as const) {
      const tell = hear(name);
      this.connection.onNotification(name, (value: unknown) => {
        heard += 1;
        tell(value);
        endWhenHeard();
      });
    }
    this.connection.onNotification('stateItems', (piece: Notifications['stateItems']) => {
      this.pieces.push(piece);
    });
    if (listener.askModel !== undefined) this.serveModels(listener.askModel);
    socket.on('error', () => undefined); // the close that follows says all there is to say
    socket.once('close', () => {
      this.isClosed = true;
      this.ended.abort();
      endWhenHeard();
    });
    this.connection.listen();
    this.release = () => {
      attached = true;
      for (const tell of early.splice(0)) tell();
    };
  }
  private readonly release: () => void;
  /** Aborted with the connection: a call for an engine that is gone is for nobody. */
  private readonly ended = new AbortController();

  private serveModels(askModel: AskWindowModel): void {
    const name: keyof ClientRequests = 'askModel';
    this.connection.onRequest(name, async (call: ClientRequests['askModel']['params'], token: CancellationToken) => {
      const cancelled = new AbortController();
      token.onCancellationRequested(() => {
        cancelled.abort();
      });
      const onText = (text: string): void => {
        const told: ClientNotifications['modelText'] = { call: call.call, text };
        // A write that fails means that the engine is gone; the close event tells.
        this.connection.sendNotification('modelText', told).catch(() => undefined);
      };
      return askModel(call, onText, AbortSignal.any([cancelled.signal, this.ended.signal]));
    });
  }

  /** Connects and attaches. @throws EngineGone, EngineHangs, RequestRefused */
  static async open(
    address: string,
    params: AttachParams,
    listener: LinkListener,
    { pid, answerMs = defaultAnswerMs }: LinkOptions = {},
  ): Promise<Link> {
    const socket = connect(address);
    const hung = new EngineHangs(hangsMessage(pid));
    const late = setTimeout(() => socket.destroy(hung), answerMs);
    try {
      return await Link.attach(socket, address, params, listener);
    } catch (error) {
      throw socket.errored === hung ? hung : error;
    } finally {
      clearTimeout(late);
    }
  }

  private static async attach(
    socket: Socket,
    address: string,
    params: AttachParams,
    listener: LinkListener,
  ): Promise<Link> {
    try {
      await once(socket, 'connect');
    } catch (error) {
      socket.destroy();
      throw new EngineGone(`No engine answers at ${address}: ${messageOf(error)}`, { cause: error });
    }
    const link = new Link(socket, listener, []);
    try {
      const result = await link.request('attach', { ...params, inPieces: true });
      const pieces = link.pieces.splice(0);
      listener.attached(result.kind === 'tail' ? result : { ...result, state: stateOf(result.state, pieces) });
      link.release();
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /** @throws RequestRefused with the engine's words; EngineGone when the connection ends first */
  async request<K extends RequestName>(name: K, params: Requests[K]['params']): Promise<Requests[K]['result']> {
    if (this.isClosed) throw new EngineGone(`The engine is gone: "${name}" was not asked`);
    try {
      return await this.connection.sendRequest(name, params);
    } catch (error) {
      if (error instanceof ResponseError && error.code === refusalErrorCode)
        throw new RequestRefused(error.message, refusalCodeOf(error.data));
      throw new EngineGone(`The engine went away at "${name}": ${messageOf(error)}`, { cause: error });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

/** An older engine sends no pieces, and the whole state. */
function stateOf(state: RunState, pieces: readonly Notifications['stateItems'][]): RunState {
  return pieces.length === 0 ? stateOfJson(state) : withPieces(state, pieces);
}

/** By SIGKILL: whoever hangs handles no other signal, and the journal bears it. */
function hangsMessage(pid: number | undefined): string {
  return pid === undefined
    ? 'the engine does not answer'
    : `the engine (process ${String(pid)}) does not answer; end it with: kill -9 ${String(pid)}`;
}

/** Counts the notifications that were read: the connection handles them one a turn, so some may wait when the socket closes. */
class CountingReader extends SocketMessageReader {
  notifications = 0;

  override listen(callback: DataCallback): Disposable {
    return super.listen((message) => {
      if (Message.isNotification(message) && isNotificationName(message.method)) this.notifications += 1;
      callback(message);
    });
  }
}

function isNotificationName(method: string): boolean {
  return method === 'entry' || method === 'delta' || method === 'goodbye';
}

/** What it would log is told by errors and events; a log of messages would hold the key. */
const silentLogger = { error: () => undefined, warn: () => undefined, info: () => undefined, log: () => undefined };
