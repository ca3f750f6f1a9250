import { afterEach, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { failureOf } from '../../../src/engine/model/failure.ts';
import type { ModelCallOptions, ModelFailure, ModelRequest, ModelResult } from '../../../src/engine/model/request.ts';
import { requestModel } from '../../../src/engine/model/requestModel.ts';
import { beginStream, endStream, refuse, sendChunk, startEndpoint, type Endpoint } from './endpoint.ts';

const opened: Endpoint[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((endpoint) => endpoint.close()));
});

async function endpoint(answer: (response: ServerResponse) => void): Promise<Endpoint> {
  const one = await startEndpoint(answer);
  opened.push(one);
  return one;
}

const readFile = {
  name: 'read_file',
  description: 'Reads.',
  schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};

function requestTo(baseUrl: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    provider: 'openai-compatible',
    baseUrl,
    name: 'm1',
    system: 'You rebuild.',
    messages: [{ role: 'user', text: 'go' }],
    tools: [readFile],
    maxOutputTokens: 500,
    ...more,
  };
}

function call(
  baseUrl: string,
  more: Partial<ModelCallOptions> = {},
  request: Partial<ModelRequest> = {},
): Promise<ModelResult> {
  const signal = new AbortController().signal;
  return requestModel(requestTo(baseUrl, request), { step: 1, key: undefined, signal, now: () => 1_000_000, ...more });
}

async function failureFrom(
  answer: (response: ServerResponse) => void,
  more: Partial<ModelCallOptions> = {},
): Promise<ModelFailure & { host: string }> {
  const { baseUrl, host } = await endpoint(answer);
  const result = await call(baseUrl, more);
  if (result.ok) throw new Error(`expected a failure, got ${JSON.stringify(result.answer)}`);
  return { ...result.failure, host };
}

describe('an answer', () => {
  it('folds text and fragmented tool calls, tells only new text, and counts cached tokens', async () => {
    const { baseUrl, seen } = await endpoint((response) => {
      beginStream(response);
      sendChunk(response, { role: 'assistant', content: '' });
      sendChunk(response, { content: 'Block ' });
      sendChunk(response, { content: 'quotes.' });
      sendChunk(response, {
        tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'read_file', arguments: '' } }],
      });
      for (const piece of ['{"pa', 'th":', ' "x.pl"}'])
        sendChunk(response, { tool_calls: [{ index: 0, function: { arguments: piece } }] });
      sendChunk(response, {
        tool_calls: [
          { index: 1, id: 'b', type: 'function', function: { name: 'read_file', arguments: '{"path":"y"}' } },
        ],
      });
      sendChunk(response, {}, 'tool_calls');
      endStream(response, { prompt_tokens: 900, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 800 } });
    });
    const deltas: string[] = [];
    let signs = 0;
    const result = await call(baseUrl, {
      key: 'test-key',
      onText: (text) => deltas.push(text),
      onSign: () => (signs += 1),
    });
    expect(result).toEqual({
      ok: true,
      answer: {
        text: 'Block quotes.',
        calls: [
          { callId: 'a', name: 'read_file', argumentsJson: '{"path": "x.pl"}' },
          { callId: 'b', name: 'read_file', argumentsJson: '{"path":"y"}' },
        ],
        usage: { input: 900, cachedInput: 800, cacheWriteInput: 0, output: 30 },
        usageEstimated: false,
        finishReason: 'tool_calls',
      },
    });
    expect(deltas).toEqual(['Block ', 'quotes.']);
    expect(signs).toBeGreaterThan(0);
    expect(seen[0]?.headers.authorization).toBe('Bearer test-key');
    expect(seen[0]?.body).toMatchObject({
      model: 'm1',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 500,
    });
  });

  it('keeps malformed arguments and unknown tools as the model wrote them', async () => {
    const { baseUrl } = await endpoint((response) => {
      beginStream(response);
      sendChunk(response, {
        tool_calls: [
          { index: 0, id: 'a', type: 'function', function: { name: 'read_file', arguments: '{"path": "x' } },
        ],
      });
      sendChunk(response, {
        tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'fly', arguments: '{"to":"moon"}' } }],
      });
      sendChunk(response, {
        tool_calls: [{ index: 2, id: 'c', type: 'function', function: { name: 'read_file', arguments: '' } }],
      });
      sendChunk(response, {}, 'tool_calls');
      endStream(response, { prompt_tokens: 9, completion_tokens: 3 });
    });
    const result = await call(baseUrl);
    expect(result.ok && result.answer.calls).toEqual([
      { callId: 'a', name: 'read_file', argumentsJson: '{"path": "x' },
      { callId: 'b', name: 'fly', argumentsJson: '{"to":"moon"}' },
      { callId: 'c', name: 'read_file', argumentsJson: '' },
    ]);
  });

  it('sends the history back byte for byte, and wraps only what no server could parse', async () => {
    const { baseUrl, seen } = await endpoint((response) => {
      beginStream(response);
      sendChunk(response, { content: 'ok' }, 'stop');
      endStream(response);
    });
    const odd = '{ "path":"a\\u0041",  "n": 1.0 }';
    await call(
      baseUrl,
      {},
      {
        messages: [
          { role: 'user', text: 'go' },
          {
            role: 'assistant',
            text: '',
            calls: [
              { callId: 'a', name: 'read_file', argumentsJson: odd },
              { callId: 'b', name: 'fly', argumentsJson: '{"x' },
            ],
          },
          {
            role: 'tool',
            results: [
              { callId: 'a', name: 'read_file', output: 'A' },
              { callId: 'b', name: 'fly', output: 'error: unknown' },
            ],
          },
          { role: 'user', text: 'Directive 1: links first' },
        ],
      },
    );
    const asked = (id: string, name: string, args: string) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    });
    expect(seen[0]?.body['messages']).toEqual([
      { role: 'system', content: 'You rebuild.' },
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [asked('a', 'read_file', odd), asked('b', 'fly', '{"malformed_arguments":"{\\"x"}')],
      },
      { role: 'tool', tool_call_id: 'a', content: 'A' },
      { role: 'tool', tool_call_id: 'b', content: 'error: unknown' },
      { role: 'user', content: 'Directive 1: links first' },
    ]);
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it('counts by itself, and says so, where no usage is reported', async () => {
    const { baseUrl } = await endpoint((response) => {
      beginStream(response);
      sendChunk(response, { content: 'some words of an answer' }, 'stop');
      endStream(response);
    });
    const result = await call(baseUrl);
    expect(result.ok && result.answer.usageEstimated).toBe(true);
    expect(result.ok && result.answer.usage.input).toBeGreaterThan(10);
    expect(result.ok && result.answer.usage.output).toBeGreaterThan(2);
  });
});

describe('what an endpoint says was used', () => {
  it.each([
    ['a negative count', { prompt_tokens: 900, completion_tokens: -1e9, total_tokens: 1 }],
    ['no whole number', { prompt_tokens: 900.5, completion_tokens: 3, total_tokens: 1 }],
    ['more than the request has bytes', { prompt_tokens: 900_000, completion_tokens: 3, total_tokens: 900_003 }],
    ['far more than may be written', { prompt_tokens: 90, completion_tokens: 90_000, total_tokens: 90_090 }],
    ['more than any model reads', { prompt_tokens: 1e308, completion_tokens: 3, total_tokens: 1 }],
  ])('B1: is counted by Belay instead where it is %s', async (_, usage) => {
    const { baseUrl } = await endpoint((response) => {
      beginStream(response);
      sendChunk(response, { content: 'some words of an answer' }, 'stop');
      endStream(response, usage);
    });
    const result = await call(baseUrl);
    expect(result.ok && result.answer.usageEstimated).toBe(true);
    expect(result.ok && result.answer.usage.output).toBeGreaterThan(2);
  });
});

describe('a failure', () => {
  it('429 with seconds and with a date is retryable at that time', async () => {
    const body = '{"error":{"message":"slow down"}}';
    const seconds = await failureFrom((response) => {
      refuse(response, 429, body, { 'retry-after': '7' });
    });
    expect(seconds).toMatchObject({ kind: 'rate-limited', retryable: true, retryAt: 1_007_000, billed: false });
    expect(seconds.message).toBe(
      `${seconds.host} answered 429: slow down. Too many requests; Belay waits and tries again.`,
    );
    const date = await failureFrom((response) => {
      refuse(response, 429, body, { 'retry-after': new Date(2_000_000).toUTCString() });
    });
    expect(date.retryAt).toBe(2_000_000);
    const quota = await failureFrom((response) => {
      refuse(response, 429, '{"error":{"message":"no","code":"insufficient_quota"}}');
    });
    expect(quota).toMatchObject({ kind: 'rejected', retryable: false });
  });

  it.each([
    [500, 'server-error', true],
    [529, 'server-error', true],
    [400, 'rejected', false],
    [413, 'too-long', false],
    [404, 'unknown-model', false],
  ] as const)('%i is %s', async (status, kind, retryable) => {
    const failure = await failureFrom((response) => {
      refuse(response, status, '{"error":{"message":"why not"}}');
    });
    expect(failure).toMatchObject({ kind, retryable, billed: false });
    expect(failure.message).toContain(failure.host);
  });

  it('tells a missing key from a wrong one, and never shows the key', async () => {
    const refusal = (response: ServerResponse) => {
      refuse(response, 401, '{"error":{"message":"Incorrect API key provided: sk-secret-1."}}');
    };
    expect(await failureFrom(refusal)).toMatchObject({ kind: 'key-missing', retryable: false });
    const wrong = await failureFrom(refusal, { key: 'sk-secret-1' });
    expect(wrong.kind).toBe('key-wrong');
    expect(wrong.message).not.toContain('sk-secret-1');
    const odd = await failureFrom(refusal, { key: 'sk-sec\nret' });
    expect(odd).toMatchObject({ kind: 'key-wrong', billed: false });
    expect(odd.message).not.toContain('ret.');
  });

  it('nobody listens: unreachable, retryable, not billed', async () => {
    const gone = await startEndpoint(() => undefined);
    const { baseUrl, host } = gone;
    await gone.close();
    const result = await call(baseUrl);
    expect(result).toMatchObject({ ok: false, failure: { kind: 'unreachable', retryable: true, billed: false } });
    expect(!result.ok && result.failure.message).toContain(`${host} can't be reached`);
    const unknown = await call('http://no-such-host.invalid/v1');
    expect(unknown).toMatchObject({ ok: false, failure: { kind: 'unreachable', billed: false } });
  });

  it('names who usually lives at the address, and how it is started', () => {
    // Whatever is there, no request is made: an aborted look at a closed port of that name would be chance.
    const failure = failureOf({
      request: { provider: 'openai-compatible', name: 'm', baseUrl: 'http://127.0.0.1:11434/v1', maxOutputTokens: 10 },
      key: undefined,
      watch: { status: null, contentType: '', bytes: 0 },
      error: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      cutBy: null,
      silenceMs: 1,
      now: 0,
    });
    expect(failure.message).toMatch(
      /^127\.0\.0\.1:11434 can't be reached: .*Ollama usually answers there: start it \(ollama serve\)/,
    );
  });

  it('what speaks no HTTP is no model server, and is not asked again', async () => {
    const garbage = createServer((socket) => socket.end('SSH-2.0-nothing\r\n')).listen(0, '127.0.0.1');
    await once(garbage, 'listening');
    const host = `127.0.0.1:${String((garbage.address() as AddressInfo).port)}`;
    const result = await call(`http://${host}/v1`);
    garbage.close();
    expect(result).toMatchObject({ ok: false, failure: { kind: 'rejected', retryable: false } });
    expect(!result.ok && result.failure.message).toContain(`${host} does not speak HTTP`);
  });

  it('B1: a socket cut in mid-stream is retryable and counts as billed', async () => {
    const failure = await failureFrom((response) => {
      beginStream(response);
      sendChunk(response, { content: 'half an ans' });
      setImmediate(() => response.socket?.destroy());
    });
    expect(failure).toMatchObject({ kind: 'cut', retryable: true, billed: true });
  });

  it('B1: a stream that ends without a finish reason is cut, tool calls and all', async () => {
    const failure = await failureFrom((response) => {
      beginStream(response);
      sendChunk(response, {
        tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'read_file', arguments: '{"path":' } }],
      });
      response.end();
    });
    expect(failure).toMatchObject({ kind: 'cut', retryable: true, billed: true });
  });

  it('B1: a connection that breaks before the head may have been billed', async () => {
    const failure = await failureFrom((response) => response.socket?.destroy());
    expect(failure).toMatchObject({ kind: 'cut', retryable: true, billed: true });
  });

  it('B3: no byte for the silence limit ends the call, before and after the head', async () => {
    const before = await failureFrom(() => undefined, { silenceMs: 80 });
    expect(before).toMatchObject({ kind: 'silent', retryable: true, billed: true });
    expect(before.message).toBe(`${before.host} sent nothing for 0.1 s, so the call was ended.`);
    const after = await failureFrom(
      (response) => {
        beginStream(response);
        sendChunk(response, { content: 'hm' });
      },
      { silenceMs: 80 },
    );
    expect(after).toMatchObject({ kind: 'silent', billed: true });
  });

  it('B3: an endless stream of keep-alives, or of text, has an end', async () => {
    const drip = (text: string) => (response: ServerResponse) => {
      beginStream(response);
      const timer = setInterval(() => response.write(text), 5);
      response.on('close', () => {
        clearInterval(timer);
      });
    };
    expect(await failureFrom(drip(': ping\n\n'), { silenceMs: 5_000, callMs: 120 })).toMatchObject({ kind: 'silent' });
    const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(1000) } }] })}\n\n`;
    expect(await failureFrom(drip(chunk), { answerBytes: 5_000 })).toMatchObject({ kind: 'cut', billed: true });
  });

  it('the caller interrupts', async () => {
    const caller = new AbortController();
    const failure = await failureFrom(
      (response) => {
        beginStream(response);
        sendChunk(response, { content: 'hm' });
      },
      {
        signal: caller.signal,
        onText: () => {
          caller.abort();
        },
      },
    );
    expect(failure).toMatchObject({ kind: 'interrupted', billed: true });
    const before = await failureFrom(
      () => {
        throw new Error('must not be asked');
      },
      { signal: AbortSignal.abort() },
    );
    expect(before).toMatchObject({ kind: 'interrupted' });
  });

  it('an empty answer is retryable, unless the output cap ate it', async () => {
    const ended = (reason: string) => (response: ServerResponse) => {
      beginStream(response);
      sendChunk(response, { content: '' }, reason);
      endStream(response);
    };
    expect(await failureFrom(ended('stop'))).toMatchObject({ kind: 'empty', retryable: true, billed: true });
    const capped = await failureFrom(ended('length'));
    expect(capped).toMatchObject({ kind: 'empty', retryable: false });
    expect(capped.message).toContain('raise model.maxOutputTokens');
  });

  it('reads errors that stand in the stream, rubbish, and pages', async () => {
    const inStream = (text: string) => (response: ServerResponse) => {
      beginStream(response);
      response.end(text);
    };
    const overloaded = await failureFrom(inStream('data: {"error":{"message":"upstream fell over","code":502}}\n\n'));
    expect(overloaded).toMatchObject({ kind: 'server-error', retryable: true, billed: true });
    expect(overloaded.message).toContain('upstream fell over');
    expect(
      await failureFrom(inStream('data: {"error":{"message":"slow","type":"rate_limit_error"}}\n\n')),
    ).toMatchObject({ kind: 'rate-limited' });
    expect(await failureFrom(inStream('data: {not json\n\n'))).toMatchObject({ kind: 'server-error', retryable: true });
    const page = await failureFrom((response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>router</html>');
    });
    expect(page).toMatchObject({ kind: 'rejected', retryable: false, billed: false });
    expect(page.message).toContain('Check model.baseUrl');
  });

  it('a certificate that is not valid is no reason to try again; a password in the address is not shown', async () => {
    const watch = { status: null, contentType: '', bytes: 0 };
    const error = new TypeError('fetch failed', { cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    const failed = {
      request: requestTo('https://models.example/v1'),
      key: undefined,
      watch,
      cutBy: null,
      silenceMs: 1,
      now: 0,
    };
    const untrusted = failureOf({ ...failed, error });
    expect(untrusted).toMatchObject({ kind: 'unreachable', retryable: false, billed: false });
    expect(untrusted.message).toContain("models.example can't be trusted");
    const secret = await call('http://anna:hunter2@127.0.0.1:9/v1');
    expect(secret).toMatchObject({ ok: false, failure: { billed: false } });
    expect(JSON.stringify(secret)).not.toContain('hunter2');
  });
});
