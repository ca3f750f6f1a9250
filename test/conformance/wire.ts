/**
 * Job: what the loopback servers of all protocols share: one server that checks each request as the provider does and
 * then plays the next scripted turn, and the words in which a dialect describes its protocol.
 * Boundary: knows HTTP and server-sent events; what stands in them is the dialects' (`anthropic.ts`, `openai.ts`, `google.ts`,
 * `chat.ts`).
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenUsage } from '../../src/run/entry.ts';
import type { NetworkProvider } from '../../src/engine/model/providers.ts';

/** An answer in Belay's words, which a dialect says in its own. */
export interface Scripted {
  /** Each piece is one delta. */
  readonly text: readonly string[];
  readonly calls: readonly ScriptedCall[];
  readonly usage: ScriptedUsage;
}

export interface ScriptedCall {
  readonly id: string;
  readonly name: string;
  /** The arguments' JSON, in the pieces in which it is streamed. */
  readonly pieces: readonly string[];
  /** What Google's models add to a call. */
  readonly signature?: string;
}

/** Disjoint parts of the input, and the output. */
export interface ScriptedUsage {
  readonly fresh: number;
  readonly read: number;
  readonly written: number;
  readonly output: number;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** One server-sent event; a string is sent as it is. */
export interface Frame {
  readonly event?: string;
  readonly data: unknown;
}

export interface Dialect {
  readonly provider: NetworkProvider;
  /** In front of the provider's paths. */
  readonly base: string;
  readonly keyHeader: { readonly name: string; readonly prefix: string };
  /** Whether it counts tokens that were written to the cache. */
  readonly tellsWritten: boolean;
  /** Status of "overloaded, try again later". */
  readonly overloadedStatus: 503 | 529;
  /** The model that a request asks for; null: the request is none that the provider takes. */
  modelOf(seen: Seen): string | null;
  /** All events of a whole answer. */
  answer(scripted: Scripted): Frame[];
  /** As it ends where the model, or a filter in front of it, refuses. */
  refusal(): Frame[];
  /** As it ends where the output limit was reached before a word was written. */
  capped(): Frame[];
  /** Events of an answer that breaks off with "overloaded": at once, and after some text. */
  breaksOff(said: readonly string[]): Frame[];
  wrongKey(shown: string): Reply;
  unknownModel(name: string): Reply;
  rateLimited(): Reply;
  overloaded(): Reply;
  /** Every way in which it says that the request is too long: whole, and as a stream where it does that. */
  readonly tooLong: readonly (Reply | { readonly frames: readonly Frame[] })[];
  /** @throws AssertionError where the conversation of `scenarios.ts` did not come back as the provider wants it */
  checkHistory(body: Record<string, unknown>): void;
}

export type Turn =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly kind: 'stream';
      readonly frames: readonly Frame[];
      /** Ended as the protocol does, ended early by a proxy, broken, or held open. */
      readonly end: 'whole' | 'early' | 'broken' | 'held';
    };

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface Wire {
  readonly baseUrl: string;
  readonly host: string;
  readonly seen: readonly Seen[];
  /** Settles when the client gives up an answer that is not whole. */
  readonly givenUp: Promise<void>;
  close(): Promise<void>;
}

export const served = { model: 'model-one', key: 'k3y-of-the-loopback' } as const;

/** A provider with one model and one key, on 127.0.0.1. Turns are played in order; a request too many is a 500. */
export async function startWire(dialect: Dialect, turns: readonly Turn[]): Promise<Wire> {
  const seen: Seen[] = [];
  const rest = [...turns];
  let onGivenUp = (): void => undefined;
  const givenUp = new Promise<void>((resolve) => (onGivenUp = resolve));
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) onGivenUp();
    });
    void read(request).then((one) => {
      seen.push(one);
      play(response, refused(dialect, one) ?? rest.shift() ?? { kind: 'reply', reply: { status: 500, body: {} } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    baseUrl: `http://${host}${dialect.base}`,
    host,
    seen,
    givenUp,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export function joined(pieces: readonly string[]): string {
  return pieces.join('');
}

export function usageOf({ fresh, read, written, output }: ScriptedUsage, tellsWritten: boolean): TokenUsage {
  return {
    input: fresh + read + written,
    cachedInput: read,
    cacheWriteInput: tellsWritten ? written : 0,
    output,
  };
}

async function read(request: IncomingMessage): Promise<Seen> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return {
    method: request.method ?? '',
    url: new URL(request.url ?? '/', 'http://loopback'),
    headers: request.headers,
    text,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

/** As the provider looks at a request before any model does. */
function refused(dialect: Dialect, one: Seen): Turn | null {
  const { name, prefix } = dialect.keyHeader;
  const shown = one.headers[name];
  if (shown !== prefix + served.key)
    return { kind: 'reply', reply: dialect.wrongKey(String(shown).slice(prefix.length)) };
  const model = one.method === 'POST' ? dialect.modelOf(one) : null;
  if (model === null) return { kind: 'reply', reply: { status: 400, body: { error: { message: 'no such request' } } } };
  return model === served.model ? null : { kind: 'reply', reply: dialect.unknownModel(model) };
}

function play(response: ServerResponse, turn: Turn): void {
  if (turn.kind === 'reply') {
    response.writeHead(turn.reply.status, { 'content-type': 'application/json', ...turn.headers });
    response.end(JSON.stringify(turn.reply.body));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  for (const { event, data } of turn.frames) {
    const name = event === undefined ? '' : `event: ${event}\n`;
    response.write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }
  if (turn.end === 'broken') setImmediate(() => response.destroy());
  else if (turn.end !== 'held') response.end();
}
