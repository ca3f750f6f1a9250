import { describe, expect, it } from 'vitest';
import { noPrev, type Entry, type EntryBody } from '../../../src/run/entry.ts';
import { foundInStep, mayHold } from '../../../src/run/find.ts';
import { answered } from './builders.ts';

function entriesOf(...bodies: readonly EntryBody[]): readonly Entry[] {
  return bodies.map((body, index) => ({ seq: index + 1, at: 0, prev: noPrev, ...body }));
}

const call = {
  callId: 'a',
  name: 'run',
  argumentsJson: JSON.stringify({ command: 'grep "Leap Year" src/*.pl\n' }),
};
const step = entriesOf(
  { type: 'step.started', step: 7 },
  answered(7, { text: 'I look for the leap years.\nThen I mend them.', calls: [call] }),
  { type: 'tool.started', step: 7, callId: 'a', name: 'run', title: 'run grep "Leap Year" src/*.pl' },
  { type: 'tool.finished', step: 7, callId: 'a', status: 'ok', output: `${'x'.repeat(90)} year 1752\nıİ`, wallMs: 1 },
  { type: 'step.finished', step: 7, checkpoint: 7, title: 'Mend the leap years' },
  { type: 'tool.finished', step: 8, callId: 'b', status: 'ok', output: 'of another step', wallMs: 1 },
);

describe('a text in a step', () => {
  it.each([
    ['MEND THE', { where: 'title', excerpt: 'Mend the leap years', places: 2 }],
    ['years.', { where: 'answer', excerpt: 'I look for the leap years. Then I mend them.', places: 1 }],
    ['"Leap Year"', { where: 'call', call: 'run grep "Leap Year" src/*.pl', places: 1 }],
    ['1752', { where: 'output', call: 'run grep "Leap Year" src/*.pl', places: 1 }],
    ['leap year', { where: 'title', excerpt: 'Mend the leap years', places: 3 }],
    ['I mend', { where: 'answer', places: 1 }],
    ['İ', { where: 'output', places: 1 }],
  ] as const)('is found where it stands first, in either case: %s', (text, found) => {
    expect(foundInStep(step, 7, text)).toMatchObject({ step: 7, title: 'Mend the leap years', ...found });
  });

  it('is not found where another step holds it, or none', () => {
    expect([foundInStep(step, 7, 'another step'), foundInStep(step, 7, 'nowhere')]).toEqual([null, null]);
  });

  it('is shown with what stands around it, in one line', () => {
    expect(foundInStep(step, 7, 'year 1752')?.excerpt).toBe(`…${'x'.repeat(39)} year 1752 ıİ`);
  });

  it('is told from the lines of the journal, as JSON has escaped them', () => {
    const lines = step.map((entry) => JSON.stringify(entry)).join('\n');
    for (const text of ['MEND THE', '"Leap Year"', 'src/*.pl\n', 'years.\nThen', 'İ', '"', 'leap years'])
      expect(mayHold(text)(lines), text).toBe(true);
    for (const text of ['nowhere', 'years.\nNow they', '"Leap Day"']) expect(mayHold(text)(lines), text).toBe(false);
  });
});
