import { describe, expect, it } from 'vitest';
import { LongList } from '../../../src/base/longList.ts';
import { proposedMessage, rangesOf, stepsBetween, withTrailers } from '../../../src/run/commitMessage.ts';
import type { CheckpointSummary } from '../../../src/run/state.ts';

const none = { added: 0, modified: 0, deleted: 0, paths: [] };

function checkpoint(number: number, more: Partial<CheckpointSummary> = {}): CheckpointSummary {
  return {
    checkpoint: number,
    kind: 'step',
    step: number,
    continues: number === 0 ? null : number - 1,
    commit: '',
    tree: '',
    title: `Did ${String(number)}`,
    at: 0,
    changeset: none,
    notCovered: 0,
    ...more,
  };
}

describe('the message of a commit', () => {
  it('takes the steps of the story, without what was rolled back', () => {
    const checkpoints = [0, 1, 2, 3, 4].map((n) => checkpoint(n));
    const rolled = [...checkpoints, checkpoint(5, { continues: 2 }), checkpoint(6)];
    const numbers = (from: number, to: number, paths?: string[]) =>
      stepsBetween({ checkpoints: LongList.of(rolled) }, from, to, paths && new Set(paths)).map(({ step }) => step);
    expect(numbers(1, 6)).toEqual([2, 5, 6]);
    expect(numbers(3, 4)).toEqual([4]);
    expect(numbers(0, 6, ['nowhere'])).toEqual([]);
    const touching = checkpoint(1, {
      changeset: { ...none, added: 1, paths: [{ path: 'a', change: 'added' }] },
    });
    const cutList = checkpoint(2, { changeset: { ...none, added: 3 } });
    const told = stepsBetween({ checkpoints: LongList.of([checkpoint(0), touching, cutList]) }, 0, 2, new Set(['b']));
    expect(told.map(({ step }) => step)).toEqual([2]);
  });

  it('proposes a title, or a list of them, with the ranges of the steps', () => {
    const steps = [12, 13, 14, 18].map((n) => checkpoint(n));
    expect(rangesOf(steps)).toBe('12-14, 18');
    expect(proposedMessage('cal', steps.slice(0, 1))).toBe('Did 12');
    expect(proposedMessage('cal', steps)).toBe('cal: steps 12-14, 18\n\n- Did 12\n- Did 13\n- Did 14\n- Did 18');
    expect(proposedMessage('cal', [])).toBe('Accept what was changed by hand (cal)');
    expect(proposedMessage('cal', [checkpoint(1, { title: 'x'.repeat(100) })])).toHaveLength(72);
  });

  it('puts the trailers last, once, into the block that is there', () => {
    const steps = [checkpoint(3)];
    const first = withTrailers('Subject', 'r-1', steps);
    expect(first).toBe('Subject\n\nBelay-Run: r-1\nBelay-Steps: 3\n');
    expect(withTrailers(first, 'r-1', steps)).toBe(first);
    expect(withTrailers('Subject\n\nText.\n\nCo-authored-by: A <a@b>\n', 'r-1', [])).toBe(
      'Subject\n\nText.\n\nCo-authored-by: A <a@b>\nBelay-Run: r-1\n',
    );
    expect(withTrailers('fix: a subject', 'r-1', [])).toBe('fix: a subject\n\nBelay-Run: r-1\n');
  });
});
