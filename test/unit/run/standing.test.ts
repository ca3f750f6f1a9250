import { describe, expect, it } from 'vitest';
import { placeWords, standingFigure, standingTrend, story, type StandingFigure } from '../../../src/run/standing.ts';
import type { RunState } from '../../../src/run/state.ts';
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

describe('the story', () => {
  it('leaves out what was cut, and names a place by its step', () => {
    const run = back().rollBack(1).checkpoint('supervisor', null, 'You: edited a').step('Lists', '', []);
    expect([...story(run.state)].map((c) => c.checkpoint)).toEqual([7, 6, 5, 1, 0]);
    expect(placeWords(run.state, 7)).toBe('step 4 · checkpoint 7');
    expect(placeWords(run.state, 6)).toBe('checkpoint 6');
  });
});
