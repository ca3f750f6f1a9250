import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeRunLock } from '../../../src/engine/lock/runLock.ts';
import { takeWorkspaceLock } from '../../../src/engine/lock/workspaceLock.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'belay-lock-')));
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  await rm(folder, { recursive: true, force: true });
});

async function holder(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holder.ts'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: line.toString().trim() };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const active = (workspace: string, runId = 'mine') =>
  takeWorkspaceLock(join(folder, 'workspaces'), { workspace, runId, pid: process.pid });

describe('the run lock', () => {
  it('J7: refuses a second writer, in this process and in another', async () => {
    const first = takeRunLock(folder);
    expect(first.held).toBe(false);
    expect(takeRunLock(folder)).toEqual({ held: true });
    expect((await holder('run', folder)).said).toBe('refused');
    if (!first.held) first.lock.dispose();
    expect((await holder('run', folder)).said).toBe('held');
  });

  it('J7: is free right after its holder was killed', async () => {
    const { child, said } = await holder('run', folder);
    expect(said).toBe('held');
    expect(takeRunLock(folder)).toEqual({ held: true });
    await end(child);
    const mine = takeRunLock(folder);
    expect(mine.held).toBe(false);
    if (!mine.held) mine.lock.dispose();
  });
});

describe('the workspace lock', () => {
  it('W1: refuses the same folder, one within it and one around it, by real path, with a message for a person', async () => {
    await mkdir(join(folder, 'a/b/c'), { recursive: true });
    await mkdir(join(folder, 'a/bb'));
    await symlink(join(folder, 'a/b'), join(folder, 'link'));
    expect((await holder('workspace', join(folder, 'workspaces'), join(folder, 'a/b'), '7f3a')).said).toBe('held');
    for (const path of ['a/b', 'a/b/c', 'a', 'link', 'link/c']) {
      expect(await active(join(folder, path)), path).toMatchObject({
        ok: false,
        holder: { runId: '7f3a' },
        message: `a run is active in ${folder}/a/b (run 7f3a): open it or stop it first`,
      });
    }
    const beside = await active(join(folder, 'a/bb'));
    expect(beside.ok).toBe(true);
    if (beside.ok) await beside.lock.release();
  });

  it('W1: a killed holder is no holder', async () => {
    await mkdir(join(folder, 'a/b'), { recursive: true });
    const { child } = await holder('workspace', join(folder, 'workspaces'), join(folder, 'a/b'), '7f3a');
    expect((await active(join(folder, 'a'))).ok).toBe(false);
    await end(child);
    const result = await active(join(folder, 'a'));
    expect(result.ok).toBe(true);
    expect((await readdir(join(folder, 'workspaces'))).filter((name) => name.endsWith('.json'))).toHaveLength(1);
    if (result.ok) await result.lock.release();
    expect((await readdir(join(folder, 'workspaces'))).filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  it('W1: of several that start at once in overlapping folders one wins', async () => {
    await mkdir(join(folder, 'a/b/c/d'), { recursive: true });
    const results = await Promise.all(['a', 'a/b', 'a/b/c', 'a/b/c/d'].map((path) => active(join(folder, path), path)));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    const all = await Promise.all(
      ['a', 'a/b', 'a/b/c'].map((path) => holder('workspace', join(folder, 'others'), join(folder, path), path)),
    );
    expect(all.filter(({ said }) => said === 'held')).toHaveLength(1);
    for (const result of results) if (result.ok) await result.lock.release();
  });

  it('W1: sabotaged: looking before locking lets two in', async () => {
    await mkdir(join(folder, 'a/b'), { recursive: true });
    const naive = async (workspace: string) => {
      const names = await readdir(join(folder, 'naive')).catch(() => []);
      await mkdir(join(folder, 'naive', String(workspace.length)), { recursive: true });
      return names.length === 0;
    };
    const results = await Promise.all([naive(join(folder, 'a')), naive(join(folder, 'a/b'))]);
    expect(results.filter(Boolean)).not.toHaveLength(1);
  });
});
