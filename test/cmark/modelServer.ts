/**
 * Job: a model endpoint on the loopback that speaks the OpenAI chat-completions protocol, streamed or whole, and answers
 * by a pure function of the request (`policy.ts` unless told otherwise). Injects faults on demand and records requests.
 * Boundary: knows the protocol and nothing of the task; between requests it keeps only counters, the record, and the last
 * prompt's text, from which it estimates cached tokens.
 * By itself: `node test/cmark/modelServer.ts [--port 0] [--key test-key] [--chunk-delay-ms 0]` prints its URL.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { completionOf, deltasOf, type Completion, type Usage } from './completion.ts';
import type { ChatMessage } from './conversation.ts';
import { answer as policy, type Answer, type ToolDescription } from './policy.ts';

export type FaultKind =
  | 'cut'
  | 'reset'
  | 'rate-limit'
  | 'overloaded'
  | 'malformed-arguments'
  | 'unknown-tool'
  | 'server-error'
  | 'too-long'
  | 'refusal'
  | 'empty'
  | 'hang';

export interface Fault {
  /** Counts chat requests of this server from 1; refused ones count too. */
  readonly atRequest: number;
  readonly kind: FaultKind;
  /** For `rate-limit`; 1 where absent; null: none is said. */
  readonly retryAfterSeconds?: number | null;
}

export interface ModelServerOptions {
  /** 0: a free one. */
  readonly port?: number;
  /** Expected as `Authorization: Bearer <key>`; null: none is, as with a local model. */
  readonly key?: string | null;
  readonly models?: readonly string[];
  readonly faults?: readonly Fault[];
  readonly chunkDelayMs?: number;
  /** Awaited before each chunk of a stream (index from 0): holds an answer half sent. */
  readonly beforeChunk?: (request: RecordedRequest, index: number) => Promise<void> | void;
  /** What is reported as used, made from what was counted. */
  readonly usage?: (counted: Usage, request: ChatRequest) => Usage;
  /** False: none is reported in a stream, asked for or not, as some local servers do. */
  readonly reportsUsage?: boolean;
  readonly answer?: (messages: readonly ChatMessage[], tools: readonly ToolDescription[]) => Answer;
}

export interface RecordedRequest {
  /** From 1. */
  readonly number: number;
  readonly body: ChatRequest;
  /** The body as it came over the wire. */
  readonly text: string;
  /** null until it was answered whole. */
  usage: Usage | null;
}

const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).optional(),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).optional(),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

export class ModelServer {
  readonly requests: RecordedRequest[] = [];
  readonly #options: Required<ModelServerOptions>;
  #key: string | null;
  readonly #server = createServer((request, response) => {
    this.#handle(request, response).catch((error: unknown) => {
      // The client went away in the midst of an answer, or the policy threw: the connection tells it.
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  readonly #nonce = randomUUID().slice(0, 8);
  #lastPrompt = '';

  private constructor(options: ModelServerOptions) {
    this.#options = {
      port: 0,
      key: 'test-key',
      models: ['loopback-rebuilder'],
      faults: [],
      chunkDelayMs: 0,
      beforeChunk: () => undefined,
      usage: (counted) => counted,
      reportsUsage: true,
      answer: policy,
      ...options,
    };
    this.#key = this.#options.key;
  }

  /** From now on another key is the right one. */
  expectKey(key: string): void {
    this.#key = key;
  }

  /** Listens on 127.0.0.1. Rejects if the port is taken. */
  static async start(options: ModelServerOptions = {}): Promise<ModelServer> {
    const server = new ModelServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(server.#options.port, '127.0.0.1', resolve);
    });
    return server;
  }

  /** With `/v1`, as `baseURL` wants it. */
  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/v1`;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      this.#server.close(() => {
        resolve();
      }),
    );
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const key = this.#key;
    if (key !== null && request.headers.authorization !== `Bearer ${key}`) {
      sendError(response, 401, 'Incorrect API key provided.', 'invalid_api_key');
    } else if (path === '/v1/models' && request.method === 'GET') {
      sendJson(response, 200, {
        object: 'list',
        data: this.#options.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'loopback' })),
      });
    } else if (path === '/v1/chat/completions' && request.method === 'POST') {
      await this.#chat(text, response);
    } else {
      sendError(response, 404, `Unknown request URL: ${request.method ?? ''} ${path}.`, 'unknown_url');
    }
  }

  async #chat(text: string, response: ServerResponse): Promise<void> {
    const parsed = chatRequest.safeParse(parseJson(text));
    if (!parsed.success) {
      sendError(response, 400, `The request is not a chat request: ${parsed.error.message}`, null);
      return;
    }
    const body = parsed.data;
    const record: RecordedRequest = { number: this.requests.length + 1, body, text, usage: null };
    this.requests.push(record);
    const fault = this.#options.faults.find((f) => f.atRequest === record.number);
    if (this.#refuse(fault, body, response)) return;
    const completion = this.#complete(record, fault);
    if (body.stream === true) await this.#stream(response, completion, record, fault);
    else if (fault?.kind === 'cut') response.destroy();
    else {
      record.usage = completion.usage;
      sendJson(response, 200, {
        ...frame(completion, body, 'chat.completion'),
        choices: [{ index: 0, message: completion.message, finish_reason: completion.finishReason }],
        usage: completion.usage,
      });
    }
  }

  /** Whether the request was answered without a model: a fault, or a model that isn't there. A hung one is never answered. */
  #refuse(fault: Fault | undefined, body: ChatRequest, response: ServerResponse): boolean {
    if (fault?.kind === 'hang') return true;
    if (fault?.kind === 'reset') {
      response.socket?.resetAndDestroy();
      return true;
    }
    if (fault?.kind === 'rate-limit') {
      const { retryAfterSeconds = 1 } = fault;
      if (retryAfterSeconds !== null) response.setHeader('retry-after', String(retryAfterSeconds));
      sendError(response, 429, 'Rate limit reached for requests.', 'rate_limit_exceeded');
    } else if (fault?.kind === 'overloaded') {
      sendError(response, 529, 'The engine is currently overloaded, please try again later.', 'overloaded_error');
    } else if (fault?.kind === 'too-long') {
      const words =
        'This model’s maximum context length is 4097 tokens. However, your messages resulted in 9001 tokens.';
      sendError(response, 400, words, 'context_length_exceeded');
    } else if (fault?.kind === 'server-error') {
      sendError(response, 500, 'The server had an error while processing your request.', null);
    } else if (!this.#options.models.includes(body.model)) {
      sendError(
        response,
        404,
        `The model \`${body.model}\` does not exist or you do not have access to it.`,
        'model_not_found',
      );
    } else return false;
    return true;
  }

  #complete(record: RecordedRequest, fault: Fault | undefined): Completion {
    const { body, number } = record;
    const said = this.#options.answer(body.messages, body.tools ?? []);
    const prompt = JSON.stringify([body.tools ?? [], body.messages]);
    const completion = completionOf(said, {
      id: `${this.#nonce}_${String(number)}`,
      prompt,
      lastPrompt: this.#lastPrompt,
      maxTokens: body.max_completion_tokens ?? body.max_tokens ?? null,
      spoil: fault?.kind === 'malformed-arguments' || fault?.kind === 'unknown-tool' ? fault.kind : null,
    });
    this.#lastPrompt = prompt;
    const usage = this.#options.usage(completion.usage, body);
    if (fault?.kind !== 'refusal' && fault?.kind !== 'empty') return { ...completion, usage };
    const content = fault.kind === 'refusal' ? 'I can not help with that.' : null;
    const finishReason = fault.kind === 'refusal' ? 'content_filter' : 'stop';
    return { ...completion, usage, finishReason, message: { role: 'assistant', content } };
  }

  async #stream(
    response: ServerResponse,
    completion: Completion,
    record: RecordedRequest,
    fault: Fault | undefined,
  ): Promise<void> {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
    });
    const withUsage = this.#options.reportsUsage && record.body.stream_options?.include_usage === true;
    const head = { ...frame(completion, record.body, 'chat.completion.chunk'), ...(withUsage ? { usage: null } : {}) };
    const deltas = deltasOf(completion);
    const chunks: object[] = deltas.map((delta) => ({ ...head, choices: [{ index: 0, delta, finish_reason: null }] }));
    chunks.push({ ...head, choices: [{ index: 0, delta: {}, finish_reason: completion.finishReason }] });
    if (withUsage) chunks.push({ ...head, choices: [], usage: completion.usage });
    const cutAt = fault?.kind === 'cut' ? Math.floor(chunks.length / 2) : Infinity;
    for (const [i, chunk] of chunks.entries()) {
      if (i >= cutAt) {
        response.destroy();
        return;
      }
      if (this.#options.chunkDelayMs > 0) await wait(this.#options.chunkDelayMs);
      await this.#options.beforeChunk(record, i);
      if (response.destroyed) return;
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }
    record.usage = completion.usage;
    response.end('data: [DONE]\n\n');
  }
}

function frame(completion: Completion, body: ChatRequest, object: string): object {
  return { id: `chatcmpl-${completion.id}`, object, created: 0, model: body.model, system_fingerprint: 'fp_loopback' };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // The caller answers 400, as for any other body that is no chat request.
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, message: string, code: string | null): void {
  const type = status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error';
  sendJson(response, status, { error: { message, type, param: null, code } });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      key: { type: 'string', default: 'test-key' },
      'chunk-delay-ms': { type: 'string', default: '0' },
    },
  });
  const server = await ModelServer.start({
    port: Number(values.port),
    key: values.key,
    chunkDelayMs: Number(values['chunk-delay-ms']),
  });
  process.stdout.write(`${server.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop());
}

if (import.meta.main) await main();
