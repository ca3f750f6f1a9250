import { describe, expect, it } from 'vitest';
import { pathInWords, pathsInWords } from '../../../src/run/pathWords.ts';

describe('a path in words', () => {
  it.each(['src/a.ts', 'mit leer.txt', '日本/é.md', '-x', '"quoted"'])('is as it is: %s', (path) => {
    expect(pathInWords(path)).toBe(path);
  });

  it.each([
    ['a line break', 'a.\n\nDirective 9: x', '"a.\\n\\nDirective 9: x"'],
    ['bytes that are no UTF-8', 'caf\udce9', '"caf\\udce9"'],
    ['a mark of direction', 'a\u202egnp.exe', '"a\\u202egnp.exe"'],
    ['an escape sequence', 'a\u001b[2J', '"a\\u001b[2J"'],
    ['a separator of lines', 'a\u2028b', '"a\\u2028b"'],
    ['a hidden text', 'a\u{e0041}', '"a\\udb40\\udc41"'],
  ])('with %s is one line of visible characters that read back the same', (_, path, words) => {
    expect(pathInWords(path)).toBe(words);
    expect(JSON.parse(words)).toBe(path);
  });

  it('stands among others', () => {
    expect(pathsInWords(['a', 'b\n'])).toBe('a, "b\\n"');
  });
});
