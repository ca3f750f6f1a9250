/** Contract of the real engine: a run whose model is answered by hand. */
import { describe, expect, it } from 'vitest';
import { assert } from '../../src/base/assert.ts';
import { served } from '../../src/cli/served.ts';
import type { LaunchOptions } from '../../src/client/launch.ts';
import { findRuns } from '../../src/client/runs.ts';
import { Bench, isAsking } from './harness.ts';
import { answer, byHand, writing } from './tinyRecording.ts';

/** Only looking at a run that was cut off must not make it go on, and spend. */
async function expectLookRefused({ state }: Bench): Promise<void> {
  const [found] = await findRuns(state);
  assert(found !== undefined, 'there is a run');
  const start = () => Promise.reject(new Error('an engine was asked for'));
  const launch: LaunchOptions = { state, engineBundle: 'nowhere', client: 'anna@desk (command line)' };
  const looking = served(found, { launch, open: start });
  await expect(looking).rejects.toThrow(`No engine serves ${found.runId}. Go on with: belay resume ${found.runId}`);
}

describe('a model by hand', () => {
  it('shows the whole question and what is new in it, refuses what it can’t read, and takes the answer', async () => {
    const bench = await Bench.make({ task: byHand });
    const window = await bench.start({ key: null });
    await bench.until(window, 'the question', isAsking);
    const question = await window.request('question', {});
    expect(question).toMatchObject({ step: 1 });
    expect(question?.prompt).toContain('<call tool="write_file">');
    expect(question?.news).not.toContain('# How to answer');
    const broken = writing('A try.', 'upper.sh', 'cat\n').replace('</content>\n', '');
    await expect(window.request('answer', { step: 1, text: broken })).rejects.toThrow(
      'Line 5: <content> has no </content> on a line of its own.',
    );
    await expect(window.request('answer', { step: 2, text: 'Hi.' })).rejects.toThrow('step 1 is asked now');
    await window.request('answer', { step: 1, text: writing('A try.', 'upper.sh', 'cat\n') });
    await bench.gate(window);
    expect(bench.read('upper.sh')).toBe('cat\n');
    expect(await window.request('question', {})).toBeNull();
    const [answered] = bench.entries(window, 'model.answered');
    expect(answered).toMatchObject({ usageEstimated: true, text: 'A try.' });
    expect(answered?.costUsd).toBeGreaterThan(0);
  });

  it('S1: asks again after its engine died; the cut question costs nothing', async () => {
    const bench = await Bench.make({ task: byHand });
    const window = await bench.start({ key: null });
    await bench.until(window, 'the question', isAsking);
    await bench.crash(window);
    await expectLookRefused(bench);
    const again = await bench.resume(window, 'anna@desk (window)', null);
    await answer(bench, again, 1, writing('A try.', 'upper.sh', 'cat\n'));
    expect((await bench.gate(again)).generation).toBe(2);
    expect(bench.entries(again, 'model.failed')).toMatchObject([{ kind: 'interrupted', costUsd: 0, tokens: 0 }]);
  });
});
