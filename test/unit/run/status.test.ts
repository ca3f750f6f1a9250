import { describe, expect, it } from 'vitest';
import type { PauseReason } from '../../../src/run/entry.ts';
import type { RunState } from '../../../src/run/state.ts';
import { limitUses, pace, spentOfLimit, spentWords } from '../../../src/run/costs.ts';
import { filesChangedAtLeast, shownOf } from '../../../src/run/shown.ts';
import { figureTitle, gateSentence, notSealed, statusOf, troubleOf, type Status } from '../../../src/run/status.ts';
import { initialState } from '../../../src/run/reduce.ts';
import { standingFigure } from '../../../src/run/standing.ts';
import { FixtureRun } from '../../ui/webview/fixtures.ts';

const startedAt = 1_000_000;
const fresh = () => new FixtureRun(startedAt).create();
const words = (state: RunState): readonly [string, string] => {
  const { word, phase } = statusOf(state, 'attached');
  return [word, phase];
};

/** The task, answered by hand, with no price known. */
function manual({ run }: RunState): NonNullable<RunState['run']>['task'] {
  if (run === null) throw new Error('the fixture has no run');
  return { ...run.task, model: { ...run.task.model, provider: 'manual', price: null } };
}

describe('the state line', () => {
  it('says which part of a step runs', () => {
    const tool = { name: 'run', title: 'run prove -r t', exitCode: 0 };
    const run = fresh();
    expect(words(run.state)).toEqual(['Running', 'between steps']);
    expect(words(run.ask(1).state)).toEqual(['Running', 'model is answering']);
    run.answer(1, 'I run the tests.', [tool]).startTool(1, 0, tool);
    expect(statusOf(run.state, 'attached')).toMatchObject({
      phase: 'tool',
      detail: 'run prove -r t',
      since: run.state.at,
    });
    expect(words(run.finishTool(1, 0, tool).state)).toEqual(['Running', 'checkpoint']);
  });

  it('waits for the supervisor where they answer for the model, and says how', () => {
    const run = fresh().ask(1);
    const { model } = run.state.run?.task ?? {};
    const byHand = { ...run.state, run: run.state.run && { ...run.state.run, task: manual(run.state) } };
    expect(model?.provider).toBe('openai-compatible');
    expect(statusOf(byHand, 'attached')).toMatchObject({
      tone: 'waiting',
      word: 'Waiting for your answer',
      detail: 'Step 1: copy the question to a model, then bring its answer.',
      waysOut: ['copyQuestion'],
    });
  });

  it('says that it verifies when nothing else runs', () => {
    const run = fresh().step('Links', '', []);
    run.add({ type: 'verification.started', checkpoint: 1, suite: 'visible', seed: 1 });
    expect(words(run.state)).toEqual(['Verifying', 'checkpoint 1']);
  });

  it('says until when it waits for the provider', () => {
    const run = fresh().ask(1);
    run.add({
      type: 'model.failed',
      step: 1,
      attempt: 1,
      kind: 'rate-limited',
      message: 'HTTP 429',
      retryable: true,
      retryAt: 1_500_000,
      costUsd: 0,
      tokens: 0,
    });
    expect(statusOf(run.state, 'attached')).toMatchObject({
      tone: 'waiting',
      word: 'Waiting for the provider',
      detail: 'HTTP 429. Attempt 2 of 6 follows by itself.',
      until: 1_500_000,
    });
  });

  it('G1: says the gate before a pause, a step or a verification', () => {
    const run = fresh()
      .step('Links', '', [])
      .gate([
        { kind: 'steps', text: '20 steps since the last gate' },
        { kind: 'budget', text: 'soft limit reached: time' },
      ]);
    run.paused('key', 'no key');
    expect(statusOf(run.state, 'attached')).toMatchObject({
      tone: 'waiting',
      word: 'Waiting for you',
      detail: 'Gate at step 1: 20 steps since the last gate; soft limit reached: time',
    });
    expect(run.state.gate === null ? '' : gateSentence(run.state.gate)).toContain('Gate at step 1');
  });

  it('says a lost engine before all that the engine last said, and the end before that', () => {
    const run = fresh().step('Links', '', []).gate([]);
    expect(statusOf(run.state, 'lost', 7)).toMatchObject({
      word: 'Engine not answering',
      since: 7,
      waysOut: ['startAgain'],
    });
    run.add({ type: 'run.ended', outcome: 'stopped', message: '' });
    expect(statusOf(run.state, 'lost', 7)).toMatchObject({ word: 'Stopped', tone: 'stopped', waysOut: ['start'] });
  });

  it('says how many cases passed at the end', () => {
    const run = fresh()
      .step('Links', '', [])
      .verify('visible', 274, 274)
      .add({ type: 'run.ended', outcome: 'finished', message: '' });
    expect(words(run.state)).toEqual(['Finished · 274 of 274', '']);
  });

  it('says that there is no run, or that one starts', () => {
    expect(statusOf(initialState, 'none')).toMatchObject({ word: 'No run', waysOut: ['start'] });
    expect(statusOf(initialState, 'starting')).toMatchObject({ word: 'Starting', tone: 'running' });
    expect(statusOf(initialState, 'attached')).toMatchObject({ word: 'Starting' });
  });
});

const reasons: readonly PauseReason[] = [
  'supervisor',
  'rollback',
  'budget',
  'key',
  'model',
  'disk',
  'sandbox',
  'failure',
];
/** Every pause has words of its own and a way out. */
function everyPauseHasAWayOut(status: (reason: PauseReason) => Status): boolean {
  const all = reasons.map(status);
  return new Set(all.map((s) => s.word)).size === reasons.length && all.every((s) => s.waysOut.length > 0);
}

describe('pauses', () => {
  const paused = (reason: PauseReason) => statusOf(fresh().paused(reason, 'why').state, 'attached');

  it('each say what they wait for and how to go on', () => {
    expect(everyPauseHasAWayOut(paused)).toBe(true);
    expect(paused('budget')).toMatchObject({
      word: 'Paused · budget reached',
      detail: 'why.',
      waysOut: ['raiseLimits'],
    });
    expect(paused('key')).toMatchObject({ word: 'Waiting for a key', waysOut: ['enterKey', 'resume'] });
  });

  it('would be caught: a pause without a way out fails the same check', () => {
    expect(
      everyPauseHasAWayOut((reason) => ({ ...paused(reason), waysOut: reason === 'disk' ? [] : ['resume'] })),
    ).toBe(false);
  });
});

describe('figures', () => {
  it('H2: says not sealed and why, where there are held-out cases', () => {
    const unsealed = new FixtureRun(startedAt).create({ sealed: false }).state;
    expect(notSealed(unsealed)).toEqual({
      word: 'Not sealed',
      why: 'There is no sandbox (bubblewrap was not found); allowed by anna@host',
    });
    expect(notSealed(fresh().state)).toBeNull();
    expect(notSealed(new FixtureRun(startedAt).create({ sealed: false, heldOut: false }).state)).toBeNull();
  });

  it('say in words what hung or could not be run, where a program was built', () => {
    const figure = fresh().step('Links', '', []).verify('visible', 241, 274, 8).state.figures.visible.last;
    expect(figure && troubleOf(figure)).toBe('2 timeouts, 1 error');
    expect(figure && troubleOf({ ...figure, buildOk: false })).toBe('');
    expect(figure && troubleOf({ ...figure, counts: { ...figure.counts, timeout: 0, error: 0 } })).toBe('');
  });

  it('name their checkpoint and how far behind it is', () => {
    const run = fresh().step('Links', '', []).verify('visible', 241, 274, 8).step('Lists', '', []);
    const figure = standingFigure(run.state, 'visible');
    expect(figure && figureTitle(figure, run.state)).toBe(
      '241 of 274 cases at step 1 · checkpoint 1, 1 behind (16 s); 95 %: 83.6–91.3 %; 30 fail; 1 error; 2 timeout; 8 regressed',
    );
  });

  it('show what is spent of the limit, the tightest limit first', () => {
    const run = new FixtureRun(startedAt).create({ costUsd: 0.1 }).step('Links', '', []).step('Lists', '', []);
    expect(spentOfLimit(run.state)).toBe('$0.08 of $0.10');
    const uses = limitUses(run.state, run.state.at);
    expect(uses.map((u) => [u.kind, u.text, u.share.toFixed(3), u.soft?.toFixed(1)])).toEqual([
      ['costUsd', '$0.08 of $0.10', '0.840', '0.8'],
      ['steps', '2 of 600', '0.003', undefined],
    ]);
  });

  it('tell the pace only when it is not too early, and the end only while it runs', () => {
    const run = fresh().step('Links', '', []);
    expect(pace(run.state, run.state.at)).toBeNull();
    const { runningSince } = run.state.budget;
    expect(runningSince).not.toBeNull();
    const hour = pace(run.state, (runningSince ?? 0) + 3_600_000);
    expect(hour?.usdPerHour).toBeCloseTo(0.042, 6);
    expect(hour?.endsAt).toBeGreaterThan(run.state.at);
    expect(pace(run.paused('supervisor', '').state, run.state.at + 3_600_000)?.endsAt ?? null).toBeNull();
  });
});

describe('what was shown', () => {
  it("G3: is the gate's checkpoint, the rates, the files and the dollars on the screen", () => {
    const run = fresh().step('Links', '', []).verify('visible', 137, 274).gate([]);
    expect(shownOf(run.state, 61)).toEqual({
      checkpoint: 1,
      visibleRate: 0.5,
      visibleAt: 1,
      heldOutRate: null,
      filesChanged: 61,
      spentUsd: 0.042,
    });
    expect(shownOf(run.state, null).filesChanged).toBe(1);
  });

  it('counts files since the accepted tree, each once', () => {
    const run = fresh().step('Links', '', []).step('Lists', '', []);
    expect(filesChangedAtLeast(run.state)).toBe(1);
    expect(filesChangedAtLeast({ ...run.state, accepted: 2 })).toBe(0);
  });
});

describe('what was spent', () => {
  it('is never told as $0.00 where it is not known, and is “about” where Belay counted the tokens', () => {
    const { state } = fresh();
    const task = manual(state);
    const withTask = (model: typeof task.model) => ({
      ...state,
      run: state.run && { ...state.run, task: { ...task, model } },
    });
    expect(spentWords(withTask(task.model))).toBe('cost not known');
    const { price } = state.run?.task.model ?? {};
    expect(spentWords(withTask({ ...task.model, price: price ?? null }))).toMatch(/^about \$/);
    expect(spentWords(state)).toMatch(/^\$/);
  });
});
