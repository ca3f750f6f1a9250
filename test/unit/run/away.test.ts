import { describe, expect, it } from 'vitest';
import { awayWords, lastSeenOf, newsSince } from '../../../src/run/away.ts';
import { FixtureRun } from '../../ui/webview/fixtures.ts';

const hourMs = 3_600_000;
const started = () => new FixtureRun(0).create().step('One', '', []).verify('visible', 100, 274);

describe('what a run did while nobody looked', () => {
  it('is told after a while, as steps, cases and dollars', () => {
    const run = started();
    const seen = lastSeenOf(run.state, 0);
    run.step('Two', '', []).verify('visible', 112, 274).step('Three', '', []);
    const news = seen && newsSince(seen, run.state, 3.2 * hourMs);
    expect(news).toMatchObject({ awayMs: 3.2 * hourMs, steps: 2, cases: 12 });
    expect(news && awayWords(news)).toBe('3 h away: 2 steps, +12 cases, $0.08.');
    expect(seen && newsSince(seen, run.state, 10 * 60_000), 'ten minutes').toBeNull();
    expect(seen && newsSince({ ...seen, runId: 'another' }, run.state, 3 * hourMs)).toBeNull();
  });

  it('is nothing where no step was done, and names no dollars that are not known', () => {
    const run = started();
    const seen = lastSeenOf(run.state, 0);
    expect(seen && newsSince(seen, run.state, 3 * hourMs)).toBeNull();
    expect(lastSeenOf(new FixtureRun(0).state, 0)).toBeNull();
    const byHand = new FixtureRun(0).create({ provider: 'manual' });
    const before = lastSeenOf(byHand.state, 0);
    const news = before && newsSince(before, byHand.step('One', '', []).state, hourMs);
    expect(news && awayWords(news)).toBe('1 h away: 1 step.');
    expect(awayWords({ awayMs: hourMs, steps: 1, cases: -3, spentUsd: 0 })).toBe('1 h away: 1 step, −3 cases, $0.00.');
  });
});
