/**
 * Job: Google's Gemini protocol (`POST /v1beta/models/…:streamGenerateContent?alt=sse`), as its servers speak it.
 * Boundary: a dialect of `wire.ts`.
 */
import assert from 'node:assert/strict';
import { joined, type Dialect, type Frame, type Reply, type ScriptedUsage } from './wire.ts';

const path = /^\/v1beta\/models\/([^:]+):streamGenerateContent$/;

export const google: Dialect = {
  provider: 'google',
  base: '/v1beta',
  keyHeader: { name: 'x-goog-api-key', prefix: '' },
  tellsWritten: false,
  overloadedStatus: 503,
  modelOf: ({ url }) =>
    url.searchParams.get('alt') === 'sse' ? decodeURIComponent(path.exec(url.pathname)?.[1] ?? '') || null : null,
  answer: ({ text, calls, usage }) => [
    ...text.map((piece) => chunk({ content: content([{ text: piece }]) }, usage)),
    // Calls are never sent in pieces.
    ...(calls.length === 0 ? [] : [chunk({ content: content(calls.map(functionCall)) }, usage)]),
    chunk({ content: content([{ text: '' }]), finishReason: 'STOP' }, usage),
  ],
  refusal: () => [
    {
      data: {
        promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
        usageMetadata: { promptTokenCount: 40, totalTokenCount: 40 },
        modelVersion: 'model-one',
        responseId: 'r1',
      },
    },
  ],
  capped: () => [chunk({ content: { role: 'model' }, finishReason: 'MAX_TOKENS' }, someUsage)],
  breaksOff: (said) => [
    ...said.map((text) => chunk({ content: content([{ text }]) }, someUsage)),
    { data: refusal(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.').body },
  ],
  wrongKey: () =>
    refusal(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
        metadata: { service: 'generativelanguage.googleapis.com' },
      },
    ]),
  unknownModel: (name) =>
    refusal(
      404,
      'NOT_FOUND',
      `models/${name} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
    ),
  // The same words for a minute that is full as for a plan that is used up.
  rateLimited: () =>
    refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel' }],
      },
    ]),
  overloaded: () => refusal(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
  tooLong: [
    refusal(
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ),
  ],
  checkHistory(body) {
    assert.deepEqual(body['systemInstruction'], { parts: [{ text: 'You rebuild.' }] });
    const call = (id: string, file: string, thoughtSignature?: string) => ({
      functionCall: { id, name: 'read_file', args: { path: file } },
      ...(thoughtSignature !== undefined && { thoughtSignature }),
    });
    const result = (id: string, output: string) => ({
      functionResponse: { id, name: 'read_file', response: { name: 'read_file', content: output } },
    });
    assert.deepEqual(body['contents'], [
      { role: 'user', parts: [{ text: 'go' }] },
      { role: 'model', parts: [call('4_1', 'zero')] },
      { role: 'user', parts: [result('4_1', 'out 0')] },
      // The first of parallel calls is signed, and for all of them.
      { role: 'model', parts: [{ text: 'Both.' }, call('c1', 'one', 'c2lnIG9uZQ=='), call('c2', 'two')] },
      { role: 'user', parts: [result('c1', 'out 1'), result('c2', 'out 2')] },
      { role: 'model', parts: [call('c3', 'three', 'c2lnIHRocmVl')] },
      { role: 'user', parts: [result('c3', 'out 3')] },
    ]);
  },
};

/** One rate limit as it is mostly told: the wait stands in the body. */
export function limitedFor(seconds: number): Reply {
  return refusal(429, 'RESOURCE_EXHAUSTED', `You exceeded your current quota. Please retry in ${seconds}s.`, [
    { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` },
  ]);
}

const someUsage: ScriptedUsage = { fresh: 40, read: 0, written: 0, output: 5 };

function refusal(code: number, status: string, message: string, details?: readonly object[]): Reply {
  return { status: code, body: { error: { code, message, status, ...(details && { details }) } } };
}

function content(parts: readonly object[]): object {
  return { parts, role: 'model' };
}

function functionCall({ id, name, pieces, signature }: Parameters<typeof google.answer>[0]['calls'][number]): object {
  const args = JSON.parse(joined(pieces)) as object;
  return { functionCall: { id, name, args }, ...(signature !== undefined && { thoughtSignature: signature }) };
}

function chunk(candidate: object, { fresh, read, written, output }: ScriptedUsage): Frame {
  const input = fresh + read + written;
  // Thought is billed as output and counted beside it.
  const thought = Math.floor(output / 3);
  return {
    data: {
      candidates: [{ ...candidate, index: 0 }],
      usageMetadata: {
        promptTokenCount: input,
        ...(read > 0 && { cachedContentTokenCount: read }),
        candidatesTokenCount: output - thought,
        thoughtsTokenCount: thought,
        totalTokenCount: input + output,
        promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }],
      },
      modelVersion: 'model-one',
      responseId: 'r1',
    },
  };
}
