import { describe, expect, it } from 'vitest';
import { reportText } from '../../../src/cli/report.ts';
import { statusSentence } from '../../../src/run/inOneLine.ts';
import { reportMarkdown } from '../../../src/run/report/markdown.ts';
import { lagWords, sampleIntervalWords, sampleNotes, sampleRateWords } from '../../../src/run/sampleWords.ts';
import { standingFigure, standingSample } from '../../../src/run/standing.ts';
import { figureTitle, sampleTitle } from '../../../src/run/status.ts';
import { FixtureRun } from '../../ui/webview/fixtures.ts';
import { reportOf } from '../../ui/webview/reportFixtures.ts';

/** All were run at checkpoint 1, a sample at 2; a step came after it. */
function run(): FixtureRun {
  const begun = new FixtureRun(0).create().step('One', '', []).verify('visible', 300, 326).step('Two', '', []);
  return begun.sample(41, 50, 326).pass(600_000).step('Three', '', []);
}

describe('a sample', () => {
  const { state } = run();
  const report = reportOf(run());
  const screens = {
    'the status': statusSentence(state, 'attached'),
    'the report': reportText(report, false),
    'its Markdown': reportMarkdown(report, String).replaceAll('\\', ''),
  };

  it.each(Object.entries(screens))('is told in the same words as everywhere: %s', (_name, text) => {
    for (const words of [
      '82.0 % of 50 drawn from 326',
      'checkpoint 2, 1 behind (10 min)',
      '95 % at any look: 61.0–94.8 %',
      '264 not run, 4 of them failed last',
      'checkpoint 1, 2 behind (10 min)', // beside it the figure of all cases
    ])
      expect(text).toContain(words);
  });

  it('is told in the Run view, on the figure itself', () => {
    const [sample, figure] = [standingSample(state), standingFigure(state, 'visible')];
    expect(sample && sampleTitle(sample, state)).toBe(
      '82.0 % of 50 drawn from 326 at step 2 · checkpoint 2, 1 behind (10 min); 95 % at any look: 61.0–94.8 %; 264 not run, 4 of them failed last; 3 of 12 watched cases beside the draw pass; 2 repaired, 1 regressed since all were run',
    );
    expect(figure && figureTitle(figure, state)).toMatch(/^300 of 326 cases at step 1 · checkpoint 1, 2 behind/);
  });

  it('stands only as long as no run of all cases is as new, and only in its story', () => {
    expect(standingSample(state)?.checkpoint).toBe(2);
    expect(standingSample(run().verify('visible', 310, 326).state)).toBeNull();
    expect(standingSample(run().rollBack(1).state)).toBeNull();
  });

  it('leaves out what is not there', () => {
    const small = {
      pass: 1,
      total: 1,
      of: 2,
      beside: { pass: 0, total: 0 },
      failedNotRun: 0,
      regressed: 0,
      repaired: 0,
    };
    expect(sampleNotes(small)).toEqual(['1 not run']);
    expect([sampleRateWords(small), sampleIntervalWords(small)]).toEqual([
      '100.0 % of 1 drawn from 2',
      '95 % at any look: 2.5–100.0 %',
    ]);
    expect(lagWords({ checkpoints: 0, ms: 5 })).toBe('');
  });
});
