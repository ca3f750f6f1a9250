import { expect, it } from 'vitest';
import { notCoveredText } from '../../../src/run/notCoveredText.ts';

it('C3: says of each path why it is not covered and how large it is; a name is drawn, not obeyed', () => {
  const paths = [
    { path: 'node_modules/', reason: 'ignored folder', bytes: null },
    { path: 'big\u001b[2J.bin', reason: 'ignored, over 10 MB', bytes: 210_000_000 },
  ];
  expect(notCoveredText(7, paths)).toBe(
    [
      'Not covered by checkpoint 7: 2 paths. A rollback leaves these as they are.',
      '',
      '     –  ignored folder       node_modules/',
      '210 MB  ignored, over 10 MB  big^[[2J.bin',
      '',
    ].join('\n'),
  );
  expect(notCoveredText(7, [])).toMatch(/^Nothing is left out of checkpoint 7: /);
});
