/** Job: what several windows report of their editors is kept apart. */
import { expect, it } from 'vitest';
import { Editors } from '../../../src/engine/editors.ts';
import { limits } from '../../../src/run/limits.ts';

const [left, right] = [{}, {}];

it('S3: what one window edits is not forgotten at the report of another, and goes with its window', () => {
  const editors = new Editors('/folder');
  editors.report(left, { dirty: ['a.txt', 'both.txt'], saved: [] });
  editors.report(right, { dirty: ['both.txt'], saved: [] });
  expect(editors.dirty()).toEqual(['a.txt', 'both.txt']);
  editors.leave(right);
  expect(editors.dirty()).toEqual(['a.txt', 'both.txt']);
  editors.report(left, { dirty: [], saved: ['a.txt'] });
  expect(editors.dirty()).toEqual([]);
});

it('S3: saves are kept until they are in a checkpoint, whichever window made them, by their path in the workspace', () => {
  const editors = new Editors('/folder');
  editors.report(left, { dirty: [], saved: ['/folder/deep/a.txt'] });
  editors.report(right, { dirty: [], saved: ['b.txt', '/elsewhere/c.txt'] });
  editors.leave(left);
  expect([...editors.saved()]).toEqual(['deep/a.txt', 'b.txt', '/elsewhere/c.txt']);
  editors.forgetSaved();
  expect([...editors.saved()]).toEqual([]);
});

it('B3: a window that saves without an end does not fill the memory', () => {
  const editors = new Editors('/folder');
  for (let i = 0; i < 3; i++)
    editors.report(left, { dirty: [], saved: Array.from({ length: 1_500 }, (_, n) => `${String(i)}/${String(n)}`) });
  expect(editors.saved().size).toBe(limits.savedPathsKept);
});
