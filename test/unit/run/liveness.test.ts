// What the panel and `belay status` say of each part's signs of life, as golden text.
import { describe, expect, it } from 'vitest';
import type { Signs } from '../../../src/run/delta.ts';
import { livingLine, livingOf } from '../../../src/run/liveness.ts';
import type { RunState } from '../../../src/run/state.ts';
import { FixtureRun, signsAt } from '../../ui/webview/fixtures.ts';

const make = { name: 'run', title: 'run make' };
const begun = () => new FixtureRun(0).create().step('One', '', []);
const asked = () => begun().ask(2).state;
const verifying = () => begun().add({ type: 'verification.started', checkpoint: 1, suite: 'visible', seed: 1 }).state;

/** A tool that was started with these arguments. */
function running(argumentsJson = '{}'): RunState {
  const state = begun().ask(2).answer(2, '', [make]).startTool(2, 0, make).state;
  const { step } = state;
  if (step === null) throw new Error('a step is in progress');
  return { ...state, step: { ...step, calls: (step.calls ?? []).map((call) => ({ ...call, argumentsJson })) } };
}

/** The lines so long after the last entry, with signs that came so long before them; the silent ones are marked. */
function said(
  state: RunState,
  afterMs: number,
  ago: Partial<Record<'modelAt' | 'toolAt' | 'verdictAt' | 'at', number>>,
  more: Partial<Signs> = {},
) {
  const now = state.at + afterMs;
  const times = Object.fromEntries(Object.entries(ago).map(([name, ms]) => [name, now - ms]));
  const signs = { ...signsAt(now - 400), ...times, ...more };
  return livingOf(state, signs, now).map((one) => `${livingLine(one)}${one.silent ? ' (!)' : ''}`);
}

const engine = 'Engine: heartbeat now, process 4711';

describe('signs of life', () => {
  it('tell a model that streams, one that has not begun, and one that is silent', () => {
    expect(said(asked(), 14_000, { modelAt: 2_000 })).toEqual(['Model: streaming, last byte 2 s ago', engine]);
    expect(said(asked(), 14_000, {})).toEqual(['Model: asked 14 s ago, no byte yet', engine]);
    expect(said(asked(), 14_000, { modelAt: 15_000 }), 'of the call before').toEqual([
      'Model: asked 14 s ago, no byte yet',
      engine,
    ]);
    expect(said(asked(), 100_000, { modelAt: 90_000 })).toEqual([
      'Model: no byte for 90 s; Belay ends the call at 120 s (!)',
      engine,
    ]);
  });

  it('tell a tool that talks, and one that is silent until Belay ends it', () => {
    expect(said(running(), 800, {})).toEqual([engine]);
    expect(said(running(), 25_000, { toolAt: 3_000 })).toEqual([
      'Tool: run, last output 3 s ago, began 25 s ago',
      engine,
    ]);
    expect(said(running(), 25_000, {})).toEqual(['Tool: run, silent for 25 s, began 25 s ago', engine]);
    expect(said(running(), 50_000, { toolAt: 40_000 })).toEqual([
      'Tool: run, silent for 40 s, began 50 s ago; Belay ends it at 60 s (!)',
      engine,
    ]);
    expect(said(running('{"command":"make","timeout_seconds": 600}'), 200_000, { toolAt: 40_000 })).toEqual([
      'Tool: run, silent for 40 s, began 3 min ago',
      engine,
    ]);
  });

  it('tell how far a verification is, and one from which nothing comes', () => {
    expect(said(verifying(), 9_000, { verdictAt: 1_000 }, { verified: { done: 120, total: 326 } })).toEqual([
      'Verifier: 120 of 326 cases, last verdict 1 s ago',
      engine,
    ]);
    expect(said(verifying(), 9_000, {})).toEqual(['Verifier: checkpoint 1, began 9 s ago, no verdict yet', engine]);
    expect(said(verifying(), 400_000, { verdictAt: 300_000 }, { verified: { done: 3, total: 4 } })).toEqual([
      'Verifier: 3 of 4 cases, no verdict for 5 min; Belay ends it at 1 h (!)',
      engine,
    ]);
  });

  it('tell an engine that hangs, and how to end it', () => {
    expect(said(begun().state, 60_000, { at: 41_000 })).toEqual([
      'Engine: no heartbeat for 41 s; if that lasts, end it (kill -9 4711) and start it again (!)',
    ]);
  });

  it('are none of a person, of a recording, of a run that has ended, and where no engine tells any', () => {
    expect(said(new FixtureRun(0).create({ provider: 'manual' }).ask(1).state, 500_000, {})).toEqual([engine]);
    expect(said(begun().add({ type: 'run.ended', outcome: 'stopped', message: '' }).state, 5_000, {})).toEqual([]);
    expect(livingOf(asked(), null, 0)).toEqual([]);
  });
});
