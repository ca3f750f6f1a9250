/** Contract of the real engine: signs of life reach whoever is attached, and are in no journal. */
import { expect, it } from 'vitest';
import { standingLines, standingOf } from '../../src/cli/status.ts';
import type { RunConnection } from '../../src/client/connection.ts';
import { findRun } from '../../src/client/runs.ts';
import type { Signs } from '../../src/run/delta.ts';
import { Bench, runIdOf, runs, say, script, upper, writes } from './harness.ts';

/** The next signs that are as wanted. */
function signsOf(window: RunConnection, wanted: (signs: Signs) => boolean): Promise<Signs> {
  return new Promise((resolve) => {
    const listening = window.onDelta((delta) => {
      if (delta.kind !== 'signs' || !wanted(delta.signs)) return;
      listening.dispose();
      resolve(delta.signs);
    });
  });
}

it('tells model, tool and engine apart, to windows and to `belay status`, and journals none of it', async () => {
  const answered = Promise.withResolvers<undefined>();
  const bench = await Bench.make({
    answer: script(
      say('Capitals.', writes('upper.sh', upper), runs('echo began; while [ ! -e go ]; do sleep 0.1; done')),
    ),
    server: {
      beforeChunk: async ({ number }, index) => {
        if (number === 1 && index === 1) await answered.promise;
      },
    },
  });
  const window = await bench.start();
  const status = async () => {
    const run = await findRun(bench.state, runIdOf(window));
    return run === null ? '' : standingLines(await standingOf(run, 'anna@desk (cli)')).join('\n');
  };
  const streaming = await signsOf(window, ({ modelAt }) => modelAt !== null);
  expect(streaming).toMatchObject({ pid: await bench.enginePid(window), toolAt: null, commandMs: 60_000 });
  const entries = bench.journal(window).length;
  expect(await status()).toMatch(
    /\n {4}Model: streaming, last byte (now|\d s ago)\n {4}Engine: heartbeat now, process \d+/,
  );
  await signsOf(window, ({ at }) => at > streaming.at);
  expect(bench.journal(window).length, 'a sign is no entry').toBe(entries);
  answered.resolve(undefined);
  await signsOf(window, ({ at, toolAt }) => toolAt !== null && at - toolAt > 2_000);
  expect(await status()).toMatch(/\n {4}Tool: run, last output \d s ago, began \d+ s ago\n {4}Engine: /);
  bench.write('go', '');
  await bench.gate(window);
  await signsOf(window, ({ verified }) => verified !== null);
  expect(await status(), 'nothing is under way at a gate').not.toMatch(/Model:|Tool:|Verifier:/);
});
