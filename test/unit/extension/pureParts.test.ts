// What the window decides without VS Code: which commands work, the rows of trees, the words of a start, what a page may ask.
import { describe, expect, it } from 'vitest';
import { LongList } from '../../../src/base/longList.ts';
import { changedKeys, contextOf } from '../../../src/extension/contextKeys.ts';
import { checkpointQuery, parseCheckpointQuery, pathBelow } from '../../../src/extension/review/checkpointUri.ts';
import { rejectWords } from '../../../src/extension/review/rejectWords.ts';
import { bestVisible } from '../../../src/run/bestVisible.ts';
import { checkpointGroups, dayLabel, rowsOf } from '../../../src/extension/views/checkpointRows.ts';
import { parseIntent } from '../../../src/extension/views/intents.ts';
import type { Baseline } from '../../../src/run/entry.ts';
import type { CheckpointSummary, RunState } from '../../../src/run/state.ts';
import { checkpoint, created, fold, verified, wholeStep } from '../run/builders.ts';

const begun = [created(), { type: 'engine.started', pid: 1, generation: 1 }, checkpoint(0)] as const;
const running = fold([...begun, ...wholeStep(1)]);
const gate = { type: 'gate.opened', gate: 1, step: 1, checkpoint: 1, reasons: [] } as const;

type BaselineGit = Baseline['git'];

/** The keys that are true. */
function keys(kind: Parameters<typeof contextOf>[0], state: RunState | null, hasTask = true): string {
  const values = contextOf(kind, state, hasTask);
  return Object.entries(values)
    .filter(([, value]) => value)
    .map(([key]) => key)
    .join(' ');
}

describe('a rejection', () => {
  it('says what becomes of the files before it is done', () => {
    expect(rejectWords(['added'])).toBe('It is new: it is deleted.');
    expect(rejectWords(['deleted'])).toBe('It comes back as it was accepted.');
    expect(rejectWords(['mode'])).toBe('It goes back to its accepted version.');
    expect(rejectWords(['added', 'added'])).toBe('They are new: they are deleted.');
    expect(rejectWords(['modified', 'deleted'])).toBe('Their accepted versions come back.');
    expect(rejectWords(['modified', 'added'])).toBe('Accepted versions come back; 1 new file is deleted.');
  });
});

describe('context keys', () => {
  it('offers what works in each state and nothing else', () => {
    expect(keys('none', null, false)).toBe('');
    expect(keys('none', null)).toBe('hasTask');
    expect(keys('starting', null)).toBe('hasRun starting hasTask');
    expect(keys('attached', running)).toBe('hasRun served live running hasHeldOut canCommit hasTask');
    expect(keys('lost', running)).toBe('hasRun lost hasHeldOut hasTask');
  });

  it('G1: at a gate the run is not offered to be paused', () => {
    expect(keys('attached', fold([gate], running))).toBe('hasRun served live gateOpen hasHeldOut canCommit hasTask');
  });

  it('tells a pause, a wait for a key, a stop and an end apart', () => {
    const paused = (reason: 'supervisor' | 'key') => fold([{ type: 'run.paused', reason, message: '' }], running);
    expect(keys('attached', paused('supervisor'))).toBe('hasRun served live paused hasHeldOut canCommit hasTask');
    expect(keys('attached', paused('key'))).toBe('hasRun served live paused hasHeldOut waitsForKey canCommit hasTask');
    expect(keys('attached', fold([{ type: 'stop.requested', by: 'anna' }], running))).toBe(
      'hasRun served live stopping hasHeldOut canCommit hasTask',
    );
    const ended = fold([{ type: 'run.ended', outcome: 'stopped', message: '' }], running);
    expect(keys('readOnly', ended)).toBe('hasRun served hasHeldOut canCommit hasTask');
  });

  it('tells the walkthrough what was done: accepted, redirected, rolled back', () => {
    const told = (...entries: Parameters<typeof fold>[0]) =>
      keys('attached', fold(entries, running))
        .split(' ')
        .filter((key) => /^has(Accepted|Redirected|RolledBack)$/.test(key));
    expect(told()).toEqual([]);
    const shown = { checkpoint: 1, visibleRate: null, heldOutRate: null, filesChanged: 0, spentUsd: 0 };
    const decided = { type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna', shown } as const;
    expect(told(gate, decided)).toEqual(['hasAccepted']);
    expect(told({ type: 'directive.added', directive: 1, text: 'go', by: 'anna' })).toEqual(['hasRedirected']);
  });

  it('C4: a rollback can be undone until a step follows it', () => {
    const rolledBack = fold(
      [
        checkpoint(2, { kind: 'safety', step: null }),
        { type: 'rollback.started', to: 0, safety: 2, plan: { digest: 'p', bytes: 1 }, by: 'anna', undo: false },
        checkpoint(3, { kind: 'rollback', step: null, continues: 0 }),
        { type: 'rollback.finished', to: 0, written: 1, deleted: 0, kept: 0, conflicts: [] },
      ],
      running,
    );
    expect(keys('attached', rolledBack)).toContain('canUndoRollback');
    expect(keys('attached', fold([{ type: 'step.started', step: 2 }], rolledBack))).not.toContain('canUndoRollback');
  });

  it('tells VS Code only of what changed', () => {
    const before = contextOf('none', null, false);
    expect(changedKeys(before, before)).toEqual([]);
    expect(changedKeys(before, contextOf('none', null, true))).toEqual(['hasTask']);
    expect(changedKeys(null, before)).toHaveLength(Object.keys(before).length);
  });
});

describe('rows of the Checkpoints tree', () => {
  const state = fold([
    ...begun,
    checkpoint(1),
    verified(1, 50, 100),
    checkpoint(2),
    verified(2, 80, 100),
    checkpoint(3),
    verified(3, 80, 100),
    checkpoint(4, { kind: 'supervisor', step: null, title: 'edited month.pl', notCovered: 2 }),
    { ...gate, checkpoint: 3 },
  ]);
  const drawn = (at: RunState, most = 500) =>
    checkpointGroups(at, at.at + 1_000).map((group) => ({ ...group, rows: rowsOf(group, at, most) }));
  const groups = drawn(state);

  it('lists a day newest first, then Accepted and Best', () => {
    const text = groups.map((g) => [
      g.label,
      ...g.rows.map((r) => (r.kind === 'more' ? r.label : `${r.icon}: ${r.label} | ${r.description}`)),
    ]);
    expect(text).toEqual([
      [
        dayLabel(state.at, state.at),
        'circle-outline: 4  You: edited month.pl | here',
        'debug-breakpoint-log: 3  checkpoint 3 | 80.0 %  gate',
        'circle-filled: 2  checkpoint 2 | 80.0 %',
        'circle-filled: 1  checkpoint 1 | 50.0 %',
        'home: 0  checkpoint 0 | ',
      ],
      ['Accepted', 'check: 0  checkpoint 0 | '],
      ['Best', 'star-full: 3  checkpoint 3 | 80.0 %  gate'],
    ]);
  });

  it('says at the baseline what the folder was: its branch and commit, or that it is no repository', () => {
    const tooltip = (git: BaselineGit) => {
      const at = fold([{ ...created(), baseline: { git } }, checkpoint(0, { kind: 'baseline' })]);
      const row = drawn(at)[0]?.rows[0];
      return row?.kind === 'checkpoint' ? row.tooltip : '';
    };
    expect(tooltip(null)).toContain('no git repository');
    const head = '0123456789abcdef';
    expect(tooltip({ branch: 'main', head, dirty: true })).toContain('main at 0123456, with changes');
    expect(tooltip({ branch: null, head: null, dirty: false })).toContain('detached without a commit');
  });

  it('offers a diff with the previous only where there is one, and what is not covered only where something is not', () => {
    const contexts = groups[0]?.rows.map((r) => (r.kind === 'checkpoint' ? r.context : ''));
    expect(contexts).toEqual([
      'checkpoint previous',
      'checkpoint previous',
      'checkpoint previous',
      'checkpoint previous',
      'checkpoint',
    ]);
  });

  it('gives every row an id of its own', () => {
    const ids = groups.flatMap((g) => [g.id, ...g.rows.map((r) => r.id)]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('pages long runs', () => {
    const [first] = drawn(state, 2);
    expect(first?.rows.map((r) => r.label)).toEqual(['4  You: edited month.pl', '3  checkpoint 3', 'Show 3 More of 3']);
  });

  it('draws ten thousand checkpoints of many days in no time, each day once', () => {
    const [template] = state.checkpoints.slice(1);
    const dayMs = 24 * 3_600_000;
    const begin = new Date(2026, 9, 1, 12).getTime();
    // One clock that was set back by two days half way.
    const at = (i: number) => begin + Math.floor(i / 500) * dayMs + i - (i > 5_000 ? 2 * dayMs : 0);
    const checkpoints = Array.from({ length: 10_000 }, (_, i) => ({ ...template, checkpoint: i, at: at(i) }));
    const long = { ...state, checkpoints: LongList.of(checkpoints as CheckpointSummary[]) };
    const startedAt = performance.now();
    const days = checkpointGroups(long, at(9_999));
    const [first] = days;
    const rows = first === undefined ? [] : rowsOf(first, long, 200);
    expect(performance.now() - startedAt).toBeLessThan(200);
    expect(rows).toHaveLength(201);
    expect(new Set(days.map(({ id }) => id)).size).toBe(days.length);
    expect(days.flatMap((day) => (day.id.startsWith('day/') ? day.checkpoints : []))).toHaveLength(10_000);
  });

  it('says the step where its number is another, and files accepted since', () => {
    const shown = { checkpoint: 4, visibleRate: null, heldOutRate: null, filesChanged: 1, spentUsd: 0 };
    const at = fold(
      [checkpoint(5, { step: 3 }), { type: 'files.accepted', paths: ['a', 'b'], checkpoint: 5, by: 'anna', shown }],
      state,
    );
    const [today, accepted] = drawn(at);
    expect(today?.rows[0]).toMatchObject({
      description: 'step 3  here',
      spoken: 'Checkpoint 5, checkpoint 5, step 3, here',
    });
    expect(accepted?.rows[0]).toMatchObject({ description: 'and 2 files since' });
  });

  const heldOutIsBetterAt1 = fold([verified(1, 100, 100, { suite: 'heldOut' })], state);
  const checkBest = (best: typeof bestVisible) => {
    expect(best(state)?.checkpoint).toBe(3);
    expect(best(heldOutIsBetterAt1)?.checkpoint).toBe(3);
  };

  it('H3: takes the best by visible only, and the newest of equals', () => {
    checkBest(bestVisible);
  });

  it('H3: the check finds a best that looks at held-out, and one that takes the oldest of equals', () => {
    const byHeldOut: typeof bestVisible = (s) => {
      const { last } = s.figures.heldOut;
      return last === null ? bestVisible(s) : s.checkpoints.find((c) => c.checkpoint === last.checkpoint);
    };
    const oldest: typeof bestVisible = (s) => s.checkpoints.find((c) => c.visible?.pass === 80);
    for (const sabotaged of [byHeldOut, oldest])
      expect(() => {
        checkBest(sabotaged);
      }).toThrow();
  });

  it('names days as a person does', () => {
    const now = new Date(2026, 10, 23, 8).getTime();
    expect(dayLabel(new Date(2026, 10, 23, 0, 0).getTime(), now)).toBe('Today');
    expect(dayLabel(new Date(2026, 10, 22, 23, 59).getTime(), now)).toBe('Yesterday');
    expect(dayLabel(new Date(2026, 10, 18, 12).getTime(), now)).toMatch(/^Wed,? 18 Nov 2026$/);
  });
});

describe('addresses of checkpoints', () => {
  it('reads what it wrote, and nothing else', () => {
    const address = { runId: '20261123-0640-7f3a', side: 388 };
    const inCommit = { runId: '20261123-0640-7f3a', side: `commit ${'a1'.repeat(20)}` } as const;
    expect(parseCheckpointQuery(checkpointQuery(inCommit))).toEqual(inCommit);
    expect(parseCheckpointQuery(checkpointQuery(address))).toEqual(address);
    for (const query of [
      '',
      'run=a',
      'checkpoint=1',
      'run=a&checkpoint=-1',
      'run=a&checkpoint=1e3',
      'run=a&checkpoint=',
    ]) {
      expect(parseCheckpointQuery(query), query).toBeNull();
    }
  });

  it('finds a path below a folder only', () => {
    expect(pathBelow('/a/b', '/a/b/c d/e.txt')).toBe('c d/e.txt');
    expect(pathBelow('/', '/e.txt')).toBe('e.txt');
    for (const path of ['/a/bc/x', '/a/b', '/a/b/', '/x']) expect(pathBelow('/a/b', path), path).toBeNull();
  });
});

describe('intents of the webview', () => {
  const shown = { checkpoint: 3, visibleRate: 0.8, heldOutRate: null, filesChanged: 2, spentUsd: 0.1 };

  it('passes what the page sends, without fields of its own making', () => {
    expect(parseIntent({ type: 'accept', gate: 1, shown, more: 'x' })).toEqual({ type: 'accept', gate: 1, shown });
    expect(parseIntent({ type: 'ready' })).toEqual({ type: 'ready' });
    expect(parseIntent({ type: 'rollBackAsk', checkpoint: null })).toEqual({ type: 'rollBackAsk', checkpoint: null });
    expect(parseIntent({ type: 'openFile', path: 'src/a b.pl' })).toEqual({ type: 'openFile', path: 'src/a b.pl' });
  });

  it.each([
    [null],
    ['ready'],
    [{ type: 'toString' }],
    [{ type: 'constructor' }],
    [{ type: 'nothing' }],
    [{ type: 'accept', gate: '1', shown }],
    [{ type: 'accept', gate: 1 }],
    [{ type: 'accept', gate: 1, shown: { ...shown, visibleRate: 2 } }],
    [{ type: 'redirect', text: '', shown }],
    [{ type: 'redirect', text: 'x'.repeat(20_001), shown }],
    [{ type: 'openFile', path: '../outside' }],
    [{ type: 'openFile', path: '/etc/passwd' }],
    [{ type: 'openFile', path: 'a//b' }],
    [{ type: 'rollBackConfirm', to: -1, planDigest: 'd', shown }],
    [{ type: 'rollBackConfirm', to: 1, planDigest: 'd', shown, only: { paths: ['../outside'] } }],
    [{ type: 'rollBackConfirm', to: 1, planDigest: 'd', shown, only: { paths: [] } }],
    [{ type: 'rollBackConfirm', to: 1, planDigest: 'd', shown, only: { paths: ['a'], lines: { first: 1 } } }],
    [{ type: 'openPlannedFile', to: 1, path: '/etc/passwd' }],
    [{ type: 'olderSteps', before: 1.5 }],
  ])('refuses %j', (message) => {
    expect(parseIntent(message)).toBeNull();
  });
});
