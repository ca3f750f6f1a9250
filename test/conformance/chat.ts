/**
 * Job: the chat-completions protocol (`POST /v1/chat/completions`), as OpenAI-compatible servers speak it, with the words in
 * which llama.cpp, vLLM, Ollama, LM Studio and the hosted ones say that a request is too long.
 * Boundary: a dialect of `wire.ts`.
 */
import assert from 'node:assert/strict';
import { type Dialect, type Frame, type Reply, type ScriptedCall, type ScriptedUsage } from './wire.ts';

export const chat: Dialect = {
  provider: 'openai-compatible',
  base: '/v1',
  keyHeader: { name: 'authorization', prefix: 'Bearer ' },
  tellsWritten: false,
  overloadedStatus: 503,
  modelOf: ({ url, body }) =>
    url.pathname === '/v1/chat/completions' && body['stream'] === true ? String(body['model']) : null,
  answer: ({ text, calls, usage }) => [
    chunk({ role: 'assistant', content: '' }),
    ...text.map((content) => chunk({ content })),
    ...calls.flatMap(toolCall),
    chunk({}, calls.length === 0 ? 'stop' : 'tool_calls'),
    usageChunk(usage),
    { data: '[DONE]' },
  ],
  refusal: () => [
    chunk({ role: 'assistant', content: '' }),
    chunk({}, 'content_filter'),
    usageChunk(someUsage),
    { data: '[DONE]' },
  ],
  capped: () => [
    chunk({ role: 'assistant', content: '' }),
    chunk({}, 'length'),
    usageChunk(someUsage),
    { data: '[DONE]' },
  ],
  breaksOff: (said) => [
    ...said.map((content) => chunk({ content })),
    { data: { error: { message: 'Overloaded', type: 'server_error', code: 503 } } },
  ],
  wrongKey: (shown) => refusal(401, `Incorrect API key provided: ${shown}.`, 'invalid_api_key'),
  unknownModel: (name) => refusal(404, `The model \`${name}\` does not exist.`, 'model_not_found'),
  rateLimited: () => refusal(429, 'Rate limit reached for requests', 'rate_limit_exceeded'),
  overloaded: () => refusal(503, 'The server is overloaded', null),
  tooLong: [
    // OpenAI, vLLM, OpenRouter
    refusal(
      400,
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 8312 tokens. Please reduce the length of the messages.",
      'context_length_exceeded',
    ),
    refusal(
      400,
      "This model's maximum context length is 32768 tokens. However, you requested 42832 tokens in the messages, Please reduce the length of the messages.",
      null,
    ),
    // llama.cpp, now and before
    {
      status: 400,
      body: {
        error: {
          code: 400,
          message: 'request (14429 tokens) exceeds the available context size (8192 tokens), try increasing it',
          type: 'exceed_context_size_error',
          n_prompt_tokens: 14429,
          n_ctx: 8192,
        },
      },
    },
    {
      status: 500,
      body: {
        error: {
          code: 500,
          message:
            'the request exceeds the available context size. try increasing the context size or enable context shift',
          type: 'exceed_context_size_error',
        },
      },
    },
    // Ollama
    refusal(400, 'the input length exceeds the context length', null),
    { status: 400, body: { error: 'prompt too long; exceeded max context length by 4097 tokens' } },
    // LM Studio, whole and in the stream
    {
      status: 400,
      body: {
        error:
          'Trying to keep the first 36000 tokens when context the overflows. However, the model is loaded with context length of only 32768 tokens, which is not enough.',
      },
    },
    {
      frames: [
        {
          event: 'error',
          data: {
            error: {
              message:
                'The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length.',
            },
          },
        },
      ],
    },
    { frames: [{ event: 'error', data: { error: 'Context size has been exceeded.' } }] },
  ],
  checkHistory(body) {
    const asked = (id: string, path: string) => ({
      id,
      type: 'function',
      function: { name: 'read_file', arguments: `{"path":"${path}"}` },
    });
    const result = (id: string, content: string) => ({ role: 'tool', tool_call_id: id, content });
    assert.deepEqual(body['messages'], [
      { role: 'system', content: 'You rebuild.' },
      { role: 'user', content: 'go' },
      { role: 'assistant', content: null, tool_calls: [asked('4_1', 'zero')] },
      result('4_1', 'out 0'),
      { role: 'assistant', content: 'Both.', tool_calls: [asked('c1', 'one'), asked('c2', 'two')] },
      result('c1', 'out 1'),
      result('c2', 'out 2'),
      { role: 'assistant', content: null, tool_calls: [asked('c3', 'three')] },
      result('c3', 'out 3'),
    ]);
    assert.deepEqual(body['stream_options'], { include_usage: true });
  },
};

const someUsage: ScriptedUsage = { fresh: 40, read: 0, written: 0, output: 5 };
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_780_000_000, model: 'model-one' };

function chunk(delta: object, finish: string | null = null): Frame {
  return { data: { ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null } };
}

function toolCall({ id, name, pieces }: ScriptedCall, index: number): Frame[] {
  return [
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    ...pieces.map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}

function usageChunk({ fresh, read, written, output }: ScriptedUsage): Frame {
  const input = fresh + read + written;
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: read },
  };
  return { data: { ...head, choices: [], usage } };
}

function refusal(status: number, message: string, code: string | null): Reply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } };
}
