/** Contract of the real engine: it is killed at the worst moments, started again, and goes on. */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import { verifyAudit } from '../../src/engine/journal/verifyAudit.ts';
import type { Entry } from '../../src/run/entry.ts';
import type { RunState } from '../../src/run/state.ts';
import { boughtTwice } from '../fixtures/runOnDisk.ts';
import { Bench, killEngine, reads, runs, say, script, upper, writes, type BenchOptions } from './harness.ts';

/** Starts a run, kills its engine when `killAt` says so, starts it again and lets it come to its end gate. */
async function interrupted(
  options: BenchOptions,
  killAt: (entry: Entry) => boolean,
): Promise<{ bench: Bench; window: RunConnection; state: RunState }> {
  const bench = await Bench.make(options);
  const first = await bench.start();
  await crashAt(bench, first, killAt);
  const window = await bench.resume(first);
  return { bench, window, state: await bench.gate(window) };
}

async function crashAt(bench: Bench, window: RunConnection, killAt: (entry: Entry) => boolean): Promise<void> {
  const lost = new Promise<void>((resolve) => {
    window.onLink((link) => {
      if (link === 'lost') resolve();
    });
  });
  let killed = false;
  const listener = window.onEntry((entry) => {
    if (killed || !killAt(entry)) return;
    killed = true;
    killEngine(window.run);
  });
  await lost;
  expect(killed).toBe(true);
  listener.dispose();
  window.dispose();
  expect(await bench.left(), 'processes that outlived their engine').toEqual([]);
}

/**
 * @param requests how many answers were bought, and how many calls were cut: `none or one` where the kill follows an entry that
 *   does not hold the engine up, so that it may have asked for the next answer when the signal comes
 */
async function expectSound(
  bench: Bench,
  window: RunConnection,
  requests: { readonly bought: number; readonly cut: number | 'none or one' },
): Promise<void> {
  const journal = bench.journal(window);
  expect(boughtTwice(journal)).toEqual([]);
  const cut = bench.entries(window, 'model.failed').filter((entry) => entry.kind === 'interrupted');
  if (requests.cut === 'none or one') {
    expect(cut.length).toBeLessThanOrEqual(1);
    expect(bench.requests.length).toBeGreaterThanOrEqual(requests.bought);
  } else {
    expect(cut.length).toBe(requests.cut);
    expect(bench.requests.length).toBe(requests.bought + requests.cut);
  }
  // Each request on the wire was answered, or counts as cut.
  expect(bench.requests.length).toBeLessThanOrEqual(requests.bought + cut.length);
  expect(bench.entries(window, 'model.answered').length).toBe(requests.bought);
  expect(bench.read('mine.txt')).toBe('The supervisor wrote this.\n');
  expect(window.state.generation).toBe(2);
  expect(await verifyAudit(window.run)).toMatchObject({ ok: true, problems: [], unfinishedBytes: 0 });
}

const twoSteps = script(
  say('Capitals first.', writes('upper.sh', upper), writes('notes.md', 'one\n')),
  say('Then a note.', reads('notes.md'), writes('more.md', 'two\n')),
);

const slowCommand = script(
  say('A slow command.', runs('echo began >> began.txt; echo began; sleep 600'), writes('upper.sh', upper)),
);

/** A folder that has every program of the PATH but bubblewrap. */
function pathWithoutSandbox(root: string): string {
  const folder = join(root, 'programs');
  mkdirSync(folder);
  for (const from of (process.env['PATH'] ?? '').split(delimiter)) {
    if (!existsSync(from)) continue;
    for (const name of readdirSync(from))
      if (name !== 'bwrap' && !existsSync(join(folder, name))) symlinkSync(join(from, name), join(folder, name));
  }
  return folder;
}

describe('an engine that is killed', () => {
  it('S1, B1: in the midst of an answer: the cut call counts as its reservation and is made again', async () => {
    const begun = { kill: (): void => undefined };
    const bench = await Bench.make({
      answer: twoSteps,
      server: {
        beforeChunk: ({ number }, index) => {
          if (number === 2 && index === 3) begun.kill();
        },
      },
    });
    const first = await bench.start();
    const lost = new Promise<void>((resolve) => {
      first.onLink((link) => {
        if (link === 'lost') resolve();
      });
    });
    begun.kill = () => {
      killEngine(first.run);
    };
    await lost;
    const window = await bench.resume(first);
    await bench.gate(window);
    await expectSound(bench, window, { bought: 3, cut: 1 });
    const [cut] = bench.entries(window, 'model.failed');
    const [, reserved] = bench.entries(window, 'model.requested');
    expect(cut).toMatchObject({
      step: 2,
      kind: 'interrupted',
      costUsd: reserved?.reservedUsd,
      tokens: reserved?.reservedTokens,
    });
    const answered = bench.entries(window, 'model.answered').reduce((sum, entry) => sum + entry.costUsd, 0);
    expect(window.state.budget.spentUsd).toBeCloseTo(answered + (reserved?.reservedUsd ?? 0), 10);
    expect(window.state.budget.reservedUsd).toBe(0);
    expect(bench.read('more.md')).toBe('two\n');
    const sabotaged = bench
      .journal(window)
      .map((entry) => (entry.type === 'model.requested' ? { ...entry, step: 1 } : entry));
    expect(boughtTwice(sabotaged), 'the check sees an answer bought twice').not.toEqual([]);
  });

  it('S1: in a command: it is ended with the engine, marked as unknown, not repeated, and what it wrote is kept', async () => {
    const bench = await Bench.make({ answer: slowCommand });
    const first = await bench.start();
    const began = new Promise<void>((resolve) => {
      first.onDelta((delta) => {
        if (delta.kind === 'output') resolve();
      });
    });
    await began;
    const family = await bench.family(first);
    expect(family.length, 'engine, sandbox, command').toBeGreaterThan(2);
    await bench.crash(first);
    const window = await bench.resume(first);
    await bench.gate(window);
    await expectSound(bench, window, { bought: 2, cut: 0 });
    const [command, edit] = bench.entries(window, 'tool.finished');
    expect(command).toMatchObject({ callId: '1.1', status: 'interrupted', output: 'interrupted, outcome unknown' });
    expect(edit).toMatchObject({ callId: '1.2', status: 'ok' });
    expect(bench.requests[1]?.text).toContain('interrupted, outcome unknown');
    expect([bench.read('began.txt'), bench.read('upper.sh')]).toEqual(['began\n', upper]);
    expect(bench.entries(window, 'tool.started').map((entry) => entry.callId)).toEqual(['1.1', '1.2', '2.1']);
    expect(window.state.checkpoints.map((one) => one.kind)).toEqual(['baseline', 'safety', 'step', 'step']);
  });

  it('S1: at the very start of a command: the sandbox does not outlive the engine', async () => {
    const { bench, window } = await interrupted({ answer: slowCommand }, (entry) => entry.type === 'tool.started');
    await expectSound(bench, window, { bought: 2, cut: 0 });
    expect(bench.entries(window, 'tool.finished').map((entry) => entry.status)).toEqual(['interrupted', 'ok', 'ok']);
  });

  it.each([
    ['a build', { candidate: { language: 'sh', build: 'sleep 600', run: ['sh', 'upper.sh'] } }, true],
    [
      'a build without a sandbox',
      { candidate: { language: 'sh', build: 'sleep 600', run: ['sh', 'upper.sh'] } },
      false,
    ],
    ['a case', { candidate: { language: 'sh', run: ['sleep', '600'] } }, true],
    ['a case without a sandbox', { candidate: { language: 'sh', run: ['sleep', '600'] } }, false],
    ['a probe', { reference: { command: ['sleep', '600'] } }, true],
  ] as const)('S1: during %s: what it runs does not outlive the engine', async (_what, task, sealed) => {
    const bench = await Bench.make({ answer: script(say('A look.', { name: 'probe_reference', args: {} })), task });
    if (!sealed) vi.stubEnv('PATH', pathWithoutSandbox(bench.folder));
    try {
      const window = await bench.start({ unsealed: !sealed });
      const sleeping = async () => (await bench.family(window)).filter(({ command }) => /sleep.600/.test(command));
      await expect.poll(sleeping, { timeout: 20_000 }).not.toEqual([]);
      await bench.crash(window);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('S1: between two calls: the finished one stays, the other is made', async () => {
    const { bench, window } = await interrupted({ answer: twoSteps }, (entry) => entry.type === 'tool.finished');
    await expectSound(bench, window, { bought: 3, cut: 'none or one' });
    expect(bench.entries(window, 'tool.finished').map((entry) => [entry.callId, entry.status])).toEqual([
      ['1.1', 'ok'],
      ['1.2', 'ok'],
      ['2.1', 'ok'],
      ['2.2', 'ok'],
      ['3.1', 'ok'],
    ]);
    expect([bench.read('upper.sh'), bench.read('notes.md'), bench.read('more.md')]).toEqual([upper, 'one\n', 'two\n']);
  });

  it('S1: after the intent of an edit: it is made once, guarded by what it replaces', async () => {
    const { bench, window } = await interrupted(
      { answer: twoSteps },
      (entry) => entry.type === 'tool.started' && entry.callId === '1.2',
    );
    await expectSound(bench, window, { bought: 3, cut: 'none or one' });
    const edits = bench.entries(window, 'tool.finished').filter((entry) => entry.callId === '1.2');
    expect(edits).toMatchObject([{ status: 'ok', edit: { path: 'notes.md', before: null } }]);
    expect(bench.read('notes.md')).toBe('one\n');
  });

  it('S1, J9: at the checkpoint of a step: it is taken again, and nothing refers to what is not there', async () => {
    const last = (entry: Entry) => entry.type === 'tool.finished' && entry.callId === '1.2';
    const { bench, window } = await interrupted({ answer: twoSteps }, last);
    await expectSound(bench, window, { bought: 3, cut: 'none or one' });
    expect(bench.entries(window, 'step.finished').map((entry) => entry.step)).toEqual([1, 2, 3]);
    const { files } = await window.request('compare', { from: 0, to: window.state.head ?? 0 });
    expect(files.map((file) => file.path)).toEqual(['more.md', 'notes.md', 'upper.sh']);
  });

  it('S1: during a verification at a gate: it is made again and the gate opens', async () => {
    const heldOut = (entry: Entry) => entry.type === 'verification.started' && entry.suite === 'heldOut';
    const { bench, window, state } = await interrupted({ answer: twoSteps }, heldOut);
    await expectSound(bench, window, { bought: 3, cut: 0 });
    expect(state.figures.heldOut.last).toMatchObject({ pass: 3, total: 3, checkpoint: state.head });
    expect(bench.entries(window, 'gate.opened').length).toBe(1);
  });

  it('S1, C4, J5: during a rollback: it is finished by its journalled plan', async () => {
    const bench = await Bench.make({ answer: twoSteps });
    const first = await bench.start();
    await bench.gate(first);
    const asked = bench.rollBackAtGate(first, 0).catch((error: unknown) => error);
    await crashAt(bench, first, (entry) => entry.type === 'rollback.started');
    await asked;
    const window = await bench.resume(first);
    const state = await bench.until(window, 'the rollback', (s) => s.lastRollback !== null);
    expect(state).toMatchObject({ lastRollback: { to: 0, conflicts: [] }, paused: { reason: 'rollback' }, gate: null });
    expect([bench.read('upper.sh'), bench.read('notes.md'), bench.read('more.md')]).toEqual([null, null, null]);
    expect(bench.read('mine.txt')).toBe('The supervisor wrote this.\n');
    await window.request('undoRollback', {});
    expect([bench.read('upper.sh'), bench.read('notes.md'), bench.read('more.md')]).toEqual([upper, 'one\n', 'two\n']);
    await expectSound(bench, window, { bought: 3, cut: 0 });
  });

  it('S1, C4: a rollback at a gate is decided and begun as one fact: no crash lets the run go on without it', async () => {
    const bench = await Bench.make({ answer: twoSteps });
    const first = await bench.start();
    await bench.gate(first);
    const asked = bench.rollBackAtGate(first, 1).catch((error: unknown) => error);
    await crashAt(bench, first, (entry) => entry.type === 'gate.decided');
    await asked;
    const window = await bench.resume(first);
    const state = await bench.until(window, 'the rollback', (s) => s.lastRollback !== null);
    expect(state.paused?.reason).toBe('rollback');
    expect(bench.requests.length).toBe(3);
    const types = bench.journal(window).map((entry) => entry.type);
    expect(types.slice(types.indexOf('gate.decided'), types.indexOf('run.paused'))).not.toContain('engine.started');
  });
});
