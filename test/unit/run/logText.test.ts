import { describe, expect, it } from 'vitest';
import { logText } from '../../../src/run/logText.ts';
import { checkpoint, created, fold, wholeStep } from './builders.ts';

const time = (at: number) => `${String(at)} ms`;
const state = fold([
  created(),
  { type: 'engine.started', pid: 1, generation: 1 },
  checkpoint(0),
  ...wholeStep(1),
  { type: 'directive.added', directive: 1, text: 'Use \u001b[31ma table\u001b[0m', by: 'anna' },
  ...wholeStep(2),
]);
const { steps, stepsFinished, happenings } = state;
const parts = { name: 'cmark', runId: 'r', steps, stepsFinished, happenings };

describe('the log as text', () => {
  it('tells steps and what came between them in order, and draws escapes as text', () => {
    const text = logText(parts, time);
    expect(text.match(/^(step \d|---).*/gm)?.map((line) => line.slice(0, 6))).toEqual(['step 1', '--- 11', 'step 2']);
    expect(text).toContain('Use ^[[31ma table^[[0m, by anna ---');
    expect(text).not.toContain('\u001b');
  });

  it('B3: says where it is cut, and not where it is whole', () => {
    expect(logText(parts, time)).not.toContain('left out');
    const cut = logText({ ...parts, steps: steps.slice(1) }, time);
    expect(cut).toContain('=== 1 earlier steps are left out: this document begins with step 2.');
    expect(cut).not.toContain('table'); // a happening of what is left out is left out with it
  });

  it('says that there is nothing yet', () => {
    expect(logText({ ...parts, steps: [], stepsFinished: 0, happenings: [] }, time)).toContain(
      'No step is finished yet.',
    );
  });
});
