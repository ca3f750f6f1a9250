import { describe, expect, it } from 'vitest';
import { toolDefinitions } from '../../../src/engine/agent/tools.ts';
import { requestModel } from '../../../src/engine/model/requestModel.ts';
import { inputTokensBound } from '../../../src/engine/model/bound.ts';
import { ModelServer, type Fault } from '../../cmark/modelServer.ts';

async function ask(faults: readonly Fault[], key = 'test-key', silenceMs = 5_000) {
  const server = await ModelServer.start({ faults });
  try {
    const request = {
      provider: 'openai-compatible' as const,
      baseUrl: server.url,
      name: 'loopback-rebuilder',
      system: 'Rebuild cmark.',
      maxOutputTokens: 4096,
      messages: [{ role: 'user' as const, text: 'Begin.' }],
      tools: toolDefinitions({ hasReference: true }),
    };
    const result = await requestModel(request, {
      step: 1,
      key,
      signal: new AbortController().signal,
      now: () => 0,
      silenceMs,
    });
    return { result, request, requests: server.requests };
  } finally {
    await server.stop();
  }
}

describe('the loopback model that the tests use', () => {
  it('answers with calls of the tools that exist, and reports usage within the bound', async () => {
    const { result, request } = await ask([]);
    if (!result.ok) throw new Error(result.failure.message);
    const names = new Set(request.tools.map((tool) => tool.name));
    expect(result.answer.calls.length).toBeGreaterThan(0);
    expect(result.answer.calls.filter((call) => !names.has(call.name))).toEqual([]);
    expect(result.answer.usageEstimated).toBe(false);
    expect(result.answer.usage.input).toBeLessThanOrEqual(inputTokensBound(request));
  });

  it.each([
    ['cut', 'cut'],
    ['rate-limit', 'rate-limited'],
    ['server-error', 'server-error'],
    ['hang', 'silent'],
  ] as const)('%s is told as %s', async (fault, kind) => {
    const { result } = await ask([{ atRequest: 1, kind: fault }], 'test-key', 300);
    expect(result).toMatchObject({ ok: false, failure: { kind, retryable: true } });
  });

  it('a wrong key is told as such', async () => {
    expect((await ask([], 'nope')).result).toMatchObject({ ok: false, failure: { kind: 'key-wrong' } });
  });

  it('malformed arguments and unknown tools arrive as they came', async () => {
    const malformed = (await ask([{ atRequest: 1, kind: 'malformed-arguments' }])).result;
    expect(malformed.ok && malformed.answer.calls.some((call) => !parses(call.argumentsJson))).toBe(true);
    const { result, request } = await ask([{ atRequest: 1, kind: 'unknown-tool' }]);
    const names = new Set(request.tools.map((tool) => tool.name));
    expect(result.ok && result.answer.calls.some((call) => !names.has(call.name))).toBe(true);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // the very thing that is asked
  }
}
