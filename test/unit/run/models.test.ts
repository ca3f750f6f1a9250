/** Another model of the task: as a rung of the ladder, by hand, and what its calls cost. */
import { describe, expect, it } from 'vitest';
import { climbEntries, rungDone, stallEffect } from '../../../src/run/ladder.ts';
import type { ModelFacts, TaskFacts } from '../../../src/run/entry.ts';
import { modelToSwitchTo, modelWords } from '../../../src/run/models.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';
import { otherModelOf, parseTask, taskFacts } from '../../../src/run/task.ts';
import { entriesOf, created, fold, task } from './builders.ts';
import { StallRun } from './stallRuns.ts';

const other: ModelFacts = {
  provider: 'openai-compatible',
  name: 'loopback-2',
  maxOutputTokens: 2_000,
  windowTokens: 64_000,
  priceFrom: 'belay.json',
  price: { inputUsdPerMTok: 15, cachedInputUsdPerMTok: 1.5, cacheWriteUsdPerMTok: 18, outputUsdPerMTok: 75 },
};

const withOther = (facts: Partial<TaskFacts> = {}) => fold([created({ otherModel: other, ...facts })]);

describe('the other model', () => {
  it('is a rung after the rollback and before the hold, where the task names one', () => {
    const climbs = (otherModel: ModelFacts | undefined) => {
      const run = new StallRun({ nudge: false, freshContext: false, rollback: false, hold: true });
      if (otherModel !== undefined && run.state.run !== null)
        run.state = { ...run.state, run: { ...run.state.run, task: { ...run.state.run.task, otherModel } } };
      const rungs: string[] = [];
      for (let n = 1; n <= 30; n++) {
        run.step({ calls: [{ args: '{"command":"make"}', output: 'FAIL' }] });
        const effect = stallEffect(run.state);
        if (effect?.kind !== 'climb') continue;
        rungs.push(effect.rung);
        run.add(...climbEntries(run.state, effect));
      }
      return { rungs, answers: run.state.run?.task.model.name };
    };
    expect(climbs(other)).toEqual({ rungs: ['model', 'hold'], answers: 'loopback-2' });
    expect(climbs(undefined)).toEqual({ rungs: ['hold'], answers: 'loopback-1' });
    expect(rungDone('model')).toBe('Belay gave the work to the other model');
  });

  it('B1: is paid by its own price and bound by its own window, and so is the first one again after a switch back', () => {
    const state = withOther();
    expect(modelToSwitchTo(state)).toEqual(other);
    const switched = fold([{ type: 'model.changed', model: other }], state);
    expect(switched.run).toMatchObject({ task: { model: other }, ownModel: task.model });
    const back = modelToSwitchTo(switched);
    expect(back).toEqual(task.model);
    const own: RunState = fold([{ type: 'model.changed', model: task.model, by: 'anna' }], switched);
    expect(own.run).toEqual(state.run);
    expect(modelToSwitchTo(fold([created()]))).toBeNull();
  });

  it('is a row of the log that says who answers now', () => {
    const state = entriesOf([created({ otherModel: other }), { type: 'model.changed', model: other }]).reduce(
      reduce,
      initialState,
    );
    expect(state.happenings.at(-1)?.text).toBe('loopback-2 answers from here on, in place of loopback-1');
    expect(modelWords(other)).toBe('loopback-2, $15.00 and $75.00 per million tokens in and out');
  });
});

describe('the task', () => {
  const text = (model: object, stalls: object, more: object = {}) =>
    parseTask({
      name: 'x',
      candidate: { language: 'perl', run: ['perl', 'x.pl'] },
      suites: { visible: 'v.jsonl' },
      model,
      budget: { steps: { hard: 3 } },
      stalls,
      ...more,
    });
  const loopback = { provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', name: 'loopback-1' };

  it('names it with what it costs, and its facts are at the place of the first', () => {
    const parsed = text(loopback, { otherModel: { name: 'loopback-2', price: { input: 15, output: 75 } } });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(otherModelOf(parsed.task)).toMatchObject({ ...loopback, name: 'loopback-2', maxOutputTokens: 8192 });
    const priced = { price: other.price, priceFrom: 'belay.json' };
    const facts = taskFacts(parsed.task, priced, 'UTC', priced);
    expect(facts.otherModel).toEqual({
      ...priced,
      provider: 'openai-compatible',
      name: 'loopback-2',
      maxOutputTokens: 8192,
    });
    expect(facts.stalls).not.toHaveProperty('otherModel');
    expect(facts.context).toEqual({ way: 'summary' });
  });

  it('says where there can be none', () => {
    const parsed = text({ provider: 'manual' }, { otherModel: { name: 'b' } });
    expect(parsed).toMatchObject({ ok: false, problems: [{ path: ['stalls', 'otherModel'] }] });
  });

  it('says how long the conversation may grow', () => {
    const context = { whenFull: 'fresh', compactAtTokens: 50_000, windowTokens: 128_000 };
    const parsed = text(loopback, {}, { context });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const facts = taskFacts(parsed.task, { price: null, priceFrom: '', windowTokens: 8 }, 'UTC');
    expect(facts.context).toEqual({ way: 'fresh', compactAtTokens: 50_000 });
    expect(facts.model.windowTokens, 'the task knows better').toBe(128_000);
    const byHand = text({ provider: 'manual' }, {});
    if (!byHand.ok) throw new Error(JSON.stringify(byHand.problems));
    expect(taskFacts(byHand.task, { price: null, priceFrom: '' }, 'UTC').context).toEqual({ way: 'off' });
  });
});
