/** Contract of the real engine: each way in which an endpoint misbehaves, with the one line that is said of it. */
import { describe, expect, it } from 'vitest';
import { entryLines } from '../../src/cli/liveLog.ts';
import { statusOf } from '../../src/run/status.ts';
import type { FaultKind, ModelServerOptions } from '../cmark/modelServer.ts';
import { Bench, isRetrying, say, script, upper, writes } from './harness.ts';

const oneStep = script(say('Capitals.', writes('upper.sh', upper)));
const faulty = (kind: FaultKind, requests: readonly number[], more: object = {}): ModelServerOptions => ({
  faults: requests.map((atRequest) => ({ atRequest, kind, ...more })),
});

interface Passing {
  readonly kind: FaultKind;
  readonly more?: object;
  readonly failed: string;
  readonly words: RegExp;
  /** It may have been billed, so it counts as all that was reserved (B1). */
  readonly billed: boolean;
}

const passing: readonly Passing[] = [
  {
    kind: 'rate-limit',
    more: { retryAfterSeconds: null },
    failed: 'rate-limited',
    words: /answered 429/,
    billed: false,
  },
  { kind: 'rate-limit', more: { retryAfterSeconds: 2 }, failed: 'rate-limited', words: /answered 429/, billed: false },
  { kind: 'server-error', failed: 'server-error', words: /answered 500/, billed: false },
  { kind: 'overloaded', failed: 'server-error', words: /answered 529.*overloaded/, billed: false },
  { kind: 'reset', failed: 'cut', words: /The connection to .* broke \(ECONNRESET\)/, billed: true },
  { kind: 'cut', failed: 'cut', words: /broke (?:off in the middle of its answer|\(UND_ERR_SOCKET\))/, billed: true },
  { kind: 'empty', failed: 'empty', words: /gave an empty answer: it ended with "stop"/, billed: true },
];

describe('a model that misbehaves', () => {
  it.each(passing)('B1 B3: $kind $more: says what, how often and until when, and goes on', async (fault) => {
    const bench = await Bench.make({ answer: oneStep, server: faulty(fault.kind, [1], fault.more) });
    const window = await bench.start();
    const waiting = await bench.until(window, 'the wait', isRetrying);
    const status = statusOf(waiting, 'attached');
    expect(status).toMatchObject({ word: 'Waiting for the provider', tone: 'waiting' });
    expect(status.detail).toMatch(fault.words);
    expect(status.detail).toMatch(/ Attempt 2 of 6 follows by itself\.$/);
    expect(status.until).toBeGreaterThan(waiting.at);
    const [failed] = bench.entries(window, 'model.failed');
    if (failed === undefined) throw new Error('the call failed');
    expect(entryLines(failed, waiting, waiting).join()).toMatch(/^ {6}model: .*; again in .*s$/);
    const reserved = bench.entries(window, 'model.requested')[0]?.reservedUsd;
    expect([failed.kind, failed.retryable, failed.costUsd]).toEqual([fault.failed, true, fault.billed ? reserved : 0]);
    await bench.gate(window);
    expect(bench.read('upper.sh')).toBe(upper);
    expect(bench.entries(window, 'run.paused')).toEqual([]);
  });

  it('B3: a refusal is not asked again: it says what to do, and a directive goes on', async () => {
    const bench = await Bench.make({ answer: oneStep, server: faulty('refusal', [1]) });
    const window = await bench.start();
    const { paused } = await bench.until(window, 'the pause', (state) => state.paused !== null);
    expect(paused?.message).toMatch(
      /refused to answer \(content_filter\): "I can not help with that"\. Redirect the run, roll back, or choose another model\.$/,
    );
    expect(bench.requests.length).toBe(1);
    await window.request('resume', {});
    await bench.gate(window);
  });

  it('B1: what an endpoint says that it used is not believed beyond what can be', async () => {
    const usage = () => ({
      prompt_tokens: 800_000_000,
      completion_tokens: 5,
      total_tokens: 800_000_005,
      prompt_tokens_details: { cached_tokens: 900_000_000 },
    });
    const bench = await Bench.make({ answer: oneStep, server: { usage } });
    const window = await bench.start();
    const state = await bench.gate(window);
    expect(bench.entries(window, 'model.answered').map(({ usageEstimated }) => usageEstimated)).toEqual([true, true]);
    expect(state.budget.tokens).toBeLessThan(100_000);
    expect(state.budget.spentUsd).toBeLessThan(1);
  });
});
