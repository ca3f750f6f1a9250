import { describe, expect, it } from 'vitest';
import { inputTokensBound } from '../../../src/engine/model/bound.ts';
import type { ModelCallOptions, ModelRequest, ModelResult } from '../../../src/engine/model/request.ts';
import { WindowGone, WindowModels, type ModelWindow } from '../../../src/engine/model/windowModels.ts';
import type { BrokeredAnswer } from '../../../src/protocol/brokering.ts';
import { limits } from '../../../src/run/limits.ts';

const request: ModelRequest = {
  provider: 'vscode',
  name: 'acme-1',
  system: 'You rebuild a program.',
  messages: [{ role: 'user', text: 'Begin.' }],
  tools: [],
  maxOutputTokens: 100,
};

const never = new Promise<BrokeredAnswer>(() => undefined);
const says = (text: string): BrokeredAnswer => ({ ok: true, text, calls: [], inputTokens: 900, outputTokens: 40 });
const refuses = (reason: Extract<BrokeredAnswer, { ok: false }>['reason'], more = {}): BrokeredAnswer => ({
  ok: false,
  reason,
  message: `${reason}.`,
  begun: false,
  ...more,
});

/** A window that says `text` piece by piece, then answers. */
function windowWith(answer: () => Promise<BrokeredAnswer>, pieces: readonly string[] = []) {
  const asked: AbortSignal[] = [];
  const window: ModelWindow = {
    askModel: (_, onText, signal) => {
      asked.push(signal);
      for (const piece of pieces) onText(piece);
      return answer();
    },
  };
  return { window, asked };
}

function call(models: WindowModels, options: Partial<ModelCallOptions> = {}): Promise<ModelResult> {
  return models.call(request, {
    step: 1,
    key: undefined,
    signal: new AbortController().signal,
    now: () => 7_000,
    ...options,
  });
}

function modelsOf(...windows: readonly { readonly window: ModelWindow }[]): WindowModels {
  const models = new WindowModels();
  for (const { window } of windows) models.add(window);
  return models;
}

const failureOf = (result: ModelResult) => (result.ok ? null : result.failure);

describe('VS Code’s models through the windows', () => {
  it('asks exactly one window that has the model', async () => {
    const [first, second] = [
      windowWith(() => Promise.resolve(says('a'))),
      windowWith(() => Promise.resolve(says('b'))),
    ];
    expect(await call(modelsOf(first, second))).toMatchObject({
      ok: true,
      answer: { text: 'a', usageEstimated: true },
    });
    expect([first.asked.length, second.asked.length]).toEqual([1, 0]);
  });

  it('asks the next where a window has not the model or no consent, and tells of the consent first', async () => {
    const without = windowWith(() => Promise.resolve(refuses('no-model')));
    const shy = windowWith(() => Promise.resolve(refuses('no-consent')));
    const has = windowWith(() => Promise.resolve(says('c')));
    expect(await call(modelsOf(without, shy, has))).toMatchObject({ ok: true, answer: { text: 'c' } });
    expect(failureOf(await call(modelsOf(shy, without)))).toMatchObject({ kind: 'no-consent', retryable: false });
    expect(failureOf(await call(modelsOf(without)))).toMatchObject({ kind: 'unknown-model', billed: false });
  });

  it('asks no second window where the first one’s model refused: it was asked already', async () => {
    const [blocked, other] = [
      windowWith(() => Promise.resolve(refuses('blocked'))),
      windowWith(() => Promise.resolve(says('x'))),
    ];
    expect(failureOf(await call(modelsOf(blocked, other)))).toMatchObject({ kind: 'rate-limited', retryable: true });
    expect(other.asked).toEqual([]);
  });

  it('B1: a window that goes away leaves a call that counts, and another is asked at once', async () => {
    const gone = windowWith(() => Promise.reject(new WindowGone('gone')));
    expect(failureOf(await call(modelsOf(gone)))).toMatchObject({
      kind: 'cut',
      retryable: true,
      retryAt: 7_000,
      billed: true,
    });
    expect(failureOf(await call(modelsOf()))).toMatchObject({ kind: 'cut', billed: false });
  });

  it('B1: ends an answer that grows beyond its cap, and keeps what was written', async () => {
    const long = windowWith(() => never, Array<string>(80).fill('Some words of an answer. '));
    const result = await call(modelsOf(long));
    expect(result).toMatchObject({ ok: true, answer: { finishReason: 'length', usage: { output: 100 } } });
    expect(long.asked[0]?.aborted).toBe(true);
    const short = windowWith(() => Promise.resolve(says('x')), Array<string>(2).fill('Some words of an answer. '));
    expect(await call(modelsOf(short))).toMatchObject({ ok: true, answer: { finishReason: 'stop' } });
  });

  it('B1: what the window counts is no more than the proven bound', async () => {
    const bold = windowWith(() => Promise.resolve({ ...says('x'), inputTokens: 999_999_999 } as BrokeredAnswer));
    const result = await call(modelsOf(bold));
    expect(result.ok && result.answer.usage.input).toBe(inputTokensBound(request));
    const liar = windowWith(() => Promise.resolve({ ...says('x'), outputTokens: 999_999_999 } as BrokeredAnswer));
    const lied = await call(modelsOf(liar));
    expect(lied.ok && lied.answer.usage.output).toBeLessThan(1_000);
    const shy = windowWith(() =>
      Promise.resolve({ ...says('x'), inputTokens: null, outputTokens: null } as BrokeredAnswer),
    );
    const estimated = await call(modelsOf(shy));
    expect(estimated.ok && estimated.answer.usage.input).toBeGreaterThan(5);
  });

  it('B3: ends a call in which nothing is heard, and one that never ends', async () => {
    const silent = windowWith(() => never);
    expect(failureOf(await call(modelsOf(silent), { silenceMs: 5 }))).toMatchObject({ kind: 'silent', billed: true });
    expect(failureOf(await call(modelsOf(silent), { callMs: 5 }))).toMatchObject({ kind: 'silent', billed: true });
    expect(silent.asked.every(({ aborted }) => aborted)).toBe(true);
  });

  it('cancels the window’s call with the caller’s', async () => {
    const silent = windowWith(() => never);
    const controller = new AbortController();
    const calling = call(modelsOf(silent), { signal: controller.signal });
    controller.abort();
    expect(failureOf(await calling)).toMatchObject({ kind: 'interrupted' });
    expect(silent.asked[0]?.aborted).toBe(true);
  });

  it('B3: makes the next prompt fit a model that reads less, as long as a step fits into it', async () => {
    const models = modelsOf(windowWith(() => Promise.resolve(refuses('too-long', { maxInputTokens: 64_000 }))));
    expect(models.storyTokens).toBe(limits.conversationTokens);
    expect(failureOf(await call(models))).toMatchObject({ kind: 'too-long', retryable: true });
    expect(models.storyTokens).toBe(38_400);
    const tiny = modelsOf(windowWith(() => Promise.resolve(refuses('too-long', { maxInputTokens: 3_000 }))));
    expect(failureOf(await call(tiny))).toMatchObject({ kind: 'too-long', retryable: false });
  });

  it('says that an empty answer is none', async () => {
    const empty = windowWith(() => Promise.resolve(says('  ')));
    expect(failureOf(await call(modelsOf(empty)))).toMatchObject({ kind: 'empty' });
  });
});
