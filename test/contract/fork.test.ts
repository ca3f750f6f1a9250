/** Contract of the real engine: a checkpoint in a new folder or worktree, and the run that begins there. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Bench, runIdOf, say, script, writes } from './harness.ts';

const everyStep = { gates: { everySteps: 1 } };
const answers = script(
  say('One file.', writes('upper.sh', 'cat\n')),
  say('Now better.', writes('upper.sh', 'tr a-z A-Z\n')),
);

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: 'pipe' }).trimEnd();

/** Path, type, mode and bytes of all that stands there, without `.git` and the task file. */
function look(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^\.git(\/|$)/.test(name) && name !== 'belay.json',
  );
  return names.sort().map((name) => {
    const path = join(folder, name);
    const stat = lstatSync(path);
    const mode = stat.isSymbolicLink() ? '' : (stat.mode & 0o7777).toString(8);
    const bytes = stat.isSymbolicLink() ? readlinkSync(path) : stat.isFile() ? readFileSync(path, 'base64') : '';
    return `${name} ${mode} ${bytes}`;
  });
}

async function begun() {
  const bench = await Bench.make({ answer: answers, task: everyStep });
  const { workspace } = bench;
  mkdirSync(join(workspace, 'empty'), { mode: 0o700 });
  bench.write('private', 'mine\n');
  chmodSync(join(workspace, 'private'), 0o600);
  symlinkSync('nowhere', join(workspace, 'link'));
  const window = await bench.start();
  await bench.gate(window);
  const then = look(workspace);
  await bench.accept(window);
  await bench.gate(window, 2);
  return { bench, window, then };
}

describe('a fork', () => {
  it('C2: is the checkpoint exactly, with modes and empty folders, and its run names where it came from', async () => {
    const { bench, window, then } = await begun();
    const to = join(bench.folder, 'fork');
    expect(look(bench.workspace)).not.toEqual(then);
    const { workspace } = await window.request('fork', { checkpoint: 1, to });
    expect(workspace).toBe(to);
    expect(look(to)).toEqual(then);
    expect(existsSync(join(to, '.git'))).toBe(false);
    expect(window.state.gate?.gate).toBe(2);
    expect(bench.entries(window, 'run.forked')).toMatchObject([{ checkpoint: 1, workspace: to }]);
    expect(window.state.happenings.at(-1)).toMatchObject({ text: `Forked into ${to}`, checkpoint: 1 });
    const forked = await bench.start({ workspace: to });
    expect(forked.state.run?.forkedFrom).toEqual({ run: runIdOf(window), checkpoint: 1 });
    expect(bench.entries(forked, 'run.created')[0]?.forkedFrom).toEqual({ run: runIdOf(window), checkpoint: 1 });
    await forked.request('stop', {});
    await bench.until(forked, 'the end', ({ ended }) => ended !== null);
    // A later run of the same folder begins as what stands there then.
    const later = await bench.start({ workspace: to });
    expect(later.state.run?.forkedFrom).toBeUndefined();
  });

  it('H2: held-out cases stay outside; a relative name of them becomes a whole path, and comments stay', async () => {
    const { bench, window } = await begun();
    const file = join(bench.workspace, 'belay.json');
    const task = readFileSync(file, 'utf8').replace(JSON.stringify(bench.heldOutFile), '"../outside/heldout.jsonl"');
    writeFileSync(file, `// mine\n${task}`);
    await bench.rollBackAtGate(window, 2);
    await bench.until(window, 'paused', ({ paused }) => paused !== null);
    const { checkpoints } = window.state;
    const to = join(bench.folder, 'deep', 'er', 'fork');
    await window.request('fork', { checkpoint: checkpoints.length - 1, to });
    const made = readFileSync(join(to, 'belay.json'), 'utf8');
    expect(made).toMatch(/^\/\/ mine\n/);
    expect(made).toContain(JSON.stringify(bench.heldOutFile));
    expect(readdirSync(to, { recursive: true, encoding: 'utf8' }).some((name) => name.includes('heldout'))).toBe(false);
  });

  it('is a worktree of the repository where that is wanted, on a branch of its own', async () => {
    const { bench, window, then } = await begun();
    const to = join(bench.folder, 'tree');
    const before = [git(bench.workspace, 'rev-parse', 'main'), git(bench.workspace, 'status', '--porcelain')];
    await window.request('fork', { checkpoint: 1, to, branch: 'belay/try' });
    expect(look(to)).toEqual(then);
    expect(git(to, 'branch', '--show-current')).toBe('belay/try');
    expect(git(to, 'status', '--porcelain')).toContain('?? upper.sh');
    expect([git(bench.workspace, 'rev-parse', 'main'), git(bench.workspace, 'status', '--porcelain')]).toEqual(before);
    expect(bench.entries(window, 'run.forked')).toMatchObject([{ workspace: to, branch: 'belay/try' }]);
    const again = window.request('fork', { checkpoint: 1, to: join(bench.folder, 'two'), branch: 'belay/try' });
    await expect(again).rejects.toThrow(/^There is a branch belay\/try already/);
    expect(existsSync(join(bench.folder, 'two'))).toBe(false);
    expect(git(bench.workspace, 'worktree', 'list').split('\n')).toHaveLength(2);
  });

  it('refuses a folder that is not empty, overlaps the run or Belay’s own, or is no whole path', async () => {
    const { bench, window } = await begun();
    const fork = (to: string) => window.request('fork', { checkpoint: 1, to });
    bench.write('../full/mine', 'x');
    await expect(fork(join(bench.folder, 'full'))).rejects.toThrow(/is there and not empty/);
    await expect(fork(join(bench.workspace, 'inside'))).rejects.toThrow(/overlaps the folder of the run/);
    await expect(fork(bench.folder)).rejects.toThrow(/overlaps the folder of the run/);
    await expect(fork(join(bench.state, 'x'))).rejects.toThrow(/overlaps the folder where Belay keeps its runs/);
    await expect(fork('fork')).rejects.toThrow(/is no whole path/);
    await expect(window.request('fork', { checkpoint: 99, to: join(bench.folder, 'x') })).rejects.toThrow(
      /no checkpoint 99/,
    );
    expect(readFileSync(join(bench.folder, 'full', 'mine'), 'utf8')).toBe('x');
  });
});
