/** Contract of the real engine: the supervisor's files, checkpoints and rollbacks. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Bench, reads, runs, say, script, upper, writes } from './harness.ts';

const everyStep = { gates: { everySteps: 1 } };

/** Every file below with its mode and content, to compare before and after. */
function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const facts = files.map((one) => {
    const path = join(one.parentPath, one.name);
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
    return [path.slice(folder.length + 1), `${statSync(path).mode.toString(8)} ${digest}`] as const;
  });
  return Object.fromEntries(facts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const growing = script(
  say('A first try.', writes('upper.sh', 'cat\n'), writes('notes.md', 'one\n')),
  say(
    'Capitals.',
    writes('upper.sh', upper),
    writes('deep/new.txt', 'new\n'),
    runs('rm notes.md; chmod 600 deep/new.txt'),
  ),
);

describe('rolling back', () => {
  it('C4, C1: at a gate it restores the bytes, is undone to the bytes, and the next request knows only what stands', async () => {
    const bench = await Bench.make({ answer: growing, task: everyStep });
    const repository = contentsOf(join(bench.workspace, '.git'));
    const window = await bench.start();
    await bench.gate(window);
    const afterOne = contentsOf(bench.workspace);
    await bench.accept(window);
    await bench.gate(window, 2);
    const afterTwo = contentsOf(bench.workspace);
    expect(afterTwo).not.toEqual(afterOne);
    await bench.rollBackAtGate(window, 1);
    expect(contentsOf(bench.workspace)).toEqual(afterOne);
    expect(window.state).toMatchObject({
      gate: null,
      paused: { reason: 'rollback' },
      lastRollback: { to: 1, conflicts: [] },
    });
    await window.request('undoRollback', {});
    expect(contentsOf(bench.workspace)).toEqual(afterTwo);
    const [, second] = bench.entries(window, 'gate.opened');
    const { head } = window.state;
    expect(window.state, 'G1: the gate that the rollback decided holds again').toMatchObject({
      gate: { gate: 3, step: second?.step, reasons: second?.reasons, checkpoint: head },
      paused: null,
    });
    // And back again by the same road; then the run goes on from there.
    await bench.rollBackAtGate(window, 1);
    expect(contentsOf(bench.workspace)).toEqual(afterOne);
    expect(bench.requests.length).toBe(2);
    await window.request('resume', {});
    await bench.gate(window, 4);
    const last = bench.requests[2]?.text ?? '';
    expect(last).toContain('A first try.');
    expect(last).toContain('The supervisor rolled back the workspace to the end of step 1 (checkpoint 1)');
    expect(last).not.toContain('Capitals.');
    expect(last).not.toContain('deep/new.txt');
    expect(bench.requests[1]?.text, 'the same words before the rollback').toContain('A first try.');
    expect(contentsOf(join(bench.workspace, '.git')), 'nothing of the repository was touched').toEqual(repository);
  });

  it('C4: asked for while a step runs it is done at the end of the step, and takes along what the step changed', async () => {
    const released = Promise.withResolvers<undefined>();
    const bench = await Bench.make({
      answer: growing,
      task: { gates: { everySteps: 9 } },
      server: {
        beforeChunk: async ({ number }, index) => {
          if (number === 2 && index === 1) await released.promise;
        },
      },
    });
    const window = await bench.start();
    await bench.until(window, 'the second request', (state) => state.step?.step === 2 && state.step.request !== null);
    const { digest } = await window.request('planRollback', { to: 0 });
    const before = bench.read('README');
    const asked = window.request('rollBack', { to: 0, planDigest: digest });
    expect(bench.read('upper.sh')).toBe('cat\n');
    released.resolve(undefined);
    await asked;
    const state = await bench.until(window, 'the pause', ({ paused }) => paused?.reason === 'rollback');
    expect(state.checkpoints.map((one) => one.kind)).toEqual(['baseline', 'step', 'step', 'safety', 'rollback']);
    expect([bench.read('upper.sh'), bench.read('README')]).toEqual([null, before]);
  });

  it('C4: asked for in a step that changes nothing it is done at its end and the run is paused', async () => {
    const released = Promise.withResolvers<undefined>();
    const bench = await Bench.make({
      answer: script(
        say('A try.', writes('upper.sh', 'cat\n')),
        say('I look.', reads('upper.sh')),
        say('I look again.', reads('upper.sh')),
      ),
      server: {
        beforeChunk: async ({ number }, index) => {
          if (number === 2 && index === 1) await released.promise;
        },
      },
    });
    const window = await bench.start();
    await bench.until(window, 'the second request', (state) => state.step?.step === 2 && state.step.request !== null);
    const { digest } = await window.request('planRollback', { to: 0 });
    const asked = window.request('rollBack', { to: 0, planDigest: digest });
    released.resolve(undefined);
    const { checkpoint } = await asked;
    expect(window.state).toMatchObject({
      head: checkpoint,
      step: null,
      stepsFinished: 2,
      paused: { reason: 'rollback' },
    });
    expect(bench.read('upper.sh')).toBeNull();
    expect(bench.requests.length).toBe(2);
  });

  it('C6, S2: what the supervisor edits at a gate is a checkpoint of theirs before the next step, and survives a rollback', async () => {
    const bench = await Bench.make({ answer: growing, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    bench.write('mine.txt', 'The supervisor wrote more.\n');
    bench.write('theirs.txt', 'new, by the supervisor\n');
    await bench.accept(window);
    await bench.gate(window, 2);
    expect(window.state.checkpoints.map((one) => [one.kind, one.step])).toEqual([
      ['baseline', null],
      ['step', 1],
      ['supervisor', null],
      ['step', 2],
    ]);
    const [, , theirs] = window.state.checkpoints;
    expect(theirs?.changeset.paths).toEqual([
      { path: 'mine.txt', change: 'modified' },
      { path: 'theirs.txt', change: 'added' },
    ]);
    const order = bench
      .journal(window)
      .filter(
        (entry) =>
          entry.type === 'step.started' || (entry.type === 'checkpoint.created' && entry.kind === 'supervisor'),
      )
      .map((entry) => entry.type);
    expect(order).toEqual(['step.started', 'checkpoint.created', 'step.started']);
    expect(bench.requests[1]?.text).toContain(
      'The supervisor changed these files between your steps: mine.txt, theirs.txt.',
    );
    bench.write('later.txt', 'edited while the gate is open\n');
    await bench.rollBackAtGate(window, 0);
    expect([bench.read('upper.sh'), bench.read('deep/new.txt')]).toEqual([null, null]);
    expect([bench.read('mine.txt'), bench.read('theirs.txt'), bench.read('later.txt')]).toEqual([
      'The supervisor wrote more.\n',
      'new, by the supervisor\n',
      'edited while the gate is open\n',
    ]);
  });

  it('C6: where both changed a file it is a conflict, and the present version stays', async () => {
    const bench = await Bench.make({ answer: growing, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    bench.write('upper.sh', 'the supervisor knows better\n');
    const { paths } = await window.request('planRollback', { to: 0 });
    expect(paths.map(({ path, action }) => [path, action])).toEqual([
      ['notes.md', 'delete'],
      ['upper.sh', 'conflict'],
    ]);
    await bench.rollBackAtGate(window, 0);
    expect(bench.read('upper.sh')).toBe('the supervisor knows better\n');
    expect(window.state.lastRollback?.conflicts).toEqual(['upper.sh']);
  });
});

describe('editing', () => {
  it('S3: a file that the supervisor changed is not overwritten: the agent is told and reads it again', async () => {
    const bench = await Bench.make({
      answer: script(
        say('A try.', writes('upper.sh', 'cat\n')),
        say('Better.', writes('upper.sh', 'rev\n')),
        say('I read first.', reads('upper.sh'), writes('upper.sh', upper)),
      ),
      task: everyStep,
    });
    const window = await bench.start();
    await bench.gate(window);
    bench.write('upper.sh', 'tac # mine\n');
    await bench.accept(window);
    await bench.gate(window, 2);
    expect(bench.read('upper.sh')).toBe('tac # mine\n');
    expect(window.state.steps[1]?.calls).toMatchObject([
      { status: 'error', head: 'error: upper.sh changed since you read it; read it again' },
    ]);
    await bench.accept(window);
    await bench.gate(window, 3);
    expect(window.state.steps[2]?.calls.map((call) => call.status)).toEqual(['ok', 'ok']);
    expect(bench.read('upper.sh')).toBe(upper);
  });

  it('S3: a file with unsaved changes in a window is refused', async () => {
    const bench = await Bench.make({
      answer: script(
        say('A try.', writes('mine.txt', 'gone\n')),
        say('Another.', reads('mine.txt'), writes('mine.txt', 'gone\n')),
      ),
      task: everyStep,
    });
    const window = await bench.start();
    await bench.gate(window);
    expect(window.state.steps[0]?.calls).toMatchObject([
      { status: 'error', head: 'error: mine.txt exists and you have not read it; read it first' },
    ]);
    await window.request('reportEditors', { dirty: [join(bench.workspace, 'mine.txt')], saved: [] });
    await bench.accept(window);
    await bench.gate(window, 2);
    expect(window.state.steps[1]?.calls.map((call) => call.status)).toEqual(['ok', 'refused']);
    expect(bench.read('mine.txt')).toBe('The supervisor wrote this.\n');
  });

  it('S3: each window has unsaved files of its own; they go with the window', async () => {
    const bench = await Bench.make({
      answer: script(
        say('A read.', reads('mine.txt'), writes('mine.txt', 'gone\n')),
        say('Once more.', writes('mine.txt', 'agreed\n')),
      ),
      task: everyStep,
      server: {
        beforeChunk: async ({ number }, index) => {
          if (number === 1 && index === 0) await reported.promise;
        },
      },
    });
    const reported = Promise.withResolvers<undefined>();
    const window = await bench.start();
    const other = await bench.resume(window);
    await window.request('reportEditors', { dirty: ['mine.txt'], saved: [] });
    await other.request('reportEditors', { dirty: ['other.txt'], saved: [] });
    reported.resolve(undefined);
    await bench.gate(other);
    expect(other.state.steps[0]?.calls.map((call) => call.status)).toEqual(['ok', 'refused']);
    window.dispose();
    await other.request('reportEditors', { dirty: [], saved: [] });
    await bench.accept(other);
    await bench.gate(other, 2);
    expect(other.state.steps[1]?.calls.map((call) => call.status)).toEqual(['ok']);
    expect(bench.read('mine.txt')).toBe('agreed\n');
  });

  it('S3, C6: what the supervisor saves while a step runs is theirs: told to the agent, and kept by a rollback', async () => {
    const saved = Promise.withResolvers<undefined>();
    const bench = await Bench.make({
      answer: growing,
      task: everyStep,
      server: {
        beforeChunk: async ({ number }, index) => {
          if (number === 2 && index === 1) await saved.promise;
        },
      },
    });
    const window = await bench.start();
    await bench.gate(window);
    await window.request('reportEditors', { dirty: [], saved: ['notes.md'] });
    await bench.accept(window);
    await bench.until(window, 'the second request', (state) => state.step?.step === 2 && state.step.request !== null);
    bench.write('mine.txt', 'Saved in mid-step.\n');
    bench.write('unsaid.txt', 'Nobody reported this.\n');
    await window.request('reportEditors', { dirty: [], saved: ['mine.txt', 'unchanged.txt'] });
    saved.resolve(undefined);
    await bench.gate(window, 2);
    const taken = window.state.checkpoints.at(-1);
    expect(taken).toMatchObject({ kind: 'step', step: 2, saved: ['mine.txt'] });
    expect(taken?.changeset.paths.map(({ path }) => path)).toContain('unsaid.txt');
    const plan = await window.request('planRollback', { to: 1 });
    const actions = Object.fromEntries(plan.paths.map(({ path, action }) => [path, action]));
    expect(actions).toMatchObject({ 'mine.txt': 'keep', 'upper.sh': 'write', 'unsaid.txt': 'delete' });
    await bench.rollBackAtGate(window, 1);
    expect(bench.read('mine.txt')).toBe('Saved in mid-step.\n');
    await window.request('resume', {});
    await bench.gate(window, 3);
    expect(bench.requests.at(-1)?.text).toContain('The supervisor changed these files between your steps: mine.txt.');
  });

  it('S2: what the supervisor edits at a gate that is decided by a rollback is told to the agent', async () => {
    const bench = await Bench.make({ answer: growing, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    await bench.accept(window);
    await bench.gate(window, 2);
    bench.write('mine.txt', 'Edited at the gate.\n');
    await bench.rollBackAtGate(window, 1);
    await window.request('resume', {});
    await bench.gate(window, 3);
    const last = bench.requests.at(-1)?.text ?? '';
    expect(last).toContain('The supervisor rolled back the workspace to the end of step 1');
    expect(last).toContain('The supervisor changed these files between your steps: mine.txt.');
    expect(bench.read('mine.txt')).toBe('Edited at the gate.\n');
  });

  it('C4: a rollback is refused when the workspace moved on since its plan, and nothing happened', async () => {
    const bench = await Bench.make({ answer: growing, task: everyStep });
    const window = await bench.start();
    await bench.gate(window);
    const { digest } = await window.request('planRollback', { to: 0 });
    unlinkSync(join(bench.workspace, 'notes.md'));
    const { seq } = window.state;
    const shown = { checkpoint: 1, visibleRate: 0, heldOutRate: 0, filesChanged: 2, spentUsd: 0 };
    await expect(
      window.request('decide', { gate: 1, decision: 'rollback', to: 0, planDigest: digest, shown }),
    ).rejects.toThrow(/^The workspace changed since this plan was made/);
    await expect(
      window.request('decide', { gate: 1, decision: 'rollback', to: 17, planDigest: digest, shown }),
    ).rejects.toThrow('There is no checkpoint 17.');
    await expect(window.request('rollBack', { to: 0, planDigest: digest })).rejects.toThrow(
      'A gate is open: decide it with a rollback.',
    );
    expect([window.state.seq, window.state.gate?.gate, bench.read('upper.sh')]).toEqual([seq, 1, 'cat\n']);
  });
});
