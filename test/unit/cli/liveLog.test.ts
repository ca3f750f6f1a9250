import { describe, expect, it } from 'vitest';
import { catchUpLines, entryLines, statusLine } from '../../../src/cli/liveLog.ts';
import type { Entry, EntryBody } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import type { RunState } from '../../../src/run/state.ts';
import { verified } from '../run/builders.ts';
import { afterTheGate, created, toTheGate } from './story.ts';

const startMs = 1_000_000_000;

function tell(bodies: readonly EntryBody[]): { lines: string[]; state: RunState } {
  const lines: string[] = [];
  let state = initialState;
  bodies.forEach((body, index) => {
    const entry = { seq: index + 1, at: startMs + index * 500, prev: '', ...body } as Entry;
    const before = state;
    state = reduce(state, entry);
    lines.push(...entryLines(entry, before, state));
  });
  return { lines, state };
}

const whole = [created('20261123-0640-7f3a', '/home/anna/cal'), ...toTheGate, ...afterTheGate];

describe('the live log', () => {
  const failed = { type: 'verification.failed', suite: 'visible', checkpoint: 0 } as const;
  const saidOf = (body: EntryBody) =>
    tell([...whole.slice(0, 3), body])
      .lines.at(-1)
      ?.trim();

  it('does not call it a fault that a verification made room for a newer checkpoint', () => {
    const message = 'gave way to a newer checkpoint';
    const newer = tell([...whole.slice(0, 3), { ...failed, message, gaveWayTo: 2 }]);
    expect(newer.lines.at(-1)).toBe('      visible not measured at checkpoint 0: 2 is measured instead');
    expect(newer.state.figures.visible).toMatchObject({ problem: null, running: null });
    expect(saidOf({ ...failed, message }), 'an earlier journal').toContain('a newer one is measured instead');
  });

  it('still says so where one could not be made', () => {
    expect(saidOf({ ...failed, message: 'no disk' })).toBe('visible could not be verified at checkpoint 0: no disk');
    const { state } = tell([...whole.slice(0, 3), { ...failed, message: 'no disk' }]);
    expect(state.figures.visible.problem).toEqual({ checkpoint: 0, message: 'no disk' });
  });

  it('says once where cases could not be kept apart in sandboxes that stay', () => {
    const isolation = { kind: 'sandboxes', why: 'no perl' } as const;
    const { lines } = tell([...whole.slice(0, 3), verified(0, 1, 2, { isolation }), verified(0, 2, 2, { isolation })]);
    expect(lines.filter((line) => line.includes('a sandbox of its own'))).toEqual([
      '      each case has a sandbox of its own, which takes longer: no perl',
    ]);
  });

  it('reads like this', () => {
    expect(`\n${tell(whole).lines.join('\n')}\n`).toBe(`
Run 20261123-0640-7f3a: cal → Go in /home/anna/cal
    model small; limits $2, 40 steps
    Not sealed: There is no sandbox; allowed by anna@host
Checkpoint 0: the baseline
      model: the endpoint asks for a pause (429); again in 3 s
   1  Week numbers: the first week
      edit src/month.go  +12 −3
      run go vet ./…  exit 1, 9 s
        month.go:3: ^[[31mbroken^[[0m
        second
        third
      run visible tests  21 of 40 passed
      checkpoint 1 · 2 added · $0.09 · 6 s
      visible at checkpoint 1: 21 of 40 (52.5 %)
Checkpoint 2: your changes · 1 added
Gate at step 1: 2 steps since the last gate
    visible 52.5 % at checkpoint 1, 1 behind (2 s), spent $0.09 of $2
    belay diff 20261123-0640-7f3a   belay accept 20261123-0640-7f3a   belay redirect "…" --run 20261123-0640-7f3a   belay rollback <checkpoint> --run 20261123-0640-7f3a
Gate 1: redirected by anna@host
Directive 1: Do leap years first
      visible at checkpoint 2: 24 of 40 (60.0 %) +7.5
Waiting for a key: the endpoint wants a key
    set BELAY_API_KEY, then: belay resume 20261123-0640-7f3a
Resumed by anna@host
Checkpoint 3: Before the rollback · no file changed
Rolling back to checkpoint 0, by anna@host
Rolled back to 0: 1 written, 2 deleted, 1 kept
    conflict, yours was kept: src/month.go
Limits changed by anna@host: $4
Stop asked for by anna@host
Stopped: stopped by the supervisor
    1 step · 4 checkpoints · 1 gate · visible 24 of 40 (60.0 %) · $0.09 · 14 s
`);
  });

  it('catches up when one attaches, and says how to decide', () => {
    const { state } = tell(whole.slice(0, toTheGate.length + 1));
    expect(catchUpLines(state).slice(3)).toEqual([
      '   1  Week numbers: the first week',
      '      checkpoint 1 · 2 added · $0.09 · 6 s',
      'Gate at step 1: 2 steps since the last gate',
      '    visible 52.5 % at checkpoint 1, 1 behind (2 s), spent $0.09 of $2',
      expect.stringContaining('belay accept 20261123-0640-7f3a') as string,
    ]);
  });

  it('keeps the status line within the terminal', () => {
    const { state } = tell(whole.slice(0, 6));
    expect(statusLine(state, startMs + 6_500, 200)).toBe('Waiting for the provider · step 1 · $0.00 of $2');
    const answering = tell(whole.slice(0, 7)).state;
    expect(statusLine(answering, startMs + 6_500, 200)).toBe('Running · model is answering 3 s · step 1 · $0.00 of $2');
    expect(statusLine(answering, startMs + 6_500, 20)).toBe('Running · model is …');
  });
});
