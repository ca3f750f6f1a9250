// The words of the box after a rollback and after its undo, from the template and not from a browser.
import { describe, expect, it } from 'vitest';
import type { RollbackPlan } from '../../../src/protocol/messages.ts';
import { rollbackBox } from '../../../src/webview/views/rollbackBox.ts';
import type { RunStore } from '../../../src/webview/store.ts';
import { initialState } from '../../../src/run/reduce.ts';
import { checkpoint, created, fold } from '../run/builders.ts';

/** All text of a template, tags left out. */
function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value !== 'object' || value === null || !('strings' in value) || !('values' in value)) return '';
  const { strings, values } = value as { strings: readonly string[]; values: readonly unknown[] };
  return strings.map((text, at) => text + textOf(values[at])).join('');
}

type Shown = Pick<RunStore, 'state' | 'plan' | 'connection' | 'pending' | 'rollbackReason'>;

function wordsOf(store: Shown): string {
  const words = textOf(rollbackBox(store as RunStore)).replace(/<[^>]*>/g, ' ');
  return words.replace(/\s+/g, ' ').trim();
}

const attached = { kind: 'attached', since: 0 } as const;

function boxAfter(undo: boolean, part?: 'paths' | 'hunk'): string {
  const of = part && { paths: ['lib/a.sh'], part };
  const state = { ...initialState, lastRollback: { to: 21, safety: 30, conflicts: [], undo, gate: null, ...of } };
  return wordsOf({ state, plan: null, connection: attached, pending: null, rollbackReason: '' });
}

function planBox({ pending }: Pick<RunStore, 'pending'>): string {
  const plan: RollbackPlan = {
    to: 0,
    only: { paths: ['lib', 'x'] },
    write: 1,
    merge: 1,
    delete: 0,
    keep: 0,
    conflict: 1,
    digest: 'd',
    paths: [
      { path: 'lib/a.sh', action: 'write', bytes: 3 },
      { path: 'lib/b.sh', action: 'merge', bytes: 3, reason: 'with what you edited' },
      {
        path: 'x',
        action: 'conflict',
        bytes: 3,
        reason: 'it has unsaved changes in an editor: save or close it first',
      },
    ],
  };
  const running = fold([created(), checkpoint(0), { type: 'step.started', step: 1 }]);
  return wordsOf({ state: running, plan, connection: attached, pending, rollbackReason: '' });
}

describe('the box of a plan', () => {
  it('C4, C6: names the part, what is merged, and what stays with the reason and its diff', () => {
    const words = planBox({ pending: null });
    expect(words).toMatch(/^Roll lib, x back to checkpoint 0 /);
    expect(words).toContain('lib, x back to checkpoint 0: writes 1 file, merges 1 with your edits. 1 conflict.');
    expect(words).toContain('In conflict, and left as you have it: conflict x it has unsaved changes in an editor');
    expect(words.match(/Open Diff(?! of)/g)).toHaveLength(2);
  });

  it('offers nothing to do where a part stays as it is', () => {
    const { only, digest } = { only: { paths: ['x'] }, digest: 'd' };
    const plan = { to: 0, only, write: 0, delete: 0, keep: 0, conflict: 0, digest, paths: [] };
    const state = fold([created(), checkpoint(0)]);
    const words = (shown: RollbackPlan) =>
      wordsOf({ state, plan: shown, connection: attached, pending: null, rollbackReason: '' });
    expect(words(plan)).toMatch(/no file differs\. Show Diff Close$/);
    expect(words({ ...plan, only: { paths: ['x'] }, write: 1 })).toMatch(/Roll Back Cancel$/);
  });

  it('C4: says when it applies, and that it can be taken back while it waits', () => {
    expect(planBox({ pending: null })).toMatch(
      /Roll Back Cancel Applies after step 1, with what it changes until then\.$/,
    );
    expect(planBox({ pending: 'rollBackConfirm' })).toMatch(
      /Waiting… Cancel Applies after step 1, or when you pause\. Cancel takes it back\.$/,
    );
  });
});

describe('the box after a rollback', () => {
  it('C4: names the checkpoint that was chosen, and offers the undo', () => {
    expect(boxAfter(false)).toMatch(/Rolled back to checkpoint 21\. Undo$/);
  });

  it('C4: after the undo names no number that nobody chose, and offers to do it again', () => {
    expect(boxAfter(true)).toMatch(/Rollback undone\. Redo$/);
    expect(boxAfter(true)).not.toContain('21');
  });

  it('C4: names the part that went back, and its undo', () => {
    expect(boxAfter(false, 'paths')).toMatch(/Rolled lib\/a\.sh back to checkpoint 21\. Undo$/);
    expect(boxAfter(false, 'hunk')).toMatch(/Rolled part of lib\/a\.sh back to checkpoint 21\. Undo$/);
    expect(boxAfter(true, 'hunk')).toMatch(/Rollback of lib\/a\.sh undone\. Redo$/);
  });
});
