import { expect, it } from 'vitest';
import { notAFile, notAnAnswer, tooLargeToAnswer } from '../../../src/run/answerFile.ts';
import { limits } from '../../../src/run/limits.ts';

it('says of each thing that can’t be an answer what it is', () => {
  expect(notAFile('pipe', false)).toBe('pipe is not a file. Drop the file with the answer.');
  expect(notAFile('a.md', true)).toBeNull();
  expect(tooLargeToAnswer('a.md', limits.answerByHandChars)).toBeNull();
  expect(tooLargeToAnswer('a.md', limits.answerByHandChars + 1)).toContain('Is it the right file?');
  expect(notAnAnswer('a.md', null)).toContain('not a text file in UTF-8');
  expect(notAnAnswer('a.md', ' \n')).toBe('a.md is empty.');
});
