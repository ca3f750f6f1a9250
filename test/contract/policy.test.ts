/** Contract of the real engine: an organisation's policy, and the gate that a forecast opens. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RequestRefused } from '../../src/protocol/refused.ts';
import { shownOf } from '../../src/run/shown.ts';
import { Bench, reads, say, script, writes } from './harness.ts';

/** A policy is believed only where root owns it. */
const isRoot = process.getuid?.() === 0;

afterEach(() => {
  vi.unstubAllEnvs();
});

function policyOf(bench: Bench): (text: string) => string {
  const folder = join(bench.folder, 'etc');
  const file = join(folder, 'policy.json');
  mkdirSync(folder, { mode: 0o755, recursive: true });
  vi.stubEnv('BELAY_POLICY', file);
  return (text) => {
    writeFileSync(file, text);
    chmodSync(file, 0o644);
    return file;
  };
}

const twoSteps = script(say('One.', writes('a.txt', 'a\n')), say('Two.', writes('b.txt', 'b\n')));

describe('a policy', () => {
  it('that can’t be believed or followed lets nothing start, and says where', async () => {
    const bench = await Bench.make({ answer: twoSteps });
    const write = policyOf(bench);
    const file = write('{\n  "mayAccept": "anna"\n}');
    const why = isRoot
      ? `${file}:2: "mayAccept": must be an array, not a string`
      : 'is not believed and nothing starts';
    await expect(bench.start()).rejects.toMatchObject({
      code: 'policy',
      message: expect.stringContaining(why) as string,
    });
    expect(bench.requests).toEqual([]);
  });

  it.runIf(isRoot)('B2: bounds the limits of a task, and names its line', async () => {
    const bench = await Bench.make({ answer: twoSteps });
    const file = policyOf(bench)('{\n  "limits": { "costUsd": 0.01 }\n}');
    await expect(bench.start()).rejects.toMatchObject({
      code: 'policy',
      message: expect.stringContaining(`$0.01 at most (policy ${file}:2)`) as string,
    });
  });

  it.runIf(isRoot)(
    'B2, G3: says who may raise a limit and who may accept, for each request as it stands then',
    async () => {
      const bench = await Bench.make({ answer: twoSteps, task: { gates: { everySteps: 1 } } });
      const write = policyOf(bench);
      const file = write('{ "mayRaiseLimits": [],\n  "mayAccept": ["nobody-here"], "contact": "kim" }');
      const window = await bench.start();
      await bench.gate(window);
      const { limits } = window.state.budget;
      const shown = shownOf(window.state, null);
      const raise = () => window.request('changeLimits', { limits: { ...limits, costUsd: { hard: 1_000 } } });
      const accept = () => window.request('decide', { gate: 1, decision: 'accept', shown });
      await expect(raise()).rejects.toThrow(`may not raise a limit (policy ${file}:1). Nobody may. Ask kim.`);
      await expect(accept()).rejects.toBeInstanceOf(RequestRefused);
      await expect(accept()).rejects.toThrow(`may not accept (policy ${file}:2). nobody-here may. Ask kim.`);
      await expect(window.request('acceptFiles', { files: [{ path: 'a.txt', version: null }], shown })).rejects.toThrow(
        'may not accept',
      );
      expect(window.state.budget.limits).toEqual(limits);
      expect(window.state.gate?.gate).toBe(1);

      write('{ "mayAccept": [ }');
      await expect(accept()).rejects.toThrow(`${file}:1: is not JSON`);
      write('{}');
      await raise();
      await accept();
      await bench.until(window, 'the decision', (state) => state.gatesDecided === 1);
    },
  );
});

describe('a forecast', () => {
  it('below zero opens a gate with its figures, once, and the run goes on when you say so', async () => {
    const steps = Array.from({ length: 60 }, (_, i) =>
      say(`Step ${i}.`, writes(`notes/${i}.txt`, `${i}\n`), reads('mine.txt')),
    );
    const bench = await Bench.make({
      answer: script(...steps),
      task: {
        forecast: { valueUsd: 0.000_001 },
        gates: {},
        stalls: { nudge: false, freshContext: false, hold: false },
      },
    });
    const window = await bench.start();
    const state = await bench.gate(window);
    expect(state.gate?.reasons).toEqual([
      {
        kind: 'forecast',
        text: expect.stringMatching(/^going on is not worth its price: .* of 100 times, worth /) as string,
      },
    ]);
    await window.request('decide', { gate: 1, decision: 'redirect', text: 'Go on.', shown: shownOf(window.state, 1) });
    const told = window.state.stepsFinished;
    const later = await bench.until(
      window,
      'two more steps',
      (now) => now.stepsFinished >= told + 2 || now.gate !== null,
    );
    expect(later.gate, 'it is told once').toBeNull();
  });
});
