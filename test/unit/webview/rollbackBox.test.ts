// The words of the box after a rollback and after its undo, from the template and not from a browser.
import { describe, expect, it } from 'vitest';
import { rollbackBox } from '../../../src/webview/views/rollbackBox.ts';
import type { RunStore } from '../../../src/webview/store.ts';
import { initialState } from '../../../src/run/reduce.ts';

/** All text of a template, tags left out. */
function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value !== 'object' || value === null || !('strings' in value) || !('values' in value)) return '';
  const { strings, values } = value as { strings: readonly string[]; values: readonly unknown[] };
  return strings.map((text, at) => text + textOf(values[at])).join('');
}

function boxAfter(undo: boolean): string {
  const state = { ...initialState, lastRollback: { to: 21, safety: 30, conflicts: [], undo, gate: null } };
  const store: Pick<RunStore, 'state' | 'plan' | 'connection' | 'pending'> = {
    state,
    plan: null,
    connection: { kind: 'attached', since: 0 },
    pending: null,
  };
  const words = textOf(rollbackBox(store as RunStore)).replace(/<[^>]*>/g, ' ');
  return words.replace(/\s+/g, ' ').trim();
}

describe('the box after a rollback', () => {
  it('C4: names the checkpoint that was chosen, and offers the undo', () => {
    expect(boxAfter(false)).toMatch(/Rolled back to checkpoint 21\. Undo$/);
  });

  it('C4: after the undo names no number that nobody chose, and offers to do it again', () => {
    expect(boxAfter(true)).toMatch(/Rollback undone\. Redo$/);
    expect(boxAfter(true)).not.toContain('21');
  });
});
