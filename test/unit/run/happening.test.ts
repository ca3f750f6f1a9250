import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/run/limits.ts';
import { FixtureRun } from '../../ui/webview/fixtures.ts';
import { fixtures } from '../../ui/webview/states.ts';

describe('what happened between the steps', () => {
  it('is a row each: who, and in words', () => {
    const [message] = fixtures(1_800_000_000_000).find((f) => f.name === 'happenings')?.messages ?? [];
    const rows = message?.type === 'state' ? message.state.happenings : [];
    const [anna, ben] = ['anna@host (window)', 'ben@desk (cli)'];
    expect(rows.map(({ kind, by, text }) => [kind, by, text])).toEqual([
      [
        'redirect',
        anna,
        'Directive 1: Use a table for the entities, no chain of ifs; and keep the names of the specification.',
      ],
      ['accept', anna, 'Gate at step 5 · checkpoint 5 accepted'],
      ['edit', null, 'You: edited lib/Inline.pm and 2 more'],
      ['rollback', anna, 'Gate at step 6 rolled back to step 4 · checkpoint 4'],
      ['resume', anna, 'Resumed'],
      ['engine', null, 'Engine started again, 7 h after it was last heard of'],
      ['wait', null, 'Paused: limit reached: dollars'],
      ['limits', ben, 'Hard limit $60 → $80, soft limit $48 → $64'],
      ['resume', ben, 'Resumed'],
      ['look', anna, 'Looked at held-out: 71.4 % at checkpoint 8'],
      ['withdraw', anna, 'Directive 1 withdrawn'],
    ]);
  });

  it('is one row for an undo that opens its gate again, and none for what the gate holds', () => {
    const run = new FixtureRun(0).create().step('One', '', []).step('Two', '', []).gate([]).rollBack(1);
    run.rollBack(run.state.lastRollback?.safety ?? 0, { undo: true });
    expect(run.state.happenings.map((h) => h.text)).toEqual([
      'Gate at step 2 rolled back to step 1 · checkpoint 1',
      'Rollback undone, its gate is open again',
    ]);
  });

  it('B3: is bounded in number and in length', () => {
    const run = new FixtureRun(0).create();
    for (let i = 0; i < limits.happeningsInState + 5; i++) run.redirect('x'.repeat(2_000));
    expect(run.state.happenings.length).toBe(limits.happeningsInState);
    expect(run.state.happenings[0]?.text).toMatch(/^Directive 6: x/);
    expect(run.state.happenings[0]?.text.length).toBe(limits.happeningChars);
  });
});
