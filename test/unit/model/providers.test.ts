import { describe, expect, it } from 'vitest';
import { languageModel } from '../../../src/engine/model/providers.ts';
import { requestModel } from '../../../src/engine/model/requestModel.ts';
import type { CallModel, ModelResult } from '../../../src/engine/model/request.ts';
import { anthropic } from '../../conformance/anthropic.ts';
import { dialects, exercise, scenarios, type Scenario } from '../../conformance/scenarios.ts';
import type { Dialect } from '../../conformance/wire.ts';

describe.each(dialects.map((dialect) => ({ provider: dialect.provider, dialect })))('$provider', ({ dialect }) => {
  it.each(scenarios)('$name', async (scenario) => {
    expect(await exercise(dialect, scenario)).toBeNull();
  });
});

describe('what is sabotaged is found', () => {
  it('B1: a server that puts the usage otherwise', async () => {
    const wrong: Dialect = {
      ...anthropic,
      answer: (scripted) =>
        anthropic.answer({
          ...scripted,
          usage: { ...scripted.usage, read: scripted.usage.read + scripted.usage.fresh },
        }),
    };
    expect(await exercise(wrong, named('B1: usage with cache'))).toContain('cachedInput: 4120');
  });

  it('B1: a cache write that is dropped', async () => {
    const forgets = spoiled((result) =>
      result.ok
        ? { ...result, answer: { ...result.answer, usage: { ...result.answer.usage, cacheWriteInput: 0 } } }
        : result,
    );
    expect(await exercise(anthropic, named('B1: usage with cache'), forgets)).toContain('cacheWriteInput: 0');
  });

  it('B1: a cut call that counts as free', async () => {
    const free = spoiled((result) =>
      result.ok ? result : { ...result, failure: { ...result.failure, billed: false } },
    );
    for (const name of ['B1: stream cut in mid-answer', 'B1: abort in mid-stream'])
      expect(await exercise(anthropic, named(name), free)).toContain('"billed":false');
  });

  it('a conversation whose signatures are lost, and one that is cut short', async () => {
    const unsigned: CallModel = (request, options) =>
      requestModel({ ...request, messages: request.messages.map(withoutSignatures) }, options);
    const sentBack = named('conversation sent back');
    const google = dialects.find(({ provider }) => provider === 'google') ?? anthropic;
    expect(await exercise(google, sentBack, unsigned)).toContain('thoughtSignature');
    const short: CallModel = (request, options) =>
      requestModel({ ...request, messages: request.messages.slice(0, 3) }, options);
    for (const dialect of dialects) expect(await exercise(dialect, sentBack, short)).not.toBeNull();
  });

  it('a failure that shows the key', async () => {
    const shows: CallModel = async (request, options) => {
      const result = await requestModel(request, options);
      if (result.ok) return result;
      return { ok: false, failure: { ...result.failure, message: `${result.failure.message} ${String(options.key)}` } };
    };
    expect(await exercise(anthropic, named('overloaded with and without retry-after'), shows)).toContain('the key');
  });
});

it.each(['anthropic', 'openai', 'google'] as const)('%s: no address of the environment is asked', async (provider) => {
  const asked: string[] = [];
  const refuse: typeof fetch = (input) => {
    asked.push(input instanceof Request ? input.url : String(input));
    return Promise.reject(new Error('not asked'));
  };
  const names = ['ANTHROPIC_BASE_URL', 'OPENAI_BASE_URL'] as const;
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = 'http://elsewhere.invalid/v1';
  try {
    const model = await languageModel({ provider, name: 'm1' }, 'test-key', refuse);
    const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'go' }] }];
    await expect(model.doStream({ prompt })).rejects.toThrow('not asked');
  } finally {
    for (const [at, name] of names.entries()) {
      const value = before[at];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
  expect(new URL(asked[0] ?? '').hostname).toMatch(/\.(anthropic|openai|googleapis)\.com$/);
});

function named(name: string): Scenario {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
  return scenario;
}

function spoiled(spoil: (result: ModelResult) => ModelResult): CallModel {
  return async (request, options) => spoil(await requestModel(request, options));
}

function withoutSignatures(message: Parameters<CallModel>[0]['messages'][number]): typeof message {
  if (message.role !== 'assistant') return message;
  return { ...message, calls: message.calls.map(({ signature: _, ...call }) => call) };
}
