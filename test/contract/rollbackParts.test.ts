/** Contract of the real engine: a folder, a file, or a hunk goes back to a checkpoint, at a gate and while a step runs. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { verifyAudit } from '../../src/engine/journal/verifyAudit.ts';
import type { RollbackPart } from '../../src/run/entry.ts';
import { Bench, killEngine, reads, runs, say, script, upper, writes } from './harness.ts';

const everyStep = { gates: { everySteps: 1 } };
const table = Array.from({ length: 20 }, (_, i) => `row ${String(i + 1)}`);
const rows = (changes: Readonly<Record<number, string>> = {}) =>
  `${table.map((row, i) => changes[i + 1] ?? row).join('\n')}\n`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const answers = script(
  say('A first try.', writes('upper.sh', 'cat\n'), writes('lib/extra.sh', 'true\n'), writes('lib/table', rows())),
  say(
    'Capitals.',
    writes('upper.sh', upper),
    reads('lib/table'),
    writes('lib/table', rows({ 3: 'by the run', 9: 'too' })),
  ),
  say('More.', runs('printf x > lib/more.sh')),
  say('Done.', writes('notes.md', 'one\n')),
);

async function rollBack(window: RunConnection, to: number, only?: RollbackPart, reason?: string): Promise<number> {
  const part = only && { only };
  const plan = await window.request('planRollback', { to, ...part });
  const wanted = { to, planDigest: plan.digest, ...(plan.only && { only: plan.only }), ...(reason && { reason }) };
  return (await window.request('rollBack', wanted)).checkpoint;
}

/** At the gate of step 2. */
async function atGate(): Promise<{ readonly bench: Bench; readonly window: RunConnection }> {
  const bench = await Bench.make({ answer: answers, task: everyStep });
  const window = await bench.start();
  await bench.gate(window);
  await bench.accept(window);
  await bench.gate(window, 2);
  return { bench, window };
}

describe('a rollback of a part', () => {
  it('C4: of a folder leaves the rest, the gate and the run as they are; undone, redone, and told to the agent', async () => {
    const { bench, window } = await atGate();
    const checkpoint = await rollBack(window, 1, { paths: ['lib/'] }, 'no tables');
    expect([bench.read('lib/table'), bench.read('upper.sh')]).toEqual([rows(), upper]);
    expect(window.state).toMatchObject({ paused: null, gate: { gate: 2, checkpoint }, head: checkpoint, accepted: 1 });
    expect(window.state.lastRollback).toMatchObject({ to: 1, paths: ['lib'], part: 'paths', undo: false });
    expect(window.state.checkpoints.slice(-2).map(({ kind, title }) => [kind, title])).toEqual([
      ['safety', 'Before lib went back to 1'],
      ['rollback', 'lib back to checkpoint 1'],
    ]);
    expect(window.state.happenings.at(-1)?.text).toBe('Rolled lib back to step 1 · checkpoint 1');
    expect(window.state.directives.at(-1)?.text).toMatch(
      /^Rolled lib back to the end of step 1, checkpoint 1: no tables\./,
    );
    const read = [rows(), rows({ 3: 'by the run', 9: 'too' })];
    for (const undone of [true, false, true]) {
      await window.request('undoRollback', {});
      expect(bench.read('lib/table')).toBe(read[undone ? 1 : 0]);
      expect(window.state.lastRollback).toMatchObject({ paths: ['lib'], part: 'paths', undo: true });
    }
    expect(window.state.directives.at(-1)).toMatchObject({ withdrawn: true });
    await window.request('undoRollback', {});
    const verified = await bench.until(window, 'its figures', (s) => s.figures.visible.last?.checkpoint === s.head);
    expect(verified.figures.visible.last).toMatchObject({ total: 4 });
    await bench.accept(window);
    await bench.gate(window, 3);
    const asked = bench.requests[2]?.text ?? '';
    expect(asked).toContain('The supervisor rolled lib back to checkpoint 1. Read it again before you write it.');
    expect(asked).toContain('no tables');
  });

  it('C6: merges your edit with the target’s version, and keeps a file that an editor holds unsaved', async () => {
    const { bench, window } = await atGate();
    bench.write('lib/table', rows({ 3: 'by the run', 9: 'too', 15: 'by you' }));
    await window.request('reportEditors', { dirty: ['upper.sh'], saved: [] });
    const plan = await window.request('planRollback', { to: 1 });
    expect(plan).toMatchObject({ merge: 1, conflict: 1, write: 0 });
    expect(plan.paths).toMatchObject([
      { path: 'lib/table', action: 'merge' },
      { path: 'upper.sh', action: 'conflict', reason: 'it has unsaved changes in an editor: save or close it first' },
    ]);
    await expect(rollBack(window, 1, { paths: ['upper.sh'] })).rejects.toThrow(
      /^upper\.sh was not rolled back: it has unsaved changes in an editor: save or close it first\. Nothing was changed\.$/,
    );
    await rollBack(window, 1, { paths: ['lib/table'] });
    expect([bench.read('lib/table'), bench.read('upper.sh')]).toEqual([rows({ 15: 'by you' }), upper]);
    await window.request('reportEditors', { dirty: [], saved: [] });
    await rollBack(window, 1, { paths: ['upper.sh'] });
    expect(bench.read('upper.sh')).toBe('cat\n');
  });

  it('C4, S3: of a hunk puts those lines back and no others, and is refused where the file is another now', async () => {
    const { bench, window } = await atGate();
    const present = rows({ 3: 'by the run', 9: 'too' });
    const lines = { first: 9, last: 9, digest: sha256(present) };
    await rollBack(window, 1, { paths: ['lib/table'], lines });
    expect(bench.read('lib/table')).toBe(rows({ 3: 'by the run' }));
    expect(window.state.lastRollback).toMatchObject({ paths: ['lib/table'], part: 'hunk' });
    await expect(rollBack(window, 1, { paths: ['lib/table'], lines })).rejects.toThrow(
      /^lib\/table was not rolled back: it has changed since these lines were shown\. Nothing was changed\.$/,
    );
    await window.request('undoRollback', {});
    expect(bench.read('lib/table')).toBe(present);
    expect(await verifyAudit(window.run)).toMatchObject({ ok: true });
  });

  it('C4: says what there is not, and what does not differ; nothing is journalled', async () => {
    const { window } = await atGate();
    const { seq } = window.state;
    await expect(rollBack(window, 1, { paths: ['nowhere'] })).rejects.toThrow(
      /^There is no nowhere, neither in the folder nor at checkpoint 1\.$/,
    );
    await expect(rollBack(window, 1, { paths: ['../outside/heldout.jsonl'] })).rejects.toThrow(/^There is no \.\.\//);
    await expect(rollBack(window, 1, { paths: ['lib/extra.sh'] })).rejects.toThrow(
      /^lib\/extra\.sh stands as at checkpoint 1: there is nothing to roll back\.$/,
    );
    expect(window.state.seq).toBe(seq);
  });

  it('C4: while a step runs it waits for its end and takes what that step did along; it can be taken back before', async () => {
    const released = Promise.withResolvers<undefined>();
    const bench = await Bench.make({
      answer: answers,
      server: {
        beforeChunk: async ({ number }, index) => {
          if (number === 3 && index === 1) await released.promise;
        },
      },
    });
    const window = await bench.start();
    await bench.until(window, 'the third request', (state) => state.step?.step === 3 && state.step.request !== null);
    const cancelled = expect(rollBack(window, 1)).rejects.toMatchObject({ code: 'cancelled' });
    // Until it waits there is nothing to take back.
    while ((await window.request('cancelRollback', {})).cancelled === 0)
      await window.request('planRollback', { to: 1 });
    await cancelled;
    const asked = rollBack(window, 1, { paths: ['lib'] });
    const other = await bench.resume(window, 'ben@desk (window)');
    expect(await other.request('cancelRollback', {})).toEqual({ cancelled: 0 });
    const plan = await window.request('planRollback', { to: 1, only: { paths: ['lib'] } });
    expect(plan.paths.map(({ path }) => path)).toEqual(['lib/table']);
    released.resolve(undefined);
    const checkpoint = await asked;
    expect([bench.read('lib/table'), bench.read('lib/more.sh')]).toEqual([rows(), null]);
    const state = await bench.gate(window);
    expect(state.checkpoints.slice(checkpoint - 2, checkpoint + 1).map((one) => [one.kind, one.step])).toEqual([
      ['step', 3],
      ['safety', null],
      ['rollback', null],
    ]);
    expect(bench.entries(window, 'run.paused')).toEqual([]);
  });

  it('S1, J5: the engine is killed in the middle: the part is rolled back at the next start, merge included', async () => {
    // So large that it is not put back before the kill arrives.
    const large = 'x'.repeat(64 * 1024 * 1024);
    const answer = script(
      say('A first try.', runs('printf y >> data/large.txt; printf z > data/new; sed -i s/one/two/ data/both')),
    );
    const files = { 'data/large.txt': large, 'data/both': `one\n${rows()}end\n` };
    const bench = await Bench.make({ answer, task: everyStep, files });
    const first = await bench.start();
    await bench.gate(first);
    bench.write('data/both', `two\n${rows()}end, by you\n`);
    const listening = first.onEntry((entry) => {
      if (entry.type !== 'rollback.started') return;
      listening.dispose();
      killEngine(first.run);
    });
    await expect(rollBack(first, 0, { paths: ['data'] })).rejects.toThrow();
    await bench.left();
    expect(bench.entries(first, 'rollback.finished')).toEqual([]);
    const window = await bench.resume(first);
    const state = await bench.until(window, 'the rollback', (s) => s.lastRollback !== null);
    expect(bench.read('data/large.txt') === large).toBe(true);
    expect([bench.read('data/new'), bench.read('data/both')]).toEqual([null, `one\n${rows()}end, by you\n`]);
    expect(state).toMatchObject({ gate: { gate: 1, checkpoint: state.head }, paused: null, generation: 2 });
    expect(await verifyAudit(window.run)).toMatchObject({ ok: true });
    await window.request('undoRollback', {});
    expect(bench.read('data/large.txt') === `${large}y`).toBe(true);
    expect(bench.read('data/both')).toBe(`two\n${rows()}end, by you\n`);
  });
});
