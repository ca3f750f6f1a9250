import { describe, expect, it } from 'vitest';
import {
  firstLines,
  formatBytes,
  formatChangeset,
  formatCount,
  formatCounted,
  formatDuration,
  formatDurationLong,
  formatLines,
  formatPoints,
  formatRate,
  formatSince,
  formatTokens,
  formatUsd,
  formatUsdLimit,
  joinWords,
  lastLines,
  rollbackSentence,
  forNotification,
  visibleControls,
} from '../../../src/run/forDisplay.ts';

describe('money', () => {
  it('shows cents, thousands and what is less than a cent', () => {
    expect([0, 0.004, 0.005, 0.42, 41.2, 1204, 1234567.891, -3.5].map(formatUsd)).toEqual([
      '$0.00',
      '<$0.01',
      '$0.01',
      '$0.42',
      '$41.20',
      '$1,204.00',
      '$1,234,567.89',
      '−$3.50',
    ]);
  });

  it('shows a limit without needless cents', () => {
    expect([60, 0.5, 1200].map(formatUsdLimit)).toEqual(['$60', '$0.50', '$1,200']);
  });
});

describe('counts and sizes', () => {
  it('groups thousands', () => {
    expect([0, 999, 1000, 4212, 1234567, -1200].map(formatCount)).toEqual([
      '0',
      '999',
      '1,000',
      '4,212',
      '1,234,567',
      '−1,200',
    ]);
  });

  it('says one file and two files', () => {
    expect([formatCounted(1, 'file'), formatCounted(2, 'file'), formatCounted(2, 'entry', 'entries')]).toEqual([
      '1 file',
      '2 files',
      '2 entries',
    ]);
  });

  it('never shows 1,000 of a smaller unit', () => {
    expect([340, 4_200, 41_400, 999_400, 999_600, 1_300_000].map(formatTokens)).toEqual([
      '340',
      '4.2 k',
      '41 k',
      '999 k',
      '1.0 M',
      '1.3 M',
    ]);
    expect([812, 4_200, 999_400, 999_600, 2_400_000_000].map(formatBytes)).toEqual([
      '812 B',
      '4.2 kB',
      '999 kB',
      '1.0 MB',
      '2.4 GB',
    ]);
  });

  it('shows lines and changesets', () => {
    expect(formatLines({ added: 1200, removed: 3 })).toBe('+1,200 −3');
    expect(formatChangeset({ added: 3, modified: 0, deleted: 1 })).toBe('3 added, 1 deleted');
    expect(formatChangeset({ added: 0, modified: 0, deleted: 0 })).toBe('no file changed');
  });

  it('joins words as a sentence does', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(joinWords)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });
});

describe('durations', () => {
  it('cuts to the largest unit and does not round up', () => {
    expect(
      [0, 400, 999, 41_900, 59_999, 60_000, 14 * 60_000 + 59_000, 7_199_999, 86_399_999, 3 * 86_400_000].map(
        formatDuration,
      ),
    ).toEqual(['0.0 s', '0.4 s', '1 s', '41 s', '59 s', '1 min', '14 min', '1 h', '23 h', '3 d']);
  });

  it('names two units where it is long', () => {
    const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
    expect([14 * minute, 14 * hour + 12 * minute, 2 * hour, 2 * day + 3 * hour].map(formatDurationLong)).toEqual([
      '14 min',
      '14 h 12 min',
      '2 h',
      '2 d 3 h',
    ]);
  });

  it('says now under a second', () => {
    expect([0, 999, 3_000].map(formatSince)).toEqual(['now', 'now', '3 s']);
  });
});

/** A rate is true when it says all only of all, and none only of none. */
function tellsTheTruth(format: (figure: { pass: number; total: number }) => string): boolean {
  return [
    [325, 326],
    [4_999, 5_000],
    [1, 5_000],
    [0, 5_000],
    [5_000, 5_000],
  ].every(([pass = 0, total = 0]) => {
    const text = format({ pass, total });
    return (text === '100.0 %') === (pass === total) && (text === '0.0 %') === (pass === 0);
  });
}

describe('rates', () => {
  it('never says 100.0 % while a case does not pass, nor 0.0 % while one does', () => {
    expect(tellsTheTruth(formatRate)).toBe(true);
    expect(formatRate({ pass: 241, total: 274 })).toBe('88.0 %');
    expect([formatRate(null), formatRate({ pass: 0, total: 0 })]).toEqual(['–', '–']);
  });

  it('would be caught rounding: a plain percentage fails the same check', () => {
    expect(tellsTheTruth(({ pass, total }) => `${((pass / total) * 100).toFixed(1)} %`)).toBe(false);
  });

  it('shows points with a sign, and no change as no change', () => {
    const of = (pass: number) => ({ pass, total: 1_000 });
    expect([formatPoints(of(880), of(911)), formatPoints(of(714), of(712)), formatPoints(of(7), of(7))]).toEqual([
      '−3.1',
      '+0.2',
      '±0',
    ]);
    expect(formatPoints({ pass: 0, total: 0 }, of(7))).toBe('');
  });
});

describe('rollback', () => {
  const none = { to: 404, write: 0, delete: 0, keep: 0, conflict: 0 };
  it('C4: says what it writes, deletes and keeps, and how many conflict', () => {
    expect(rollbackSentence({ to: 404, write: 12, delete: 3, keep: 2, conflict: 1 })).toBe(
      'Back to checkpoint 404: writes 12 files, deletes 3 that the run made, keeps 2 of yours. 1 conflict.',
    );
    expect(rollbackSentence(none)).toBe('Back to checkpoint 404: no file differs.');
    expect(rollbackSentence({ ...none, write: 1, conflict: 2 })).toBe(
      'Back to checkpoint 404: writes 1 file. 2 conflicts.',
    );
    const part = { paths: ['a', 'b', 'c', 'd/e', 'f'] };
    expect(rollbackSentence({ ...none, merge: 1, only: part })).toBe(
      'a, b, c and 2 more back to checkpoint 404: merges 1 with your edits.',
    );
    expect(rollbackSentence({ ...none, write: 1, only: { paths: ['a'], lines: {} } })).toBe(
      'Part of a back to checkpoint 404: writes 1 file.',
    );
  });
});

/** Nothing that a terminal or a browser would obey is left, and nothing else is touched. */
function isSafe(draw: (text: string) => string): boolean {
  const text = 'ok \u001b[31mred\u001b[0m\tb\r\nnext\u0000\u007f\u009b\u202eleft';
  return draw(text) === 'ok ^[[31mred^[[0m\tb\nnext^@^?<U+009B><U+202E>left';
}

describe('outputs', () => {
  it('draws escape sequences and direction marks as text', () => {
    expect(isSafe(visibleControls)).toBe(true);
    expect(visibleControls('Grüße, 漢字 🙂')).toBe('Grüße, 漢字 🙂');
  });

  it('shows marks without a width, separators and hidden tags by their code point', () => {
    const marks = [
      0x200b, 0x200f, 0x61c, 0x2028, 0x2029, 0x202a, 0x2060, 0x2069, 0xfeff, 0xad, 0x180e, 0x3164, 0xfe00, 0xfff9,
      0xe0100, 0xe01ef, 0xe0000, 0xe0041, 0xe007f,
    ];
    for (const code of marks) {
      const name = `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
      expect(visibleControls(`a${String.fromCodePoint(code)}b`)).toBe(`a${name}b`);
    }
    expect(visibleControls('\u200a\u2010❤\ufe0f')).toBe('\u200a\u2010❤\ufe0f');
  });

  it('would be caught leaving a control character in', () => {
    expect(isSafe((text) => text.replaceAll('\r\n', '\n'))).toBe(false);
  });

  it('shows the first lines and whether there are more; a line feed at the end is no line', () => {
    expect(firstLines('a\nb\n', 2)).toEqual({ text: 'a\nb', cut: false });
    expect(firstLines('a\nb\nc', 2)).toEqual({ text: 'a\nb', cut: true });
    expect(firstLines('', 2)).toEqual({ text: '', cut: false });
  });

  it('B3: bounds a line without an end', () => {
    const first = firstLines('x'.repeat(100_000), 12);
    const last = lastLines(`${'x'.repeat(100_000)}end`, 12);
    expect([first.text.length, first.cut, last.text.length, last.cut]).toEqual([4_000, true, 4_000, true]);
    expect(last.text.endsWith('end')).toBe(true);
  });

  it('shows the last lines of what is still coming', () => {
    expect(lastLines('a\nb\nc\n', 2)).toEqual({ text: 'b\nc', cut: true });
  });
});

describe('notifications', () => {
  /** As VS Code finds links in a notification. */
  const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
  const text = 'Gate: [Review](command:workbench.action.terminal.sendSequence?x) and [a](https://b.c)';

  it('draws no link, one line and no control character', () => {
    expect(link.test(text)).toBe(true); // the check can fail
    expect(forNotification(text)).not.toMatch(link);
    expect(forNotification(text).replaceAll('\u200b', '')).toBe(text);
    expect(forNotification('[a]\u200b(command:b)')).not.toMatch(link);
    expect(forNotification('[a]\n(command:b)')).not.toMatch(link);
    expect(forNotification(' one\r\n  two\u001b[2J\n')).toBe('one two^[[2J');
  });

  it('is at most 200 characters long and cuts no character in two', () => {
    expect(forNotification('x'.repeat(200))).toBe('x'.repeat(200));
    expect(forNotification('🙂'.repeat(201))).toBe(`${'🙂'.repeat(199)}…`);
  });
});
