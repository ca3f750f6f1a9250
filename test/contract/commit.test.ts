/** Contract of the real engine: accept and commit, with real git and hooks, through crashes, and back. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunConnection } from '../../src/client/connection.ts';
import type { CommitScope } from '../../src/protocol/messages.ts';
import { engineFile } from '../../src/protocol/places.ts';
import { shownOf } from '../../src/run/shown.ts';
import { Bench, say, script, writes } from './harness.ts';

const everyStep = { gates: { everySteps: 1 } };
const answers = script(
  say('Two files.', writes('upper.sh', 'cat\n'), writes('notes.md', 'first\n')),
  say('Now better.', writes('upper.sh', 'tr a-z A-Z\n')),
);

const git = (bench: Bench, ...args: string[]) =>
  execFileSync('git', ['-C', bench.workspace, ...args], { encoding: 'utf8', stdio: 'pipe' }).trimEnd();

function hook(bench: Bench, name: string, script: string): void {
  const file = join(bench.workspace, '.git', 'hooks', name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

async function commit(window: RunConnection, scope: CommitScope, message?: string) {
  const proposal = await window.request('proposeCommit', scope);
  const params = { ...scope, message: message ?? proposal.message, shown: shownOf(window.state, null), session: {} };
  return { proposal, ...(await window.request('acceptAndCommit', params)) };
}

const killsEngine = (window: RunConnection) =>
  `kill -9 $(sed -n 's/.*"pid": *\\([0-9]*\\).*/\\1/p' '${engineFile(window.run)}')`;

async function begun(): Promise<{ bench: Bench; window: RunConnection }> {
  const bench = await Bench.make({ answer: answers, task: everyStep });
  const window = await bench.start();
  await bench.gate(window);
  return { bench, window };
}

/** Stopped at its first gate, with nothing accepted. */
async function ended(): Promise<{ bench: Bench; window: RunConnection }> {
  const { bench, window } = await begun();
  await window.request('stop', {});
  await bench.until(window, 'the end', (state) => state.ended !== null);
  return { bench, window };
}

async function seenIn(window: RunConnection, wanted: string) {
  const { files } = await window.request('compare', { from: 'accepted', to: 'workspace' });
  return files.filter(({ path }) => path === wanted).map(({ path, version }) => ({ path, version }));
}

describe('accept and commit', () => {
  it('commits what the gate accepts with its trailers, leaves staged work, and is taken back with its acceptance', async () => {
    const { bench, window } = await begun();
    bench.write('mine.txt', 'changed by me, and staged\n');
    git(bench, 'add', 'mine.txt');
    const staged = git(bench, 'diff', '--cached');
    const parent = git(bench, 'rev-parse', 'HEAD');
    const done = await commit(window, { gate: 1 });
    expect(done.proposal).toEqual({ branch: 'main', message: 'Two files', files: 2, leftOut: [] });
    expect(git(bench, 'log', '-1', '--format=%B')).toBe(
      `Two files\n\nBelay-Run: ${window.state.run?.runId ?? ''}\nBelay-Steps: 1`,
    );
    expect(git(bench, 'show', '--format=', '--name-only', 'HEAD')).toBe('notes.md\nupper.sh');
    expect(git(bench, 'diff', '--cached')).toBe(staged);
    const types = bench.journal(window).map(({ type }) => type);
    const at = types.indexOf('commit.started');
    expect(types.slice(at, at + 3)).toEqual(['commit.started', 'commit.finished', 'gate.decided']);
    await bench.gate(window, 2);
    const acceptance = window.state.beforeAccept?.acceptance ?? 0;
    await window.request('undoAccept', { acceptance });
    expect(git(bench, 'rev-parse', 'HEAD')).toBe(parent);
    expect(git(bench, 'diff', '--cached')).toBe(staged);
    expect(window.state).toMatchObject({ accepted: 0, lastCommit: null, beforeAccept: null });
  });

  it('G1: a hook that refuses leaves the gate open, and nothing is committed or accepted', async () => {
    const { bench, window } = await begun();
    hook(bench, 'pre-commit', 'echo "run the formatter first" >&2; exit 1');
    const before = [git(bench, 'rev-parse', 'HEAD'), git(bench, 'status', '--porcelain')];
    await expect(commit(window, { gate: 1 })).rejects.toThrow(/run the formatter first/);
    expect([git(bench, 'rev-parse', 'HEAD'), git(bench, 'status', '--porcelain')]).toEqual(before);
    expect(window.state.gate?.gate).toBe(1);
    expect(window.state).toMatchObject({ accepted: 0, commit: null });
    expect(bench.entries(window, 'commit.failed')[0]?.message).toContain('run the formatter first');
    // The same without the hook goes through: it was the hook that held it.
    hook(bench, 'pre-commit', 'exit 0');
    expect((await commit(window, { gate: 1 }, 'By hand')).accepted).toBe(true);
    expect(git(bench, 'log', '-1', '--format=%s')).toBe('By hand');
  });

  it('commits ticked files in the versions that were looked at', async () => {
    const { bench, window } = await begun();
    const seen = await seenIn(window, 'upper.sh');
    await commit(window, { files: seen });
    expect(git(bench, 'show', '--format=', '--name-only', 'HEAD')).toBe('upper.sh');
    expect(window.state.acceptedFiles).toEqual({ 'upper.sh': 1 });
    expect(window.state.gate?.gate).toBe(1);
    await expect(commit(window, { files: seen })).rejects.toThrow(/^These files are in your newest commit as they are/);
  });

  it('S1: an engine that died after the commit finds it by its trailer, and makes its acceptance good', async () => {
    const { bench, window } = await begun();
    hook(bench, 'post-commit', killsEngine(window));
    await expect(commit(window, { gate: 1 })).rejects.toThrow();
    const made = git(bench, 'rev-parse', 'HEAD');
    hook(bench, 'post-commit', 'exit 0');
    const again = await bench.resume(window);
    await bench.until(again, 'the commit settled', ({ commit: begunOne }) => begunOne === null);
    expect(again.state.lastCommit?.commit).toBe(made);
    expect(bench.entries(again, 'gate.decided')).toHaveLength(1);
    expect(git(bench, 'status', '--porcelain', 'upper.sh', 'notes.md')).toBe('');
  });

  it('S1: an engine that died in a hook leaves no commit behind that comes later', async () => {
    const { bench, window } = await begun();
    const before = git(bench, 'rev-parse', 'HEAD');
    hook(bench, 'pre-commit', `${killsEngine(window)}\nsleep 30`);
    await expect(commit(window, { gate: 1 })).rejects.toThrow();
    const again = await bench.resume(window);
    await bench.until(again, 'the commit settled', ({ commit: begunOne }) => begunOne === null);
    expect(again.state.lastCommit).toBeNull();
    expect(again.state.gate?.gate).toBe(1);
    expect(bench.entries(again, 'commit.failed')[0]?.message).toMatch(/^the engine ended before it was made/);
    expect(git(bench, 'rev-parse', 'HEAD')).toBe(before);
  });

  it('S2: after the end commits what was looked at, also what was edited since, and takes it back', async () => {
    const { bench, window } = await ended();
    const parent = git(bench, 'rev-parse', 'HEAD');
    bench.write('upper.sh', 'mine\n');
    await commit(window, { files: await seenIn(window, 'upper.sh') });
    expect(git(bench, 'show', '--format=', '--name-only', 'HEAD')).toBe('upper.sh');
    expect(git(bench, 'show', 'HEAD:upper.sh')).toBe('mine');
    const { head, checkpoints, acceptedFiles, beforeAccept } = window.state;
    expect(checkpoints.at(-1)?.kind).toBe('supervisor');
    expect(acceptedFiles).toEqual({ 'upper.sh': head });
    await window.request('undoAccept', { acceptance: beforeAccept?.acceptance ?? 0 });
    expect(git(bench, 'rev-parse', 'HEAD')).toBe(parent);
    expect(window.state).toMatchObject({ acceptedFiles: {}, lastCommit: null });
    bench.write('notes.md', 'edited, and in no checkpoint\n');
    const stale = await seenIn(window, 'notes.md');
    bench.write('notes.md', 'changed after the look\n');
    await expect(commit(window, { files: stale })).rejects.toThrow(/notes\.md has changed since you looked at it/);
    expect(git(bench, 'rev-parse', 'HEAD')).toBe(parent);
  });

  it('S1: of an ended run too an engine that died after the commit makes its acceptance good', async () => {
    const { bench, window } = await ended();
    hook(bench, 'post-commit', killsEngine(window));
    const files = await seenIn(window, 'upper.sh');
    await expect(commit(window, { files })).rejects.toThrow();
    const made = git(bench, 'rev-parse', 'HEAD');
    const again = await bench.resume(window);
    expect(again.state).toMatchObject({ commit: null, lastCommit: { commit: made } });
    expect(Object.keys(again.state.acceptedFiles)).toEqual(['upper.sh']);
  });

  it('refuses hooks that the run could have written', async () => {
    const { bench, window } = await begun();
    git(bench, 'config', 'core.hooksPath', 'hooks');
    bench.write('hooks/pre-commit', '#!/bin/sh\n');
    await expect(commit(window, { gate: 1 })).rejects.toThrow(/^The hooks of your repository were changed since/);
    expect(bench.entries(window, 'commit.started')).toEqual([]);
  });
});
