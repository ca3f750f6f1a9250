import { describe, expect, it } from 'vitest';
import type { HostMessage, WebviewMessage } from '../../../src/protocol/webview.ts';
import type { Entry } from '../../../src/run/entry.ts';
import type { RunState } from '../../../src/run/state.ts';
import { limits } from '../../../src/run/limits.ts';
import { shownOf } from '../../../src/run/shown.ts';
import { RunStore } from '../../../src/webview/store.ts';
import { FixtureRun, signsAt } from '../../ui/webview/fixtures.ts';

const startedAt = 1_000_000;

interface Bench {
  readonly store: RunStore;
  readonly posted: WebviewMessage[];
  readonly run: FixtureRun;
  /** Sends what the run appended since it was last called. */
  readonly stream: () => void;
}

function bench(run = new FixtureRun(startedAt).create(), clock = () => startedAt): Bench {
  const posted: WebviewMessage[] = [];
  const store = new RunStore((message) => posted.push(message), clock);
  store.apply(stateMessage(run.state));
  let sent = run.state.seq;
  const stream = () => {
    for (const entry of run.entries.slice(sent)) store.apply({ type: 'entry', entry });
    sent = run.entries.length;
  };
  return { store, posted, run, stream };
}

function stateMessage(state: RunState): HostMessage {
  return { type: 'state', state, connection: { kind: 'attached', since: 0 }, now: startedAt };
}

describe('the fold', () => {
  it("ends where the engine's fold ends, entry by entry", () => {
    const { store, run, stream } = bench();
    run.history(12).gate([]);
    stream();
    expect(store.state).toEqual(run.state);
  });

  it('J1: asks for the state again on a gap and folds nothing over it', () => {
    const { store, run, posted, stream } = bench();
    const before = store.state;
    run.step('Links', '', []);
    const later = run.entries.at(-1);
    if (later !== undefined) store.apply({ type: 'entry', entry: later });
    expect(posted).toEqual([{ type: 'ready' }]);
    expect(store.state).toBe(before);
    store.apply(stateMessage(run.state));
    stream(); // all of them came twice now
    expect(store.state).toEqual(run.state);
  });

  it("would be caught: folding over the gap stops at the reducer's own check", () => {
    const { run } = bench();
    run.step('Links', '', []);
    const gap = { ...run.entries.at(-1), seq: run.state.seq + 2 } as Entry;
    expect(() => new FixtureRun(startedAt).create().add(gap)).toThrow('J1');
  });

  it('B3: keeps what leaves the folded window, and asks once for what is older', () => {
    const { store, run, posted, stream } = bench();
    for (let i = 0; i < limits.stepsInState + 3; i++) run.step('Links', '', []);
    stream();
    expect([1, 3, 4, store.lastStep, store.lastStep + 1].map((step) => store.stepAt(step)?.step)).toEqual([
      ...[1, 3, 4, store.lastStep],
      undefined,
    ]);
    const fresh = bench(run);
    expect([fresh.store.stepAt(2), fresh.store.askFor(2), fresh.store.askFor(2)]).toEqual([undefined, true, false]);
    expect([posted, fresh.posted]).toEqual([[], [{ type: 'olderSteps', before: 3 }]]);
    fresh.store.apply({ type: 'steps', before: 3, steps: run.state.steps.slice(0, 1).map((s) => ({ ...s, step: 1 })) });
    expect([fresh.store.stepAt(1)?.step, fresh.store.stepAt(2), fresh.store.stepAt(3)]).toEqual([1, null, undefined]);
  });

  it('B3: a page that did not come is asked for again after a gesture only', () => {
    const { run } = bench();
    for (let i = 0; i < limits.stepsInState + 3; i++) run.step('Links', '', []);
    const { store, posted } = bench(run);
    store.askFor(2);
    store.apply({ type: 'notice', severity: 'error', text: 'no engine', intent: 'olderSteps' });
    expect([store.askFor(2), posted.length]).toEqual([false, 1]);
    store.mayAskAgain();
    expect([store.askFor(2), posted.length]).toEqual([true, 2]);
  });

  it('drops a page of older steps that nobody waits for', () => {
    const { run } = bench();
    for (let i = 0; i < limits.stepsInState + 3; i++) run.step('Links', '', []);
    const { store } = bench(run);
    store.apply({ type: 'steps', before: 3, steps: run.state.steps.slice(0, 1).map((s) => ({ ...s, step: 2 })) });
    expect(store.stepAt(2)).toBeUndefined();
  });

  it("tells the host's time, whatever this clock says", () => {
    const { store } = bench(new FixtureRun(startedAt).create(), () => startedAt + 3_600_000);
    expect(store.now()).toBe(startedAt);
  });
});

describe('fragments', () => {
  it('are kept apart from the state and dropped when the entry comes', () => {
    const { store, run, stream } = bench();
    run.ask(1);
    stream();
    const before = store.state;
    store.apply({ type: 'delta', delta: { kind: 'text', step: 1, text: 'I read ' } });
    store.apply({ type: 'delta', delta: { kind: 'text', step: 1, text: 'the file.' } });
    expect([store.live.text, store.state === before]).toEqual(['I read the file.', true]);
    run
      .answer(1, 'I read the file.', [{ name: 'run', title: 'run make' }])
      .startTool(1, 0, { name: 'run', title: 'run make' });
    stream();
    expect(store.live.text).toBe('');
    store.apply({ type: 'delta', delta: { kind: 'output', step: 1, callId: 'call-0', text: 'cc -c' } });
    expect(store.live.outputs.get('call-0')).toBe('cc -c');
    run.finishTool(1, 0, { name: 'run', title: 'run make' });
    stream();
    expect(store.live.outputs.size).toBe(0);
  });

  it('of a step that is over are not shown under the next one', () => {
    const { store, run, stream } = bench();
    run.step('Links', '', []).ask(2);
    stream();
    store.apply({ type: 'delta', delta: { kind: 'text', step: 1, text: 'late' } });
    expect(store.live.text).toBe('');
  });

  it('of a step in a snapshot go on', () => {
    const { store } = bench(new FixtureRun(startedAt).create().ask(1));
    store.apply({ type: 'delta', delta: { kind: 'text', step: 1, text: 'on it' } });
    expect(store.live.text).toBe('on it');
  });

  it('B3: are bounded, the newest kept', () => {
    const { store } = bench(new FixtureRun(startedAt).create().ask(1));
    for (let i = 0; i < 50; i++)
      store.apply({ type: 'delta', delta: { kind: 'text', step: 1, text: 'x'.repeat(1_000) } });
    store.apply({ type: 'delta', delta: { kind: 'text', step: 1, text: 'end' } });
    expect([store.live.text.length, store.live.text.endsWith('xend')]).toEqual([16_000, true]);
  });

  it('do not draw the whole page again; the progress of a verification does', () => {
    const { store } = bench(new FixtureRun(startedAt).create().ask(1));
    const drawn: string[] = [];
    store.changed.event((what) => drawn.push(what));
    store.apply({ type: 'delta', delta: { kind: 'text', step: 1, text: 'a' } });
    store.apply({ type: 'delta', delta: { kind: 'verification', checkpoint: 0, suite: 'visible', done: 1, total: 2 } });
    store.apply({ type: 'delta', delta: { kind: 'signs', signs: signsAt(startedAt) } });
    expect(drawn).toEqual(['fragment', 'all', 'fragment']);
    expect(store.live.signs?.at).toBe(startedAt);
  });
});

describe('gestures', () => {
  const redirect = (store: RunStore, text: string) => {
    store.post({ type: 'redirect', text, shown: shownOf(store.state, null) });
  };

  it('never show what they ask for before its entry comes', () => {
    const { store, run, stream } = bench(new FixtureRun(startedAt).create().step('Links', '', []).gate([]));
    const shown = shownOf(store.state, 3);
    store.post({ type: 'accept', gate: 1, shown });
    expect([store.state.gate?.gate, store.pending]).toEqual([1, 'accept']);
    run.add({ type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna@host', shown });
    stream();
    expect([store.state.gate, store.pending]).toEqual([null, null]);
  });

  it('give the buttons back when they are refused, and say why', () => {
    const { store, run, stream } = bench(new FixtureRun(startedAt).create().step('Links', '', []).gate([]));
    store.post({ type: 'accept', gate: 1, shown: shownOf(store.state, 3) });
    store.apply({ type: 'notice', severity: 'error', text: 'decided in another window', intent: 'accept' });
    expect([store.pending, store.notice]).toEqual([null, { severity: 'error', text: 'decided in another window' }]);
    run.add({ type: 'directive.added', directive: 1, text: 'x', by: 'anna@host' });
    stream();
    expect(store.notice, 'not answered by that').not.toBeNull();
    run.add({ type: 'gate.decided', gate: 1, decision: 'accept', by: 'bo@host', shown: shownOf(run.state, 3) });
    stream();
    expect(store.notice, 'the run has gone on').toBeNull();
  });

  it('a redirect is on its way until its directive comes', () => {
    const { store, run, stream } = bench();
    redirect(store, 'Use a table.');
    expect(store.pendingRedirect).toEqual({ text: 'Use a table.', directives: 0 });
    run.add({ type: 'directive.added', directive: 1, text: 'Use a table.', by: 'anna@host' });
    stream();
    expect([store.pendingRedirect, store.pending, store.refusedText]).toEqual([null, null, null]);
  });

  it('a redirect that is refused, or that the engine never got, is given back word by word', () => {
    for (const answer of [
      { type: 'notice', severity: 'error', text: 'no', intent: 'redirect' },
      { type: 'connection', connection: { kind: 'lost', since: 1 } },
    ] as const) {
      const { store } = bench();
      redirect(store, 'Use a table.');
      store.apply(answer);
      expect([store.refusedText, store.pendingRedirect, store.pending], answer.type).toEqual([
        'Use a table.',
        null,
        null,
      ]);
    }
  });

  it.each(['rollBackConfirm', 'undoRollback'] as const)('%s ends with a snapshot that holds its end', (type) => {
    const { store, run } = bench(new FixtureRun(startedAt).create().step('Links', '', []));
    const shown = shownOf(store.state, 1);
    store.post(type === 'undoRollback' ? { type } : { type, planDigest: 'd', to: 0, shown });
    store.apply(stateMessage(run.state));
    expect(store.pending, 'still queued').toBe(type);
    const plan = { digest: 'p', bytes: 1 };
    run
      .checkpoint('safety', null, 'Safety')
      .add({ type: 'rollback.started', to: 0, safety: 2, plan, by: 'anna@host', undo: false });
    store.apply(stateMessage(run.state));
    expect(store.pending, 'under way').toBe(type);
    run
      .checkpoint('rollback', null, 'Rolled back to 0')
      .add({ type: 'rollback.finished', to: 0, written: 1, deleted: 0, kept: 0, conflicts: [] });
    store.apply(stateMessage(run.state));
    expect([store.pending, store.plan]).toEqual([null, null]);
  });

  it('an accept ends with a snapshot in which another gate is open', () => {
    const { store, run } = bench(new FixtureRun(startedAt).create().step('Links', '', []).gate([]));
    const shown = shownOf(store.state, 3);
    store.post({ type: 'accept', gate: 1, shown });
    store.apply(stateMessage(run.state));
    expect(store.pending).toBe('accept');
    run.add({ type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna@host', shown });
    store.apply(stateMessage(run.step('More', '', []).gate([]).state));
    expect([store.state.gate?.gate, store.pending]).toEqual([2, null]);
  });

  it('are given back when the snapshot is of another run', () => {
    const { store } = bench(new FixtureRun(startedAt).create().step('Links', '', []).gate([]));
    redirect(store, 'Use a table.');
    const other = new FixtureRun(startedAt).create().state;
    store.apply(stateMessage({ ...other, run: other.run && { ...other.run, runId: '20261124-0000-0000' } }));
    expect([store.pending, store.pendingRedirect, store.refusedText]).toEqual([null, null, 'Use a table.']);
  });

  it('a plan stands until it is done or taken away', () => {
    const plan = { to: 0, write: 1, delete: 0, keep: 0, conflict: 0, paths: [], digest: 'd' };
    const { store, run, stream } = bench(new FixtureRun(startedAt).create().step('Links', '', []));
    store.post({ type: 'rollBackAsk', checkpoint: 0 });
    store.apply({ type: 'rollbackPlan', plan });
    expect([store.plan, store.pending]).toEqual([plan, null]);
    store.post({ type: 'rollBackConfirm', planDigest: 'd', to: 0, shown: shownOf(store.state, 1) });
    expect(store.pending).toBe('rollBackConfirm');
    run.checkpoint('safety', null, 'Safety').add({
      type: 'rollback.started',
      to: 0,
      safety: 2,
      plan: { digest: 'p', bytes: 1 },
      by: 'anna@host',
      undo: false,
    });
    run
      .checkpoint('rollback', null, 'Rolled back to 0')
      .add({ type: 'rollback.finished', to: 0, written: 1, deleted: 0, kept: 0, conflicts: [] });
    stream();
    expect([store.plan, store.pending, store.state.lastRollback?.to]).toEqual([null, null, 0]);
  });
});
