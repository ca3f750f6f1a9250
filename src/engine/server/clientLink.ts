/**
 * Job: one client's side of the stream: what is sent, what waits, what is left out.
 * Boundary: bytes and order; who may attach is the server's.
 * Rules: the attach answer goes first and every later entry after it, without a gap or a double: entries published while the
 *   answer is on its way are held and follow it. A slow client loses deltas, never entries; one too far behind is dropped.
 */
import type { Socket } from 'node:net';
import {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  Message,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { Entry } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import type { BrokeredAnswer, BrokeredCall } from '../../protocol/brokering.ts';
import type { NotificationName } from '../../protocol/messages.ts';
import { RequestRefused } from '../../protocol/refused.ts';
import type { SnapshotPiece } from '../../protocol/snapshot.ts';
import { WindowGone, type ModelWindow } from '../model/windowModels.ts';
import { checkBrokeredAnswer, checkModelText } from './params.ts';

export class ClientLink implements ModelWindow {
  readonly connection: MessageConnection;
  /** Unique within an engine's life. */
  readonly id: number;
  /** Who attached; null before. */
  name: string | null = null;
  private readonly socket: Socket;
  private phase: 'new' | 'refused' | 'answering' | 'streaming' | 'closed' = 'new';
  private readonly held: { readonly entry: Entry; readonly bytes: number }[] = [];
  private queuedBytes = 0;
  private readonly queuedEntryLimit: number;
  private readonly texts = new Map<number, (text: string) => void>();
  private onStream: () => void = () => undefined;

  constructor(socket: Socket, id: number, queuedEntryLimit: number = limits.queuedEntryBytes) {
    this.socket = socket;
    this.id = id;
    socket.on('error', () => undefined); // the close that follows says all there is to say
    this.queuedEntryLimit = queuedEntryLimit;
    const writer = new AnnouncingWriter(socket, (message, written) => {
      if (!Message.isResponse(message)) return;
      if (this.phase === 'answering') this.startStream();
      else if (this.phase === 'refused') void written.then(() => socket.end());
    });
    this.connection = createMessageConnection(new SocketMessageReader(socket), writer, silentLogger);
    this.connection.onClose(() => (this.phase = 'closed'));
    this.connection.onNotification('modelText', (value: unknown) => {
      const told = checkModelText(value);
      if (told !== null) this.texts.get(told.call)?.(told.text);
    });
  }

  get attached(): boolean {
    return this.phase === 'streaming' || this.phase === 'answering';
  }

  /**
   * From here on entries are kept until the attach answer has been written; called in the tick that makes the answer.
   * @param onStream when it has been written
   */
  beginAnswer(name: string, onStream: () => void): void {
    this.name = name;
    this.phase = 'answering';
    this.onStream = onStream;
  }

  /** Has the window ask VS Code's model. @throws WindowGone when it goes away first, RequestRefused where it answers nonsense */
  async askModel(call: BrokeredCall, onText: (text: string) => void, signal: AbortSignal): Promise<BrokeredAnswer> {
    if (this.phase !== 'streaming') throw new WindowGone('the window is gone');
    const cancel = new CancellationTokenSource();
    const onAbort = () => {
      cancel.cancel();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.texts.set(call.call, onText);
    try {
      return checkBrokeredAnswer(await this.connection.sendRequest('askModel', call, cancel.token));
    } catch (error) {
      // The socket may fail a write before its close is told.
      const answered = error instanceof RequestRefused || (error instanceof ResponseError && !isTransport(error.code));
      throw answered && !this.isClosed() ? error : new WindowGone('the window is gone', { cause: error });
    } finally {
      this.texts.delete(call.call);
      signal.removeEventListener('abort', onAbort);
      cancel.dispose();
    }
  }

  /** One after the other: no more than one is in memory as text. Rejects where the client has left. */
  async sendPieces(pieces: readonly SnapshotPiece[]): Promise<void> {
    for (const { list, items } of pieces) await this.connection.sendNotification('stateItems', { list, items });
  }

  /** The connection ends as soon as the refusal, which is the next answer, is out. */
  refuse(): void {
    this.phase = 'refused';
  }

  sendEntry(entry: Entry, bytes: number): void {
    if (this.phase === 'answering') this.held.push({ entry, bytes });
    else if (this.phase === 'streaming') this.stream('entry', entry, bytes);
    if (this.queuedBytes > this.queuedEntryLimit) this.close();
  }

  /** Left out when the client is behind: a delta is ephemeral, its text comes again with the entry. */
  sendDelta(delta: object, bytes: number): void {
    if (this.phase === 'streaming' && this.queuedBytes + bytes <= limits.queuedDeltaBytes)
      this.stream('delta', delta, bytes);
  }

  async goodbye(reason: string): Promise<void> {
    if (this.phase === 'streaming')
      await this.connection.sendNotification('goodbye', { reason }).catch(() => undefined); // it left first
    this.connection.end();
    this.socket.end();
  }

  close(): void {
    this.phase = 'closed';
    this.connection.dispose();
    this.socket.destroy();
  }

  /** As a call, since it changes while something is awaited. */
  private isClosed(): boolean {
    return this.phase === 'closed';
  }

  private startStream(): void {
    this.phase = 'streaming';
    for (const { entry, bytes } of this.held.splice(0)) this.stream('entry', entry, bytes);
    this.onStream();
  }

  private stream(name: NotificationName, value: object, bytes: number): void {
    this.queuedBytes += bytes;
    const sent = () => (this.queuedBytes -= bytes);
    // A write that failed means that the client is gone; the close event tells.
    this.connection.sendNotification(name, value).then(sent, sent);
  }
}

/**
 * Tells when a message takes its place in the order of the stream, and hands it to the socket in one piece: its own writer
 * waits for the header to be written before it writes the body, two calls of the system and two wakes of the client.
 */
class AnnouncingWriter extends SocketMessageWriter {
  private readonly stream: Socket;
  private readonly announce: (message: Message, written: Promise<void>) => void;
  constructor(socket: Socket, announce: (message: Message, written: Promise<void>) => void) {
    super(socket);
    this.stream = socket;
    this.announce = announce;
  }

  override write(message: Message): Promise<void> {
    const body = JSON.stringify(message);
    const framed = `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`;
    const written = new Promise<void>((resolve, reject) => {
      this.stream.write(framed, 'utf8', (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    this.announce(message, written);
    return written;
  }
}

/** Codes that a connection makes itself when it can't send or has ended; see ErrorCodes of vscode-jsonrpc. */
function isTransport(code: number): boolean {
  return code >= ErrorCodes.jsonrpcReservedErrorRangeStart && code <= ErrorCodes.ConnectionInactive;
}

/** What the connection would log is told by its events; its logger would hold messages, and a message may hold a key. */
const silentLogger = { error: () => undefined, warn: () => undefined, info: () => undefined, log: () => undefined };
