/** Contract of the real engine: a context that is full, or too long for its model, and what the agent can open again. */
import { describe, expect, it } from 'vitest';
import type { RunState } from '../../src/run/state.ts';
import type { ModelServerOptions } from '../cmark/modelServer.ts';
import { Bench, runs, say, script, writes } from './harness.ts';

const summary = [
  'upper.sh reads its input and prints it in capitals; it is whole but for umlauts, which the visible cases do not have.',
  'What was tried: tr with ranges, which is not what the original does with bytes that are no letters of ASCII at all.',
  'Directive 1: followed; there is one file.',
  'Umlauts: nothing is done yet. Next: look at the cases of the tag "words".',
].join('\n');

type Answering = NonNullable<ModelServerOptions['answer']>;
const isAsked = (messages: Parameters<Answering>[0]) =>
  JSON.stringify(messages.at(-1)?.content ?? '').includes('Take no step now: write a summary.');

/** Writes what is wanted where a summary is asked for, one after the other, and works on otherwise. */
function summing(summaries: readonly string[], work: Answering): Answering {
  let written = 0;
  return (messages, tools) => {
    if (!isAsked(messages)) return work(messages, tools);
    return say(summaries[Math.min(written++, summaries.length - 1)] ?? '');
  };
}

const plan = { name: 'plan', args: { items: [{ title: 'Umlauts', status: 'open' }] } };
/** Three steps, told from the request alone: after a summary there is one answer in it. */
const steps = script(
  say('Plan.', plan, runs('seq 1 9000')),
  say('More.', writes('a.txt', 'a\n')),
  say('More.', writes('b.txt', 'b\n')),
);
const facts = { gates: { everySteps: 3 }, context: { compactAtTokens: 4_000 } };
/** Larger prompts than they are, as far as that is believed. */
const full: ModelServerOptions = {
  usage: (counted) => ({ ...counted, prompt_tokens: counted.prompt_tokens + 3_000 }),
};
const isCut = ({ context }: RunState) => context.cuts.length > 0;

describe('a context that is full', () => {
  it('G2 S1: is compacted to a checked summary, which the next prompt begins with, and can be read', async () => {
    const bench = await Bench.make({ answer: summing([summary], steps), server: full, task: facts });
    const window = await bench.start();
    await bench.gate(window, 1);
    await window.request('redirect', { text: 'One file.', shown: { ...emptyShown } });
    await bench.gate(window, 2);
    const [compacted] = bench.entries(window, 'context.compacted');
    expect(compacted).toMatchObject({ why: 'full', steps: 3, checkpoint: 3 });
    expect(compacted?.tokensAfter).toBeLessThan(compacted?.tokensBefore ?? 0);
    expect(bench.entries(window, 'summary.answered')).toMatchObject([{ problems: [], text: summary }]);
    expect((await window.request('readSummary', { seq: compacted?.seq ?? 0 })).text).toBe(summary);
    await expect(window.request('readSummary', { seq: 1 })).rejects.toThrow('Entry 1 has no summary.');
    const after = bench.requests[bench.requests.findIndex(({ body }) => isAsked(body.messages)) + 1];
    expect(after?.body.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'user']);
    expect(after?.text).toContain('upper.sh reads its input');
    expect(after?.text).toContain('Directive 1: One file.');
    const row = window.state.happenings.find(({ kind }) => kind === 'context');
    expect(row?.text).toMatch(
      /^Context compacted, it was full: a summary stands in for 3 steps\. [\d.]+ k → .* tokens, .*the plan \(1 open\)$/,
    );
    const paid = bench.entries(window, 'summary.answered')[0]?.costUsd ?? 0;
    expect(paid).toBeGreaterThan(0);
    expect((await window.request('readPrompt', { step: 4 })).text).toContain('upper.sh reads its input');
  });

  it('B3 G2: says what a summary lacked, asks once more, and then leaves the story out', async () => {
    const bench = await Bench.make({ answer: summing(['No.'], steps), server: full, task: facts });
    const window = await bench.start();
    await bench.gate(window, 1);
    await bench.accept(window);
    await bench.until(window, 'the cut', isCut);
    const problems = bench.entries(window, 'summary.answered').map((entry) => entry.problems);
    expect(problems).toEqual([
      ['it had 3 characters, which is too few', 'it did not name “Umlauts”'],
      ['it had 3 characters, which is too few', 'it did not name “Umlauts”'],
    ]);
    const asked = bench.requests.filter(({ body }) => isAsked(body.messages));
    expect(asked.at(-1)?.text).toContain('Your last summary was not taken: it had 3 characters');
    expect(bench.entries(window, 'context.freshened')).toMatchObject([{ why: 'full', steps: 3 }]);
    expect(window.state.happenings.find(({ kind }) => kind === 'context')?.text).toContain(
      'No summary passed: it had 3',
    );
  });

  it('S1 B1: an engine that is killed while the summary is written charges it, and asks again', async () => {
    const held = Promise.withResolvers<undefined>();
    const server: ModelServerOptions = {
      ...full,
      beforeChunk: async ({ body }) => {
        if (isAsked(body.messages)) await held.promise;
      },
    };
    const bench = await Bench.make({ answer: summing([summary], steps), server, task: facts });
    const window = await bench.start();
    await bench.gate(window, 1);
    await bench.accept(window);
    const asking = await bench.until(
      window,
      'the request',
      ({ context }) => (context.pending?.request ?? null) !== null,
    );
    const reserved = asking.context.pending?.request?.reservedUsd;
    await bench.crash(window);
    held.resolve(undefined);
    const again = await bench.resume(window);
    await bench.until(again, 'the cut', isCut);
    expect(bench.entries(again, 'summary.failed')).toMatchObject([{ kind: 'interrupted', costUsd: reserved }]);
    expect(bench.entries(again, 'summary.answered')).toHaveLength(1);
  });
});

describe('by hand', () => {
  it('makes a fresh context when the step is over, and refuses where nothing would come of it', async () => {
    const bench = await Bench.make({ answer: steps, task: { gates: { everySteps: 3 } } });
    const window = await bench.start();
    await bench.gate(window, 1);
    await window.request('askContext', { way: 'fresh' });
    expect(window.state.context.cuts, 'G1: not at a gate').toEqual([]);
    await bench.accept(window);
    await bench.gate(window, 2);
    expect(bench.entries(window, 'context.freshened')).toMatchObject([{ why: 'asked', by: 'anna@desk (window)' }]);
    expect(bench.requests[3]?.text).toContain('Belay left out all that came before');
  });
});

describe('a prompt that is too long for the model', () => {
  it('leads to a summary within its step, of the newer half, and the step goes on', async () => {
    const server: ModelServerOptions = { faults: [{ atRequest: 4, kind: 'too-long' }] };
    const bench = await Bench.make({ answer: summing([summary], steps), server, task: { gates: { everySteps: 4 } } });
    const window = await bench.start();
    await bench.gate(window, 1);
    expect(bench.entries(window, 'model.failed')).toMatchObject([{ step: 4, kind: 'too-long', costUsd: 0 }]);
    expect(bench.entries(window, 'context.compacted')).toMatchObject([{ why: 'overflow', step: 4 }]);
    expect(bench.entries(window, 'run.paused')).toEqual([]);
    expect(window.state.stepsFinished).toBe(4);
  });

  it('is an end where there is nothing to leave out', async () => {
    const server: ModelServerOptions = { faults: [{ atRequest: 1, kind: 'too-long' }] };
    const bench = await Bench.make({ answer: steps, server });
    const window = await bench.start();
    const state = await bench.until(window, 'the pause', ({ paused }) => paused !== null);
    expect(state.paused?.message).toMatch(/The conversation is longer than the model takes/);
  });
});

describe('an output that was shortened', () => {
  it('is opened again by the number of its call', async () => {
    const opens = { name: 'open_output', args: { call: '1.1', offset: 20_000, limit: 30 } };
    const answer = script(say('Count.', runs('seq 1 9000')), say('Look.', opens));
    const bench = await Bench.make({ answer, task: { gates: { everySteps: 2 } } });
    const window = await bench.start();
    await bench.gate(window, 1);
    const [counted, opened] = bench.entries(window, 'tool.finished');
    expect(counted?.output).toContain('characters left out: open_output 1.1]');
    const whole = (await window.request('readOutput', { step: 1, callId: '1.1' })).text;
    expect(opened?.output).toBe(
      `[characters 20000 to 20030 of the ${String(whole.length)} of 1.1]\n${whole.slice(20_000, 20_030)}`,
    );
  });
});

const emptyShown = { checkpoint: 3, visibleRate: null, heldOutRate: null, filesChanged: 0, spentUsd: 0 };
