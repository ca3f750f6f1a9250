import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineCounts } from '../../../src/engine/agent/edits.ts';
import { cutMiddle, lineCount, oneLine } from '../../../src/engine/agent/output.ts';

describe('lineCounts', () => {
  it('counts what was added and removed', () => {
    expect(lineCounts('', 'a\nb\n')).toEqual({ added: 2, removed: 0 });
    expect(lineCounts('a\nb\nc\n', 'a\nx\ny\nc\n')).toEqual({ added: 2, removed: 1 });
    expect(lineCounts('a\nb', 'a\nb\n')).toEqual({ added: 1, removed: 1 });
    expect(lineCounts('same\n', 'same\n')).toEqual({ added: 0, removed: 0 });
  });

  it('balances: lines before, plus added, less removed, are the lines after', () => {
    const lines = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n'), { maxLength: 30 });
    const text = lines.map((all) => all.join(''));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const { added, removed } = lineCounts(a, b);
        return lineCount(a) + added - removed === lineCount(b) && removed <= lineCount(a) && added <= lineCount(b);
      }),
    );
  });

  it('B3: a rewrite of 20,000 lines is counted as a whole, not compared for ever', () => {
    const lines = (seed: number) =>
      Array.from({ length: 20_000 }, (_, i) => `${String((i * seed) % 7919)} ${String(seed)}\n`).join('');
    expect(lineCounts(lines(31), lines(37))).toEqual({ added: 20_000, removed: 20_000 });
  });
});

describe('cutMiddle', () => {
  it('keeps the bound, both ends, whole characters, and counts what is gone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 60, max: 300 }), (text, most) => {
        const cut = cutMiddle(text, most);
        if (text.length <= most) return cut === text;
        const [, gone] = /\n\[… (\d+) characters left out\]\n/.exec(cut) ?? [];
        const [head = '', tail = ''] = cut.split(/\n\[… \d+ characters left out\]\n/);
        const kept =
          text.startsWith(head) && text.endsWith(tail) && head.length + tail.length + Number(gone) === text.length;
        return kept && cut.length <= most && cut.isWellFormed();
      }),
    );
  });

  it('titles are one line', () => {
    expect(oneLine('  a\n\tb  ')).toBe('a b');
    expect(oneLine('x'.repeat(300))).toHaveLength(100);
  });
});
