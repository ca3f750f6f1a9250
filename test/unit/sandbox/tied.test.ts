/** Job: both guards of a command, Perl's and the shell's, pass on how it ended, end it when they are told to, and only with their engine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tiedByShell, tiedToThisProcess } from '../../../src/engine/sandbox/tied.ts';

const guards = [
  ['Perl', (argv: string[], group: string | null = null) => tiedToThisProcess(argv, group, 3)],
  ['the shell', (argv: string[], group: string | null = null) => tiedByShell(argv, group)],
] as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-tied-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function start([program = '', ...args]: string[]): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said };
}

async function ended({ child, said }: ReturnType<typeof start>): Promise<readonly [code: unknown, said: string]> {
  const [code] = (await once(child, 'close')) as unknown[];
  return [code, said()];
}

/** The process that a command has started, when the command was told to end and has ended. */
async function sleeperOf(tied: (argv: string[]) => string[]): Promise<number> {
  const started = start(tied(['/bin/bash', '-c', 'sleep 600 >/dev/null 2>&1 & echo $!; wait']));
  await once(started.child.stdout ?? started.child, 'data');
  process.kill(started.child.pid ?? 0, 'SIGTERM');
  await once(started.child, 'close');
  return Number(started.said());
}

async function gone(pid: number): Promise<void> {
  for (let waited = 0; existsSync(`/proc/${String(pid)}`) && waited < 10_000; waited += 20) await sleep(20);
}

describe.each(guards)('the guard in %s', (_, tied) => {
  it('passes on what a command says and how it ended, by itself or by a signal', async () => {
    expect(await ended(start(tied(['/bin/sh', '-c', 'echo out; echo err >&2; exit 3'])))).toEqual([3, 'out\nerr\n']);
    expect((await ended(start(tied(['/bin/sh', '-c', 'kill -KILL $$']))))[0]).toBe(137);
  });

  it('enters the group that it is given, and does without one that is not there', async () => {
    const entrance = join(folder, 'tasks');
    await ended(start(tied(['/bin/true'], entrance)));
    expect(readFileSync(entrance, 'utf8').trim()).toBe('0');
    expect(await ended(start(tied(['/bin/echo', 'on'], join(folder, 'gone/tasks'))))).toEqual([0, 'on\n']);
  });

  it('says as bubblewrap would that there is none', async () => {
    const [code, said] = await ended(start(tied([join(folder, 'bwrap')])));
    expect([code, said.startsWith('bwrap: ')]).toEqual([1, true]);
  });

  it('S1: ends all that it has started when it is told to', async () => {
    const pid = await sleeperOf(tied);
    await gone(pid);
    expect(existsSync(`/proc/${String(pid)}`)).toBe(false);
  });

  it('S1: starts nothing where its engine is gone already: another process is its parent then', async () => {
    expect(await ended(start(['/bin/bash', '-c', '"$@"; exit "$?"', 'sh', ...tied(['/bin/echo', 'on'])]))).toEqual([
      125,
      '',
    ]);
  });
});

it('S1: without a guard what a command has started goes on (sabotaged: the check can fail)', async () => {
  const pid = await sleeperOf((argv) => argv);
  expect(existsSync(`/proc/${String(pid)}`)).toBe(true);
  process.kill(pid);
  await gone(pid);
});

it('H2: the guard in Perl closes what it was not meant to have', async () => {
  const open = ['/bin/bash', '-c', 'exec 9</etc 77</etc; exec "$@"', 'sh'];
  const list = ['/bin/bash', '-c', 'for f in /proc/$$/fd/*; do echo "${f##*/}"; done'];
  const inside = async (argv: string[]) => (await ended(start([...open, ...argv])))[1].split('\n');
  expect(await inside(list)).toEqual(expect.arrayContaining(['9', '77'])); // without it they pass
  expect((await inside(tiedToThisProcess(list, null, 3))).filter((one) => ['9', '77'].includes(one))).toEqual([]);
});
