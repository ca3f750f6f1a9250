import { describe, expect, it } from 'vitest';
import { OpenedLists } from '../../../src/extension/review/openedLists.ts';

describe('the lists of diffs that Belay opened', () => {
  const diffs = [
    { left: 'checkpoint:a', right: 'file:a' },
    { left: null, right: 'file:new' },
    { left: 'checkpoint:gone', right: null },
  ];

  it('are found by the label that VS Code makes of their title', () => {
    const lists = new OpenedLists();
    lists.remember('Gate at step 12', diffs);
    expect(lists.at('Gate at step 12 (3 files)')).toEqual(new Map([['file:a', 'checkpoint:a']]));
    expect(lists.at('Gate at step 12')?.size).toBe(1);
    expect(lists.at('Gate at step 1 (3 files)')).toBeNull();
  });

  it('say what stands there now where one is opened again', () => {
    const lists = new OpenedLists();
    lists.remember('Checkpoint 3', diffs);
    lists.remember('Checkpoint 3', [{ left: 'checkpoint:b', right: 'file:b' }]);
    expect(lists.at('Checkpoint 3 (1 file)')).toEqual(new Map([['file:b', 'checkpoint:b']]));
  });

  it('B3: are kept while they are among the newest', () => {
    const lists = new OpenedLists();
    for (let i = 0; i < 60; i++) lists.remember(`Checkpoint ${String(i)}`, diffs);
    expect(lists.at('Checkpoint 59 (1 file)')).not.toBeNull();
    expect(lists.at('Checkpoint 0 (1 file)')).toBeNull();
  });
});
