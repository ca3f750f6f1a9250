/** Contract of the real engine: the ladder's rollback, on real files. */
import { describe, expect, it } from 'vitest';
import { Bench, runs, say, upper, writes } from './harness.ts';

describe('a stalled run', () => {
  it('C4, C6, H3: goes back to its best visible checkpoint, keeps the supervisor’s file, says who did it, and goes on', async () => {
    const stuck = say('Once more.', runs('false'));
    const answers = [say('In capitals.', writes('upper.sh', upper)), say('As it was.', writes('upper.sh', 'cat\n'))];
    let asked = 0;
    const bench = await Bench.make({
      // By the number of the request: after the rollback the story is as short as it was before.
      answer: () => answers[asked++] ?? stuck,
      // At each gate both versions are verified.
      task: { gates: { everySteps: 1 }, stalls: { nudge: false, freshContext: false, rollback: true, hold: true } },
    });
    const window = await bench.start();
    for (let gate = 1; gate <= 7; gate++) {
      await bench.gate(window, gate);
      if (gate === 2) bench.write('mine.txt', 'mine\n');
      expect(bench.read('upper.sh'), `at gate ${String(gate)}`).toBe(gate === 1 ? upper : 'cat\n');
      await bench.accept(window);
    }
    const state = await bench.gate(window, 8);
    expect(bench.read('upper.sh')).toBe(upper);
    expect(bench.read('mine.txt')).toBe('mine\n');

    const [detected] = bench.entries(window, 'stall.detected');
    expect(detected).toMatchObject({ rung: 'rollback', to: 1, signs: [{ kind: 'calls' }] });
    const [started] = bench.entries(window, 'rollback.started');
    expect(started).toMatchObject({ seq: (detected?.seq ?? 0) + 1, to: 1, by: 'Belay' });
    expect(bench.entries(window, 'run.paused')).toEqual([]);
    expect(JSON.stringify(bench.requests.at(-1))).toContain('Belay, as the run stalled, rolled back the workspace');

    // Undoable as every rollback: its safety checkpoint holds what stood before.
    expect(state.checkpoints.get(started?.safety ?? 0)).toMatchObject({ kind: 'safety' });
    await bench.rollBackAtGate(window, started?.safety ?? 0);
    await bench.until(window, 'the undo', ({ rollback, paused }) => rollback === null && paused?.reason === 'rollback');
    expect(bench.read('upper.sh')).toBe('cat\n');
    expect(bench.read('mine.txt')).toBe('mine\n');
  });

  it('B1: is given to the other model that the task names, at its own price, and back when the supervisor says so', async () => {
    const own = 'loopback-rebuilder';
    const other = 'loopback-larger';
    const stuck = say('Once more.', runs('false'));
    const bench = await Bench.make({
      answer: () => stuck,
      server: { models: [own, other] },
      task: {
        gates: {},
        stalls: {
          nudge: false,
          freshContext: false,
          rollback: false,
          hold: false,
          otherModel: { name: other, price: { input: 30, output: 150 } },
        },
      },
    });
    const window = await bench.start();
    await bench.until(window, 'the other model', ({ run }) => run?.task.model.name === other);
    const changed = bench.entries(window, 'model.changed')[0];
    const detected = bench.entries(window, 'stall.detected')[0];
    expect(detected).toMatchObject({ rung: 'model', signs: [{ kind: 'calls' }] });
    expect(changed).toMatchObject({ seq: (detected?.seq ?? 0) + 1, model: { name: other } });
    await bench.until(window, 'its answer', ({ seq }) => seq > (changed?.seq ?? 0) + 12);
    expect(bench.requests.at(-1)?.body.model).toBe(other);
    const answers = bench.entries(window, 'model.answered');
    const priced = ({ usage, costUsd }: (typeof answers)[number]) => costUsd / usage.output;
    const [before, after] = [answers.find(({ seq }) => seq < (changed?.seq ?? 0)), answers.at(-1)];
    if (before === undefined || after === undefined) throw new Error('both have answered');
    expect(priced(after)).toBeGreaterThan(2 * priced(before));
    await expect(window.request('switchModel', { name: other })).rejects.toThrow('answers already');
    await window.request('switchModel', { name: own });
    expect(window.state.run?.task.model.name).toBe(own);
    expect(bench.entries(window, 'model.changed').at(-1)).toMatchObject({ by: 'anna@desk (window)' });
    const asked = bench.requests.length;
    await bench.until(window, 'its answer', () => bench.requests.length > asked + 1);
    expect(bench.requests.at(-1)?.body.model).toBe(own);
  });
});
