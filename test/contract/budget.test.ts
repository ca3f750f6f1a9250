/** Contract of the real engine: what a run may spend. */
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/run/entry.ts';
import { limits } from '../../src/run/limits.ts';
import type { ModelServerOptions } from '../cmark/modelServer.ts';
import { Bench, reads, say, script, upper, writes } from './harness.ts';

/** A call with all of its output costs about 0.86 dollars, so that the third one must be capped. Per million tokens. */
const price = { input: 10, output: 100 };
const hardUsd = 2;
const outputTokens = 8_000;

const talkative = script(
  ...Array.from({ length: 40 }, (_, index) =>
    say(`Step ${String(index + 1)}. ${'I think about it. '.repeat(20)}`, reads('mine.txt')),
  ),
);

/** Reports more and more, but never more than the request allows: the bytes that it sent, the output that it asked for. */
const growingUsage: NonNullable<ModelServerOptions['usage']> = (counted, request) => {
  const input = Math.floor(Buffer.byteLength(JSON.stringify(request.messages)) * 0.8);
  const output = request.max_tokens ?? counted.completion_tokens;
  return {
    ...counted,
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0 },
  };
};

function modelOf(url: string) {
  return {
    provider: 'openai-compatible',
    baseUrl: url,
    name: 'loopback-rebuilder',
    price,
    maxOutputTokens: outputTokens,
  };
}

/** B1: the most that the run could have spent at any moment, by the journal alone. */
function mostUsd(journal: readonly Entry[]): number {
  let spent = 0;
  let most = 0;
  for (const entry of journal) {
    if (entry.type === 'model.requested') most = Math.max(most, spent + entry.reservedUsd);
    if (entry.type === 'model.answered' || entry.type === 'model.failed') spent += entry.costUsd;
    most = Math.max(most, spent);
  }
  return most;
}

/** What the endpoint itself would bill for what it reported. */
function billedUsd(bench: Bench): number {
  return bench.requests.reduce(
    (sum, { usage }) =>
      sum + ((usage?.prompt_tokens ?? 0) * price.input + (usage?.completion_tokens ?? 0) * price.output) / 1e6,
    0,
  );
}

describe('the budget', () => {
  it('B1, B2: a hard limit is never passed, the output is capped near it, the run pauses and only a higher limit resumes it', async () => {
    const bench = await Bench.make({ answer: talkative, server: { usage: growingUsage } });
    const task = JSON.parse(bench.read('belay.json') ?? '') as Record<string, unknown>;
    bench.write(
      'belay.json',
      JSON.stringify({ ...task, model: modelOf(bench.server.url), budget: { costUsd: { hard: hardUsd } } }),
    );
    const window = await bench.start();
    const state = await bench.until(window, 'the pause', (s) => s.paused !== null);
    expect(state.paused).toMatchObject({ reason: 'budget' });
    expect(bench.requests.length).toBeGreaterThan(1);
    expect(mostUsd(bench.journal(window))).toBeLessThanOrEqual(hardUsd);
    expect(billedUsd(bench)).toBeLessThanOrEqual(hardUsd);
    expect(billedUsd(bench)).toBeCloseTo(state.budget.spentUsd, 9);
    const caps = bench.requests.map((request) => request.body.max_tokens ?? 0);
    expect(caps[0]).toBe(outputTokens);
    expect(caps.at(-1)).toBeLessThan(outputTokens);
    expect(Math.min(...caps)).toBeGreaterThanOrEqual(limits.outputTokensLeast);
    expect(caps).toEqual(bench.entries(window, 'model.requested').map((entry) => entry.maxOutputTokens));

    const asked = bench.requests.length;
    await window.request('resume', {});
    await bench.until(window, 'the pause again', (s) => s.paused?.reason === 'budget' && s.seq > state.seq + 1);
    expect(bench.requests.length, 'resuming alone buys nothing').toBe(asked);
    await expect(window.request('changeLimits', { limits: { costUsd: { soft: 3, hard: 2 } } })).rejects.toThrow(
      'The soft limit of costUsd is above its hard limit.',
    );
    await window.request('changeLimits', { limits: { costUsd: { hard: 2 * hardUsd } } });
    await bench.until(
      window,
      'a pause at the new limit',
      (s) => s.paused?.reason === 'budget' && s.budget.spentUsd > hardUsd,
    );
    expect(mostUsd(bench.journal(window))).toBeLessThanOrEqual(2 * hardUsd);
    expect(billedUsd(bench)).toBeLessThanOrEqual(2 * hardUsd);
    const unreserved = bench
      .journal(window)
      .map((entry) => (entry.type === 'model.answered' ? { ...entry, costUsd: entry.costUsd * 2 } : entry));
    expect(mostUsd(unreserved), 'the check sees a limit that is passed').toBeGreaterThan(2 * hardUsd);
  });

  it('B1: steps and tokens are limits too', async () => {
    const bench = await Bench.make({ answer: talkative, task: { budget: { steps: { soft: 1, hard: 2 } } } });
    const window = await bench.start();
    const gate = await bench.gate(window);
    expect(gate.gate?.reasons).toEqual([{ kind: 'budget', text: 'soft limit reached: steps' }]);
    await bench.accept(window);
    const state = await bench.until(window, 'the pause', (s) => s.paused !== null);
    expect(state).toMatchObject({ paused: { reason: 'budget', message: 'limit reached: steps' }, stepsFinished: 2 });
    await window.request('changeLimits', { limits: { tokens: { hard: state.budget.tokens + 100 } } });
    const tokens = await bench.until(window, 'the pause at tokens', (s) => s.paused !== null && s.seq > state.seq + 2);
    expect(tokens.paused).toMatchObject({
      reason: 'budget',
      message: 'the next call could pass a limit: raise it to go on',
    });
    expect(bench.requests.length).toBe(2);
    expect(tokens.budget.tokens).toBe(state.budget.tokens);
  });

  it('B3: an answer with too many calls is cut to the limit, and long output is shown in part and kept whole', async () => {
    const many = Array.from({ length: limits.toolCallsPerStep + 8 }, (_, index) =>
      writes(`n/${String(index)}.txt`, 'x\n'),
    );
    const bench = await Bench.make({
      answer: script(
        say('Many.', ...many),
        say('Long.', { name: 'run', args: { command: 'seq 1 20000' } }),
        say('Right.', writes('upper.sh', upper)),
      ),
    });
    const window = await bench.start();
    await bench.gate(window);
    expect(window.state.steps[0]?.calls.length).toBe(limits.toolCallsPerStep);
    expect(bench.read('n/31.txt')).toBe('x\n');
    expect(bench.read('n/32.txt')).toBeNull();
    const long = bench.entries(window, 'tool.finished').find((entry) => entry.callId === '2.1');
    expect(long?.output.length).toBeLessThanOrEqual(limits.toolOutputChars);
    const whole = await window.request('readOutput', { step: 2, callId: '2.1' });
    expect(whole.text).toContain('\n20000\n');
    expect(whole.text.split('\n').length).toBeGreaterThan(20_000);
  });
});
