/**
 * Job: OpenAI's Responses protocol (`POST /v1/responses`), as its servers speak it.
 * Boundary: a dialect of `wire.ts`.
 */
import assert from 'node:assert/strict';
import { joined, type Dialect, type Frame, type Reply, type ScriptedCall, type ScriptedUsage } from './wire.ts';

const overflow = 'Your input exceeds the context window of this model. Please adjust your input and try again.';

const response = { id: 'resp_1', object: 'response', created_at: 1_780_000_000, model: 'model-one', output: [] };

export const openai: Dialect = {
  provider: 'openai',
  base: '/v1',
  keyHeader: { name: 'authorization', prefix: 'Bearer ' },
  tellsWritten: true,
  overloadedStatus: 503,
  modelOf: ({ url, body }) =>
    url.pathname === '/v1/responses' && body['stream'] === true ? String(body['model']) : null,
  answer: ({ text, calls, usage }) =>
    numbered([
      ...begin(),
      ...(text.length === 0 ? [] : message(text, 'text')),
      ...calls.flatMap((call, at) => functionCall(call, at + (text.length === 0 ? 0 : 1))),
      completed(usage),
    ]),
  refusal: () => numbered([...begin(), ...message(["I'm sorry, ", "but I can't."], 'refusal'), completed(someUsage)]),
  capped: () => numbered([...begin(), completed(someUsage, 'max_output_tokens')]),
  breaksOff: (said) =>
    numbered(
      said.length === 0
        ? [...begin(), { type: 'error', code: 'server_is_overloaded', message: 'Overloaded', param: null }]
        : [...begin(), ...message(said, 'text').slice(0, -3), failed('server_is_overloaded', 'Overloaded')],
    ),
  wrongKey: (shown) => refusal(401, 'invalid_api_key', `Incorrect API key provided: ${shown}.`),
  unknownModel: (name) =>
    refusal(400, 'model_not_found', `The requested model '${name}' does not exist.`, { param: 'model' }),
  rateLimited: () =>
    refusal(
      429,
      'rate_limit_exceeded',
      'Rate limit reached for model-one on requests per min (RPM): Limit 3, Used 3.',
      {
        type: 'requests',
      },
    ),
  overloaded: () => refusal(503, 'server_is_overloaded', 'Overloaded', { type: 'service_unavailable_error' }),
  tooLong: [
    refusal(400, 'context_length_exceeded', overflow, { param: 'input' }),
    refusal(
      429,
      'rate_limit_exceeded',
      'Request too large for model-one on tokens per min (TPM): Limit 30000, Requested 52000.',
      { type: 'tokens' },
    ),
    {
      frames: numbered([
        ...begin(),
        {
          type: 'error',
          error: {
            type: 'invalid_request_error',
            code: 'context_length_exceeded',
            message: overflow,
            param: 'input',
          },
        },
      ]),
    },
    { frames: numbered([...begin(), failed('context_length_exceeded', overflow)]) },
  ],
  checkHistory(body) {
    assert.equal(body['store'], false);
    assert.equal(body['previous_response_id'], undefined);
    const call = (id: string, path: string) => ({
      type: 'function_call',
      call_id: id,
      name: 'read_file',
      arguments: `{"path":"${path}"}`,
    });
    const output = (id: string, text: string) => ({ type: 'function_call_output', call_id: id, output: text });
    assert.deepEqual(body['input'], [
      { role: 'system', content: 'You rebuild.' },
      { role: 'user', content: [{ type: 'input_text', text: 'go' }] },
      call('4_1', 'zero'),
      output('4_1', 'out 0'),
      { role: 'assistant', content: 'Both.' },
      call('c1', 'one'),
      call('c2', 'two'),
      output('c1', 'out 1'),
      output('c2', 'out 2'),
      call('c3', 'three'),
      output('c3', 'out 3'),
    ]);
  },
};

const someUsage: ScriptedUsage = { fresh: 40, read: 0, written: 0, output: 5 };

interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

function numbered(events: readonly Event[]): Frame[] {
  return events.map(({ type, ...more }, at) => ({ event: type, data: { type, sequence_number: at, ...more } }));
}

function refusal(status: number, code: string, message: string, more: object = {}): Reply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code, ...more } } };
}

function begin(): Event[] {
  const begun = { ...response, status: 'in_progress', error: null, incomplete_details: null, usage: null };
  return [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
  ];
}

function message(pieces: readonly string[], kind: 'text' | 'refusal'): Event[] {
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const name = kind === 'text' ? 'output_text' : 'refusal';
  const field = kind === 'text' ? 'text' : 'refusal';
  const part = { type: name, [field]: joined(pieces), ...(kind === 'text' && { annotations: [], logprobs: [] }) };
  const item = { id: 'msg_1', type: 'message', role: 'assistant' };
  return [
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...at, part: { ...part, [field]: '' } },
    ...pieces.map((delta) => ({
      type: `response.${name}.delta`,
      ...at,
      delta,
      ...(kind === 'text' && { logprobs: [], obfuscation: 'x' }),
    })),
    { type: `response.${name}.done`, ...at, [field]: joined(pieces) },
    { type: 'response.content_part.done', ...at, part },
    { type: 'response.output_item.done', output_index: 0, item: { ...item, status: 'completed', content: [part] } },
  ];
}

function functionCall({ id, name, pieces }: ScriptedCall, index: number): Event[] {
  const item = { id: `fc_${id}`, type: 'function_call', call_id: id, name };
  const at = { item_id: item.id, output_index: index };
  const whole = joined(pieces);
  return [
    {
      type: 'response.output_item.added',
      output_index: index,
      item: { ...item, status: 'in_progress', arguments: '' },
    },
    ...pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta, obfuscation: 'x' })),
    { type: 'response.function_call_arguments.done', ...at, arguments: whole },
    {
      type: 'response.output_item.done',
      output_index: index,
      item: { ...item, status: 'completed', arguments: whole },
    },
  ];
}

/** @param cutBy why the answer is not whole */
function completed({ fresh, read, written, output }: ScriptedUsage, cutBy: string | null = null): Event {
  const input = fresh + read + written;
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  const status = cutBy === null ? 'completed' : 'incomplete';
  const incomplete_details = cutBy === null ? null : { reason: cutBy };
  return { type: `response.${status}`, response: { ...response, status, error: null, incomplete_details, usage } };
}

function failed(code: string, message: string): Event {
  return {
    type: 'response.failed',
    response: { ...response, status: 'failed', error: { code, message }, incomplete_details: null, usage: null },
  };
}
