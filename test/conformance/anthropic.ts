/**
 * Job: Anthropic's Messages protocol (`POST /v1/messages`, version 2023-06-01), as its servers speak it.
 * Boundary: a dialect of `wire.ts`.
 */
import assert from 'node:assert/strict';
import { joined, type Dialect, type Frame, type Reply, type Scripted, type ScriptedUsage } from './wire.ts';

export const anthropic: Dialect = {
  provider: 'anthropic',
  base: '/v1',
  keyHeader: { name: 'x-api-key', prefix: '' },
  tellsWritten: true,
  overloadedStatus: 529,
  modelOf({ url, headers, body }) {
    const right = url.pathname === '/v1/messages' && headers['anthropic-version'] === '2023-06-01';
    return right && body['stream'] === true && typeof body['max_tokens'] === 'number' ? String(body['model']) : null;
  },
  answer: ({ text, calls, usage }) => [
    ...begin(usage),
    ...(text.length === 0 ? [] : textBlock(text)),
    ...calls.flatMap((call, at) => callBlock(call, at + (text.length === 0 ? 0 : 1))),
    ...end(calls.length === 0 ? 'end_turn' : 'tool_use', usage.output),
  ],
  refusal: () => [...begin(someUsage), ...end('refusal', 1)],
  capped: () => [...begin(someUsage), ...end('max_tokens', 500)],
  breaksOff: (said) => [
    ...(said.length === 0 ? [] : [...begin(someUsage), ...textBlock(said).slice(0, -1)]),
    frame('error', { error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req_1' }),
  ],
  wrongKey: () => refusal(401, 'authentication_error', 'invalid x-api-key'),
  unknownModel: (name) => refusal(404, 'not_found_error', `model: ${name}`),
  rateLimited: () =>
    refusal(
      429,
      'rate_limit_error',
      "This request would exceed your organization's rate limit of 30,000 input tokens per minute.",
    ),
  overloaded: () => refusal(529, 'overloaded_error', 'Overloaded'),
  tooLong: [
    refusal(400, 'invalid_request_error', 'prompt is too long: 200251 tokens > 200000 maximum'),
    refusal(
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
    ),
    refusal(413, 'request_too_large', 'Request exceeds the maximum size'),
  ],
  checkHistory(body) {
    const mark = { cache_control: { type: 'ephemeral' } };
    assert.deepEqual(body['system'], [{ type: 'text', text: 'You rebuild.', ...mark }]);
    const use = (id: string, path: string) => ({ type: 'tool_use', id, name: 'read_file', input: { path } });
    const result = (id: string, content: string) => ({ type: 'tool_result', tool_use_id: id, content });
    assert.deepEqual(body['messages'], [
      { role: 'user', content: [{ type: 'text', text: 'go' }] },
      { role: 'assistant', content: [use('4_1', 'zero')] },
      { role: 'user', content: [result('4_1', 'out 0')] },
      { role: 'assistant', content: [{ type: 'text', text: 'Both.' }, use('c1', 'one'), use('c2', 'two')] },
      { role: 'user', content: [result('c1', 'out 1'), { ...result('c2', 'out 2'), ...mark }] },
      { role: 'assistant', content: [use('c3', 'three')] },
      { role: 'user', content: [{ ...result('c3', 'out 3'), ...mark }] },
    ]);
    const marks = JSON.stringify(body).split('cache_control').length - 1;
    assert.equal(marks, 3, `${String(marks)} places are marked for the cache`);
  },
};

const someUsage: ScriptedUsage = { fresh: 40, read: 0, written: 0, output: 5 };

function frame(type: string, more: object): Frame {
  return { event: type, data: { type, ...more } };
}

function refusal(status: number, type: string, message: string): Reply {
  return { status, body: { type: 'error', error: { type, message }, request_id: 'req_1' } };
}

function begin({ fresh, read, written }: ScriptedUsage): Frame[] {
  const usage = {
    input_tokens: fresh,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
    output_tokens: 1,
    service_tier: 'standard',
  };
  const head = { id: 'msg_1', type: 'message', role: 'assistant', model: 'model-one', content: [] };
  return [
    frame('message_start', { message: { ...head, stop_reason: null, stop_sequence: null, usage } }),
    frame('ping', {}),
  ];
}

function textBlock(pieces: readonly string[]): Frame[] {
  return [
    frame('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...pieces.map((text) => frame('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    frame('content_block_stop', { index: 0 }),
  ];
}

function callBlock({ id, name, pieces }: Scripted['calls'][number], index: number): Frame[] {
  assert.doesNotThrow(() => JSON.parse(joined(pieces)));
  return [
    frame('content_block_start', { index, content_block: { type: 'tool_use', id, name, input: {} } }),
    ...['', ...pieces].map((partial_json) =>
      frame('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } }),
    ),
    frame('content_block_stop', { index }),
  ];
}

function end(reason: string, output: number): Frame[] {
  return [
    frame('message_delta', { delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: output } }),
    frame('message_stop', {}),
  ];
}
