/** Job: the loopback model server, read back by the SDK that Belay uses and by plain requests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, jsonSchema, streamText, type ModelMessage, type ToolSet } from 'ai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { splitCases } from '../../cmark/cases.ts';
import { ModelServer, type ModelServerOptions } from '../../cmark/modelServer.ts';
import { textOf } from '../../cmark/conversation.ts';
import { answer, type Answer } from '../../cmark/policy.ts';
import { Toolbench } from '../../cmark/toolbench.ts';

// Real processes: on a machine that is busy with other tests they take their time.
vi.setConfig({ testTimeout: 60_000 });

const model = 'loopback-rebuilder';
const started: ModelServer[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function serve(options: ModelServerOptions = {}): Promise<ModelServer> {
  const server = await ModelServer.start(options);
  started.push(server);
  return server;
}

const toolNames = [
  'read_file',
  'list_files',
  'search',
  'write_file',
  'edit_file',
  'run',
  'run_visible_tests',
  'probe_reference',
  'note',
  'plan',
  'ask',
  'finish',
];
const tools: ToolSet = Object.fromEntries(
  toolNames.map((name) => [name, { description: name, inputSchema: jsonSchema({ type: 'object' }) }]),
);

interface Streamed {
  readonly text: string;
  /** How many text deltas, and how many pieces of arguments, came. */
  readonly pieces: { readonly text: number; readonly input: number };
  readonly calls: readonly { toolCallId: string; toolName: string; input: unknown; invalid: boolean }[];
  readonly error: unknown;
  readonly usage: {
    readonly input: number | undefined;
    readonly cached: number | undefined;
    readonly output: number | undefined;
  } | null;
}

/** One answer through the SDK, without retries. */
async function ask(
  server: ModelServer,
  messages: ModelMessage[],
  options: { key?: string; name?: string; abortSignal?: AbortSignal; maxOutputTokens?: number } = {},
): Promise<Streamed> {
  const { key = 'test-key', name = model, ...rest } = options;
  const provider = createOpenAICompatible({ name: 'loopback', baseURL: server.url, apiKey: key, includeUsage: true });
  const result = streamText({
    model: provider(name),
    messages,
    tools,
    maxRetries: 0,
    onError: () => undefined,
    ...rest,
  });
  const calls: { toolCallId: string; toolName: string; input: unknown; invalid: boolean }[] = [];
  const pieces = { text: 0, input: 0 };
  let text = '';
  let error: unknown = null;
  let usage: Streamed['usage'] = null;
  for await (const part of result.stream) {
    if (part.type === 'text-delta') {
      text += part.text;
      pieces.text += 1;
    } else if (part.type === 'tool-input-delta') pieces.input += 1;
    else if (part.type === 'tool-call')
      calls.push({
        toolCallId: part.toolCallId,
        toolName: part.toolName,
        input: part.input,
        invalid: part.invalid === true,
      });
    else if (part.type === 'error') error = part.error;
    else if (part.type === 'finish')
      usage = {
        input: part.totalUsage.inputTokens,
        cached: part.totalUsage.inputTokenDetails.cacheReadTokens,
        output: part.totalUsage.outputTokens,
      };
  }
  return { text, pieces, calls, error, usage };
}

const hello: ModelMessage[] = [{ role: 'user', content: 'Task: cmark → Perl.' }];
const fixed = (said: Answer) => () => said;
const longText = 'Ünïcode 🦉 text. '.repeat(20);
const longCall = { name: 'write_file', args: { path: 'a.pl', content: 'print "héllo 🦉\\n";\n'.repeat(100) } };

describe('through the SDK', () => {
  it('streams text in deltas and tool calls in fragments, byte for byte what was said', async () => {
    const said = { text: longText, toolCalls: [longCall, { name: 'note', args: { text: 'x' } }] };
    const server = await serve({ answer: fixed(said) });
    const got = await ask(server, hello);
    expect(got.error).toBeNull();
    expect(got.text).toBe(said.text);
    expect(got.calls.map((c) => ({ name: c.toolName, args: c.input }))).toEqual(said.toolCalls);
    expect(new Set(got.calls.map((c) => c.toolCallId)).size).toBe(2);
    expect(got.pieces.text).toBeGreaterThan(5);
    expect(got.pieces.input).toBeGreaterThan(5);
  });

  it('tells usage, with the prefix shared with the request before as cached', async () => {
    const server = await serve({ answer: fixed({ text: 'ok', toolCalls: [] }) });
    const first: ModelMessage[] = [{ role: 'user', content: 'word '.repeat(1000) }];
    const one = await ask(server, first);
    const two = await ask(server, [
      ...first,
      { role: 'assistant', content: 'ok' },
      { role: 'user', content: 'and now?' },
    ]);
    expect(one.usage).toMatchObject({ cached: 0, output: 1 });
    expect(one.usage?.input).toBeGreaterThan(1250);
    expect(two.usage?.cached).toBeGreaterThanOrEqual(1152);
    expect(two.usage?.cached).toBeLessThan(two.usage?.input ?? 0);
    expect(server.requests.map((r) => r.usage?.prompt_tokens)).toEqual([one.usage?.input, two.usage?.input]);
  });

  it('carries the policy over several steps, and records each request as it came', async () => {
    const server = await serve();
    const bench = new Toolbench(new Map([['docs/spec.md', '# Spec\n']]), splitCases().visible.slice(0, 10));
    const messages: ModelMessage[] = [...hello];
    for (let step = 0; step < 6; step += 1) {
      const got = await ask(server, messages);
      expect(got.error).toBeNull();
      const planned = got.calls.map((c) => ({ name: c.toolName, args: c.input as Record<string, unknown> }));
      const results = bench.perform({ text: got.text, toolCalls: planned }, step).slice(1);
      messages.push({
        role: 'assistant',
        content: [
          { type: 'text', text: got.text },
          ...got.calls.map((c) => ({
            type: 'tool-call' as const,
            toolCallId: c.toolCallId,
            toolName: c.toolName,
            input: c.input,
          })),
        ],
      });
      messages.push({
        role: 'tool',
        content: got.calls.map((c, i) => ({
          type: 'tool-result' as const,
          toolCallId: c.toolCallId,
          toolName: c.toolName,
          output: { type: 'text' as const, value: textOf(results[i] ?? { role: 'tool' }) },
        })),
      });
    }
    expect([...bench.files.keys()]).toContain('lib/Cmark/Block/IndentedCode.pm');
    expect(server.requests.map((r) => [r.number, r.body.messages.length > 0, JSON.parse(r.text) !== null])).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => [n, true, true]),
    );
    expect(server.requests[5]?.text).toContain('sha256');
  });

  it('ends an answer at the allowed output tokens', async () => {
    const server = await serve({ answer: fixed({ text: longText, toolCalls: [] }) });
    const got = await ask(server, hello, { maxOutputTokens: 10 });
    expect(got.text).toBe(longText.slice(0, 40));
    expect(got.usage?.output).toBe(10);
  });
});

describe('failures', () => {
  const status = (error: unknown) =>
    APICallError.isInstance(error)
      ? [error.statusCode, error.isRetryable, error.responseHeaders?.['retry-after']]
      : error;

  it('401 for a wrong key, 404 for an unknown model', async () => {
    const server = await serve();
    expect(status((await ask(server, hello, { key: 'wrong' })).error)).toEqual([401, false, undefined]);
    expect(status((await ask(server, hello, { name: 'nobody' })).error)).toEqual([404, false, undefined]);
    expect(server.requests).toHaveLength(1);
  });

  it('429 with retry-after, 500, each at its request only', async () => {
    const server = await serve({
      faults: [
        { atRequest: 1, kind: 'rate-limit', retryAfterSeconds: 7 },
        { atRequest: 2, kind: 'server-error' },
      ],
    });
    expect(status((await ask(server, hello)).error)).toEqual([429, true, '7']);
    expect(status((await ask(server, hello)).error)).toEqual([500, true, undefined]);
    expect((await ask(server, hello)).calls.map((c) => c.toolName)).toEqual(['list_files', 'read_file']);
  });

  it('a cut stream: something came, no usage, an error', async () => {
    const server = await serve({
      faults: [{ atRequest: 1, kind: 'cut' }],
      answer: fixed({ text: longText, toolCalls: [] }),
    });
    const got = await ask(server, hello);
    expect(got.error).not.toBeNull();
    expect(longText.startsWith(got.text) && got.text !== longText).toBe(true);
    expect(server.requests[0]?.usage).toBeNull();
  });

  it('malformed arguments and an unknown tool, in the first call only', async () => {
    const said = { text: '', toolCalls: [longCall, { name: 'note', args: { text: 'x' } }] };
    const server = await serve({
      faults: [
        { atRequest: 1, kind: 'malformed-arguments' },
        { atRequest: 2, kind: 'unknown-tool' },
      ],
      answer: fixed(said),
    });
    const malformed = await ask(server, hello);
    const unknown = await ask(server, hello);
    expect(malformed.calls.map((c) => [c.toolName, c.invalid])).toEqual([
      ['write_file', true],
      ['note', false],
    ]);
    expect(unknown.calls.map((c) => [c.toolName, c.invalid])).toEqual([
      ['frobnicate', true],
      ['note', false],
    ]);
  });

  it('hangs until the caller gives up', async () => {
    const server = await serve({ faults: [{ atRequest: 1, kind: 'hang' }] });
    const stopped = new AbortController();
    const waiting = ask(server, hello, { abortSignal: stopped.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stopped.abort();
    const got = await waiting;
    expect([got.text, got.usage]).toEqual(['', null]);
    expect((await ask(server, hello)).error).toBeNull();
  });
});

describe('on the wire', () => {
  const post = (server: ModelServer, body: object) =>
    fetch(`${server.url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer test-key', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('has the role first, the id and the name before the arguments, the finish reason, usage last, then [DONE]', async () => {
    const server = await serve();
    const response = await post(server, {
      model,
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    const events = (await response.text())
      .trimEnd()
      .split('\n\n')
      .map((e) => e.replace(/^data: /, ''));
    expect(events.pop()).toBe('[DONE]');
    interface Chunk {
      choices: {
        delta: { role?: string; tool_calls?: { id?: string; function: { name?: string; arguments: string } }[] };
        finish_reason: string | null;
      }[];
      usage: object | null;
    }
    const chunks = events.map((e) => JSON.parse(e) as Chunk);
    const calls = chunks.flatMap((c) => c.choices[0]?.delta.tool_calls ?? []);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(calls[0]).toMatchObject({ function: { name: 'list_files', arguments: '' } });
    expect(calls[0]?.id).toMatch(/^call_/);
    expect(calls[1]).toEqual({ index: 0, function: { arguments: '{' } });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens_details: { cached_tokens: 0 } } });
    expect(chunks.slice(0, -1).every((c) => c.usage === null)).toBe(true);
  });

  it('answers whole without streaming, and refuses what is no chat request', async () => {
    const server = await serve();
    const whole: unknown = await (await post(server, { model, messages: hello })).json();
    expect(whole).toMatchObject({
      object: 'chat.completion',
      choices: [{ finish_reason: 'tool_calls', message: { role: 'assistant', content: answer([]).text } }],
      usage: { total_tokens: expect.any(Number) as number },
    });
    expect((await post(server, { model, messages: [] })).status).toBe(400);
    const models: unknown = await (
      await fetch(`${server.url}/models`, { headers: { authorization: 'Bearer test-key' } })
    ).json();
    expect(models).toMatchObject({ data: [{ id: model }] });
    expect((await fetch(`${server.url}/nothing`, { headers: { authorization: 'Bearer test-key' } })).status).toBe(404);
  });

  it('runs by itself and says where', async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../cmark/modelServer.ts', import.meta.url)), '--port', '0', '--key', 'k2'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = once(child, 'exit');
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const response = await fetch(`${line.toString().trim()}/models`, { headers: { authorization: 'Bearer k2' } });
      expect(response.status).toBe(200);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
  });
});
