/** Contract of the real engine: a run whose model is one of VS Code's, which only an attached window can ask. */
import { describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import type { AskWindowModel, BrokeredAnswer, BrokeredCall } from '../../src/protocol/brokering.ts';
import { limits } from '../../src/run/limits.ts';
import type { RunState } from '../../src/run/state.ts';
import { statusOf } from '../../src/run/status.ts';
import { Bench, isAsking, runIdOf, upper } from './harness.ts';

const task = {
  model: { provider: 'vscode', vendor: 'acme', name: 'acme-1' },
  budget: { steps: { hard: 20 }, tokens: { hard: 5_000_000 } },
};

type Answer = Extract<BrokeredAnswer, { ok: true }>;
const says = (text: string, ...calls: Answer['calls']): Answer => ({
  ok: true,
  text,
  calls,
  inputTokens: 900,
  outputTokens: 40,
});
const write = { name: 'write_file', argumentsJson: JSON.stringify({ path: 'upper.sh', content: upper }) };
const finish = { name: 'finish', argumentsJson: '{"summary":"all is done"}' };

/** Writes the program, then says that it is done: told apart by what the conversation shows. */
const answerOf = ({ messages }: BrokeredCall): Answer =>
  messages.some(({ role }) => role === 'assistant') ? says('Done.', finish) : says('It prints capitals.', write);

interface Window {
  readonly askModel: AskWindowModel;
  readonly asked: BrokeredCall[];
  /** Resolves when it is asked for the first time. */
  readonly called: Promise<void>;
}

/** A window whose model gives `answer`; undefined: it never does, until it is cancelled. */
function windowWith(answer: (call: BrokeredCall) => BrokeredAnswer | undefined): Window {
  const asked: BrokeredCall[] = [];
  const { promise: called, resolve: tellCalled } = Promise.withResolvers<undefined>();
  const askModel: AskWindowModel = (call, onText, signal) => {
    asked.push(call);
    tellCalled(undefined);
    const given = answer(call);
    if (given?.ok === true) onText(given.text);
    if (given !== undefined) return Promise.resolve(given);
    return new Promise((resolve) => {
      const cancelled = { ok: false, reason: 'cancelled', message: 'cancelled', begun: true } as const;
      signal.addEventListener('abort', () => {
        resolve(cancelled);
      });
    });
  };
  return { askModel, asked, called: called.then(() => undefined) };
}

const waits = ({ paused }: RunState) => paused?.reason === 'window';
const attach = (bench: Bench, run: RunConnection, name: string, { askModel }: Window) =>
  bench.resume(run, `${name} (window)`, null, askModel);

describe('a run with one of VS Code’s models', () => {
  it('goes to its end through a window, counted by the window and never at $0.00', async () => {
    const bench = await Bench.make({ task });
    const window = windowWith(answerOf);
    const run = await bench.start({ key: null, askModel: window.askModel });
    const deltas: string[] = [];
    run.onDelta((delta) => {
      if (delta.kind === 'text') deltas.push(delta.text);
    });
    const { ended } = await bench.acceptToEnd(run);
    expect(ended?.outcome).toBe('finished');
    expect(bench.read('upper.sh')).toBe(upper);
    expect(deltas).toEqual(['It prints capitals.', 'Done.']);
    expect(window.asked.map(({ model }) => model)).toEqual(Array(2).fill({ vendor: 'acme', name: 'acme-1' }));
    expect(bench.entries(run, 'model.answered').map(({ usage, usageEstimated }) => [usage, usageEstimated])).toEqual(
      Array(2).fill([{ input: 900, cachedInput: 0, cacheWriteInput: 0, output: 40 }, true]),
    );
    expect(bench.entries(run, 'run.created')[0]?.task.model).toMatchObject({ price: null, vendor: 'acme' });
    expect(bench.requests).toEqual([]);
  });

  it('B1: waits when its window goes away in mid-answer, spends no time, and goes on by itself with the next', async () => {
    const bench = await Bench.make({ task });
    const silent = windowWith(() => undefined);
    const first = await bench.start({ key: null, askModel: silent.askModel });
    const watching = await bench.resume(first, 'someone (command line)', null);
    await silent.called; // its entry stands before the window has the call
    first.dispose();
    const state = await bench.until(watching, 'a window', waits);
    const { word, detail, waysOut } = statusOf(state, 'attached');
    expect([word, waysOut, state.budget.runningSince]).toEqual(['Waiting for a window', ['resume'], null]);
    expect(detail).toContain('open this folder in VS Code');
    const [cut] = bench.entries(watching, 'model.failed');
    expect(cut).toMatchObject({ kind: 'cut', retryable: true });
    expect(cut?.tokens).toBe(bench.entries(watching, 'model.requested')[0]?.reservedTokens);

    const next = windowWith(answerOf);
    await attach(bench, watching, 'berta@desk', next);
    const [resumed] = await bench
      .until(watching, 'the answer', (s) => s.stepsFinished > 0)
      .then(() => bench.entries(watching, 'run.resumed'));
    expect(resumed?.by).toBe('berta@desk (window)');
    expect((await bench.acceptToEnd(watching)).ended?.outcome).toBe('finished');
    expect(silent.asked).toHaveLength(1);
  });

  it('waits for consent with a button, and asks again when it is given', async () => {
    const bench = await Bench.make({ task });
    let allowed = false;
    const window = windowWith((call) =>
      allowed ? answerOf(call) : { ok: false, reason: 'no-consent', message: 'You have not allowed it.', begun: false },
    );
    const run = await bench.start({ key: null, askModel: window.askModel });
    const state = await bench.until(run, 'consent', ({ paused }) => paused?.reason === 'consent');
    expect(statusOf(state, 'attached')).toMatchObject({
      tone: 'waiting',
      word: 'Waiting for your consent',
      waysOut: ['allowModel', 'resume'],
    });
    expect(bench.entries(run, 'model.failed')[0]).toMatchObject({ kind: 'no-consent', tokens: 0 });
    allowed = true;
    await run.request('resume', {});
    expect((await bench.acceptToEnd(run)).ended?.outcome).toBe('finished');
  });

  it('is not asked of a client that can’t: a command line only waits, and may stop', async () => {
    const bench = await Bench.make({ task });
    const run = await bench.start({ key: null });
    await bench.until(run, 'a window', waits);
    expect(bench.entries(run, 'model.requested')).toEqual([]);
    await run.request('stop', {});
    expect((await bench.until(run, 'the end', ({ ended }) => ended !== null)).ended?.outcome).toBe('stopped');
  });

  it('cancels the window’s call when the run is stopped', async () => {
    const bench = await Bench.make({ task });
    let cancelled = (): void => undefined;
    const wasCancelled = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const run = await bench.start({
      key: null,
      askModel: (_, __, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            cancelled();
            resolve({ ok: false, reason: 'cancelled', message: 'cancelled', begun: true });
          });
        }),
    });
    await bench.until(run, 'the call', isAsking);
    await run.request('stop', {});
    await wasCancelled;
    await bench.until(run, 'the end', ({ ended }) => ended !== null);
  });

  it('S1, B1: an engine that dies in mid-answer counts the call, and the window is asked again', async () => {
    const bench = await Bench.make({ task });
    const silent = windowWith(() => undefined);
    const run = await bench.start({ key: null, askModel: silent.askModel });
    await bench.until(run, 'the call', isAsking);
    await bench.crash(run);
    const window = windowWith(answerOf);
    const again = await attach(bench, run, 'anna@desk', window);
    await bench.acceptToEnd(again);
    const [requested] = bench.entries(again, 'model.requested');
    expect(bench.entries(again, 'model.failed')).toMatchObject([
      { kind: 'interrupted', tokens: requested?.reservedTokens },
    ]);
    expect(window.asked).toHaveLength(2);
    expect(runIdOf(again)).toBe(runIdOf(run));
  });

  it('bears a window that answers nonsense', async () => {
    const bench = await Bench.make({ task });
    let times = 0;
    const window = windowWith((call) => {
      times += 1;
      return times === 1 ? ({ ok: true, text: 7 } as unknown as BrokeredAnswer) : answerOf(call);
    });
    const run = await bench.start({ key: null, askModel: window.askModel });
    await bench.acceptToEnd(run);
    expect(bench.entries(run, 'model.failed')).toMatchObject([{ kind: 'server-error', retryable: true }]);
    expect(times).toBeLessThan(limits.modelAttempts);
  });
});
