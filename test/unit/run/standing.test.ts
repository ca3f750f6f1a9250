import { describe, expect, it } from 'vitest';
import { catchUpLines } from '../../../src/cli/liveLog.ts';
import { shownOf } from '../../../src/run/shown.ts';
import {
  placeWords,
  standingFigure,
  standingTrend,
  standsAtWords,
  story,
  type StandingFigure,
} from '../../../src/run/standing.ts';
import type { RunState } from '../../../src/run/state.ts';
import { entriesOf, checkpoint, created, verified, wholeStep } from './builders.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { EntryBody } from '../../../src/run/entry.ts';
import { FixtureRun } from '../../ui/webview/fixtures.ts';

/** Three steps, each verified, and back to the first. */
const back = () => {
  const run = new FixtureRun(1_000_000).create();
  for (const pass of [100, 150, 200]) run.step('Links', '', []).verify('visible', pass, 274);
  return run;
};

/** What is shown is of what lies in the folder. */
function standsWhereTheFolderIs(figureOf: (state: RunState) => Pick<StandingFigure, 'checkpoint'> | null): boolean {
  const run = back();
  const before = figureOf(run.state)?.checkpoint;
  const after = figureOf(run.rollBack(1).state)?.checkpoint;
  return before === 3 && after === 1;
}

describe('figures after a rollback', () => {
  it('are those of the checkpoint that was gone back to', () => {
    expect(standsWhereTheFolderIs((state) => standingFigure(state, 'visible'))).toBe(true);
    expect(standingFigure(back().rollBack(1).state, 'visible')).toMatchObject({
      pass: 100,
      total: 274,
      wentBack: true,
    });
  });

  it('would be caught: the newest figure is of what was left', () => {
    expect(standsWhereTheFolderIs((state) => state.figures.visible.last)).toBe(false);
  });

  it('are as before once it is taken back, and of new steps once those are verified', () => {
    const run = back().rollBack(1);
    const undone = back().rollBack(1);
    undone.rollBack(undone.state.lastRollback?.safety ?? 0, { undo: true });
    expect(standingFigure(undone.state, 'visible')).toMatchObject({ checkpoint: 3, wentBack: false });
    run.step('Lists', '', []);
    expect(standingFigure(run.state, 'visible')).toMatchObject({ checkpoint: 1 });
    run.verify('visible', 120, 274);
    expect(standingFigure(run.state, 'visible')).toMatchObject({ pass: 120, wentBack: false });
    expect(standingTrend(run.state, 'visible').map((f) => f.pass)).toEqual([100, 120]);
  });

  it('are not known where nothing was verified, and still a rate where only that is kept', () => {
    const run = back().rollBack(0);
    expect(standingFigure(run.state, 'visible')).toBeNull();
    const { figures } = back().rollBack(1).state;
    const forgot = { ...figures, visible: { ...figures.visible, trend: figures.visible.trend.slice(2) } };
    const state = { ...back().rollBack(1).state, figures: forgot };
    expect(standingFigure(state, 'visible')).toMatchObject({ checkpoint: 1, pass: 100, measured: null });
  });
});

/** A file is rejected, or brought again, as checkpoint `number`. */
function putBack(number: number, path: string, undo = false): readonly EntryBody[] {
  const [to, plan, by] = [0, { digest: 'p', bytes: 1 }, 'anna@host'];
  return [
    { type: 'rollback.started', to, safety: number - 1, plan, by, undo, paths: [path] },
    checkpoint(number, { kind: 'reject', step: null }),
    { type: 'rollback.finished', to, written: 1, deleted: 0, kept: 0, conflicts: [] },
  ];
}

describe('figures after a rejected file', () => {
  const gate: EntryBody = { type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons: [] };
  const atGate = [
    created(),
    checkpoint(0),
    ...wholeStep(1),
    verified(1, 20, 50),
    verified(1, 18, 50, { suite: 'heldOut' }),
    gate,
  ];
  const after = (...more: readonly EntryBody[]) => entriesOf([...atGate, ...more]).reduce(reduce, initialState);
  const said = (state: RunState, of: typeof standingFigure = standingFigure) =>
    (['visible', 'heldOut'] as const).map((suite) => {
      const figure = of(state, suite);
      return figure && standsAtWords(figure, state);
    });
  const before = 'at step 1 · checkpoint 1, before the rejection';

  it('G3: say of which tree they are, until the new one is verified', () => {
    expect(said(after())).toEqual(['', '']);
    expect(said(after(...putBack(2, 'a.sh')))).toEqual([before, before]);
    expect(said(after(...putBack(2, 'a.sh'), verified(2, 15, 50)))).toEqual(['', before]);
    const state = after(...putBack(2, 'a.sh'));
    expect(shownOf(state, 1)).toMatchObject({ checkpoint: 2, visibleRate: 0.4, visibleAt: 1, heldOutAt: 1 });
    expect(catchUpLines(state).join('\n')).toContain(`visible 40.0 % ${before}, held-out 36.0 % ${before}`);
  });

  it('would be caught: the newest figure without its tree says nothing', () => {
    const newest: typeof standingFigure = (state, suite) => {
      const { last } = state.figures[suite];
      return last && { ...last, measured: last, wentBack: false, putBack: null };
    };
    expect(said(after(...putBack(2, 'a.sh')), newest)).not.toEqual([before, before]);
  });

  it('are of what lies there once every rejection is undone, and not while one stands', () => {
    expect(said(after(...putBack(2, 'a.sh'), ...putBack(3, 'a.sh', true)))).toEqual(['', '']);
    const one = after(...putBack(2, 'a.sh'), ...putBack(3, 'b.sh'), ...putBack(4, 'b.sh', true));
    expect(said(one)[0]).toContain('before the rejection');
    const between = after(...putBack(2, 'a.sh'), verified(2, 15, 50), ...putBack(3, 'a.sh', true));
    expect(said(between)[0]).toBe('at checkpoint 2, before the rejection was undone');
  });
});

describe('the story', () => {
  it('leaves out what was cut, and names a place by its step', () => {
    const run = back().rollBack(1).checkpoint('supervisor', null, 'You: edited a').step('Lists', '', []);
    expect([...story(run.state)].map((c) => c.checkpoint)).toEqual([7, 6, 5, 1, 0]);
    expect(placeWords(run.state, 7)).toBe('step 4 · checkpoint 7');
    expect(placeWords(run.state, 6)).toBe('checkpoint 6');
  });
});
