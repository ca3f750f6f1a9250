/** Contract of the real engine: one file is rejected, at a gate and while the run goes on, and the rejection taken back. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acceptFile, diffText } from '../../src/cli/changes.ts';
import type { RunConnection } from '../../src/client/connection.ts';
import { verifyAudit } from '../../src/engine/journal/verifyAudit.ts';
import type { Entry } from '../../src/run/entry.ts';
import { shownOf } from '../../src/run/shown.ts';
import { Bench, killEngine, reads, runs, say, script, upper, writes } from './harness.ts';

const everyStep = { gates: { everySteps: 1 } };
const answers = script(
  say('A first try.', writes('upper.sh', 'cat\n'), writes('lib/extra.sh', 'true\n')),
  say('Capitals.', writes('upper.sh', upper), writes('notes.md', 'one\n'), runs('chmod 600 notes.md')),
  say('I change it again.', writes('upper.sh', 'cat -n\n'), reads('upper.sh')),
);

function reject(window: RunConnection, path: string, reason = '') {
  return window.request('rejectFile', { path, reason, shown: shownOf(window.state, null) });
}

/** J5, G2: of each rejection what is missing in its commit, which is all between two checkpoints. */
function halfRejections(journal: readonly Entry[]): readonly string[] {
  return journal.flatMap((entry, index) => {
    if (entry.type !== 'rollback.started' || entry.paths === undefined || entry.undo) return [];
    const before = journal.slice(0, index).map(({ type }) => type);
    return before.at(-1) === 'file.rejected' && before.at(-2) === 'directive.added' ? [] : entry.paths;
  });
}

describe('rejecting a file', () => {
  it('C4, G2: at a gate puts that file back and no other, tells the agent why, and what is accepted is what is there', async () => {
    const bench = await Bench.make({ answer: answers, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    await bench.accept(window);
    await bench.gate(window, 2);
    const { directive, checkpoint } = await reject(window, 'upper.sh', 'tr is not allowed');
    expect([bench.read('upper.sh'), bench.read('notes.md')]).toEqual(['cat\n', 'one\n']);
    expect(window.state).toMatchObject({ paused: null, gate: { gate: 2, checkpoint }, head: checkpoint, accepted: 1 });
    expect(window.state.rejections).toMatchObject([
      { path: 'upper.sh', reason: 'tr is not allowed', to: 1, directive },
    ]);
    const verified = await bench.until(window, 'its figures', (s) => s.figures.visible.last?.checkpoint === checkpoint);
    expect(verified.figures.visible.last).toMatchObject({ pass: 0, total: 4 });
    await bench.accept(window);
    await bench.gate(window, 3);
    expect(window.state.accepted).toBe(checkpoint);
    const asked = bench.requests[2]?.text ?? '';
    expect(asked).toContain(
      'Directive 1: Rejected upper.sh: tr is not allowed. The file was put back to the accepted version (checkpoint 1); do not make the rejected change again.',
    );
    expect(asked).toContain('The supervisor rejected upper.sh: it was put back');
    // S3: the agent wrote without reading again what was put back.
    const [write] = bench.entries(window, 'tool.finished').filter((entry) => entry.step === 3);
    expect(write).toMatchObject({
      status: 'error',
      output: expect.stringContaining('changed since you read it') as string,
    });
    expect(bench.read('upper.sh')).toBe('cat\n');
  });

  it('C4: is taken back while the gate is open, its directive withdrawn, and done again', async () => {
    const bench = await Bench.make({ answer: answers, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    await reject(window, 'lib/extra.sh');
    expect(bench.read('lib/extra.sh')).toBeNull();
    expect(window.state.directives[0]?.text).toBe(
      'Rejected lib/extra.sh. The file was deleted, for the accepted version (checkpoint 0) has none; do not make the rejected change again.',
    );
    await window.request('undoRollback', {});
    expect(bench.read('lib/extra.sh')).toBe('true\n');
    expect(window.state).toMatchObject({
      gate: { gate: 1 },
      directives: [{ withdrawn: true }],
      rejections: [{ takenBack: true }],
    });
    await window.request('undoRollback', {});
    expect(bench.read('lib/extra.sh')).toBeNull();
    expect(window.state).toMatchObject({
      directives: [{ withdrawn: true }, { withdrawn: false }],
      rejections: [{ takenBack: true }, { takenBack: false }],
    });
    await bench.accept(window);
    await bench.gate(window, 2);
    expect(bench.requests[1]?.text).not.toContain('Directive 1');
    expect(bench.requests[1]?.text).toContain('Directive 2: Rejected lib/extra.sh.');
  });

  it('C4: while a step runs it waits for its end, and the run goes on', async () => {
    const released = Promise.withResolvers<undefined>();
    const bench = await Bench.make({
      answer: answers,
      server: {
        beforeChunk: async ({ number }, index) => {
          if (number === 2 && index === 1) await released.promise;
        },
      },
    });
    const window = await bench.start();
    await bench.until(window, 'the second request', (state) => state.step?.step === 2 && state.step.request !== null);
    const asked = reject(window, 'notes.md', 'No notes!');
    expect(bench.read('notes.md')).toBeNull();
    released.resolve(undefined);
    const { checkpoint } = await asked;
    expect(bench.read('notes.md')).toBeNull();
    const state = await bench.gate(window);
    expect(state.checkpoints.slice(checkpoint - 2, checkpoint + 1).map((one) => [one.kind, one.step])).toEqual([
      ['step', 2],
      ['safety', null],
      ['reject', null],
    ]);
    expect([state.stepsFinished, bench.entries(window, 'run.paused').length]).toEqual([4, 0]);
    expect(bench.requests[2]?.text).toContain('Rejected notes.md: No notes! The file was deleted');
  });

  it('S1, J5: the engine is killed in the middle: the file is put back at the next start, the gate open still', async () => {
    // So large that it is not put back before the kill arrives.
    const large = 'x'.repeat(64 * 1024 * 1024);
    const answer = script(say('A first try.', runs('printf y >> large.txt'), writes('upper.sh', 'cat\n')));
    const bench = await Bench.make({ answer, task: everyStep, files: { 'large.txt': large } });
    const first = await bench.start();
    await bench.gate(first);
    const listening = first.onEntry((entry) => {
      if (entry.type !== 'rollback.started') return;
      listening.dispose();
      killEngine(first.run);
    });
    await expect(reject(first, 'large.txt', 'too long')).rejects.toThrow();
    await bench.left();
    expect(bench.entries(first, 'rollback.finished')).toEqual([]);
    const window = await bench.resume(first);
    const state = await bench.until(window, 'the rejection', (s) => s.lastRollback !== null);
    expect(bench.read('large.txt') === large).toBe(true);
    expect(state).toMatchObject({ gate: { gate: 1, checkpoint: state.head }, paused: null, generation: 2 });
    const journal = bench.journal(window);
    expect(halfRejections(journal)).toEqual([]);
    const sabotaged = journal.filter((entry) => entry.type !== 'directive.added');
    expect(halfRejections(sabotaged), 'the check sees a rejection that tells the agent nothing').toEqual(['large.txt']);
    expect(await verifyAudit(window.run)).toMatchObject({ ok: true });
    await window.request('undoRollback', {});
    expect(bench.read('large.txt') === `${large}y`).toBe(true);
  });

  it('G3: the command line shows the diff at a gate, and accepts one file as it stands', async () => {
    const bench = await Bench.make({ answer: answers, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    const told = await diffText(window, { from: 'accepted', to: 'workspace' }, false);
    expect(told).toContain('2 files changed since what is accepted');
    expect(told).toMatch(/added {4}upper\.sh {2}\+1 −0/);
    expect(told).toContain('--- /dev/null\n+++ b/upper.sh\n@@ -0,0 +1,1 @@\n+cat');
    expect(told).not.toContain('\u001b');
    expect(await diffText(window, { from: 'accepted', to: 'workspace' }, true)).toContain('\u001b[32m+cat\u001b[0m');
    expect(await acceptFile(window, 'upper.sh')).toBe('Accepted upper.sh as at checkpoint 1');
    expect(window.state.acceptedFiles).toEqual({ 'upper.sh': 1 });
    expect(await diffText(window, { from: 'accepted', to: 'workspace' }, false)).not.toContain('upper.sh');
    await expect(acceptFile(window, 'upper.sh')).rejects.toThrow(/^upper\.sh is as it was accepted/);
  });

  it('C6: is refused where the supervisor edited the file too, where nothing differs, and where there is none', async () => {
    const bench = await Bench.make({ answer: answers, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    const { seq } = window.state;
    bench.write('upper.sh', 'cat # mine\n');
    await expect(reject(window, 'upper.sh')).rejects.toThrow(
      /^upper\.sh was not put back: you edited it after checkpoint 1, and so did the run\. Nothing was changed\.$/,
    );
    await expect(reject(window, 'mine.txt')).rejects.toThrow(/^mine\.txt is as it was accepted/);
    await expect(reject(window, '../outside/heldout.jsonl')).rejects.toThrow(/^There is no file \.\.\/outside/);
    await expect(reject(window, join(bench.workspace, 'upper.sh'))).rejects.toThrow(/^There is no file/);
    expect([bench.read('upper.sh'), window.state.seq]).toEqual(['cat # mine\n', seq]);
  });
});
