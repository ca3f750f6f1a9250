/** Job: whatever a command does, it ends within its limits and leaves nothing behind. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import type { CommandLimits, CommandOutcome, CommandRequest, Sandbox } from '../../../src/engine/sandbox/shape.ts';

vi.setConfig({ testTimeout: 60_000 });
const sealed = chooseSandbox(await probeSandbox(), false);
if (sealed === null) throw new Error('these tests need bubblewrap');
const unsealed: Sandbox = { kind: 'unsealed' };
const plenty: CommandLimits = { wallMs: 20_000, outputBytes: 100_000, memoryMb: 512, processes: 64 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-limits-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function shell(
  sandbox: Sandbox,
  command: string,
  change: Partial<CommandLimits> = {},
  more: Partial<CommandRequest> = {},
): Promise<CommandOutcome> {
  return runCommand({
    sandbox,
    shape: {
      kind: 'agent',
      workspace: placeOf(folder),
      replaced: [],
      readOnly: [],
      mask: { files: [], folders: [] },
      toolchains: [],
      never: [],
    },
    command: ['/bin/bash', '-c', command],
    streams: 'separate',
    limits: { ...plenty, ...change },
    ...more,
  });
}

/** Living processes whose command line holds the text; a zombie has none. */
function alive(text: string): number {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(text);
    } catch {
      return false; // ended while we looked
    }
  }).length;
}

describe.each([
  ['sealed', sealed],
  ['unsealed', unsealed],
] as const)('a %s command', (name, sandbox) => {
  // a duration that no other process on the machine sleeps for
  const asleep = name === 'sealed' ? '98765.25' : '98764.75';

  it('B3: ends by itself with its exit code and both outputs', async () => {
    const outcome = await shell(sandbox, 'cat; echo err >&2; exit 7', {}, { stdin: 'in' });
    expect(outcome).toMatchObject({ endedBy: 'exit', exitCode: 7, message: null, sealed: name === 'sealed' });
    expect([outcome.stdout.toString(), outcome.stderr.toString()]).toEqual(['in', 'err\n']);
  });

  it('B3: tells a crash by its signal, and keeps true order where the streams are together', async () => {
    expect(await shell(sandbox, 'kill -SEGV $$')).toMatchObject({ endedBy: 'exit', exitCode: 139 });
    const together = await shell(
      sandbox,
      'for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done',
      {},
      { streams: 'together' },
    );
    expect(together.stdout.toString()).toBe('o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\n');
  });

  it('B3: is killed after its time with all that it started, detached children too', async () => {
    const outcome = await shell(sandbox, `setsid sleep ${asleep} & (sleep ${asleep} & ) ; sleep ${asleep}`, {
      wallMs: 400,
    });
    expect(outcome).toMatchObject({ endedBy: 'timeout', exitCode: null, message: 'stopped after 0.4 s' });
    expect(alive(asleep)).toBe(0);
  });

  it('B3: leaves nothing behind when it ends by itself', async () => {
    const outcome = await shell(
      sandbox,
      `setsid sleep ${asleep} >/dev/null 2>&1 & (setsid sleep ${asleep} &) ; sleep 0.2; echo done`,
    );
    expect(outcome).toMatchObject({ endedBy: 'exit', exitCode: 0 });
    expect(alive(asleep)).toBe(0);
  });

  it('B3: is killed when it writes without end; what it wrote is cut at the limit', async () => {
    const outcome = await shell(sandbox, 'yes');
    expect(outcome).toMatchObject({ endedBy: 'output', exitCode: null });
    expect(outcome.stdout.length).toBe(plenty.outputBytes);
  });

  it('B3: is killed when it writes on after the very last byte that it may', async () => {
    const outputBytes = 100_000;
    const exactly = `head -c ${String(outputBytes)} /dev/zero`;
    expect(await shell(sandbox, exactly, { outputBytes })).toMatchObject({ endedBy: 'exit', exitCode: 0 });
    const outcome = await shell(sandbox, `${exactly}; sleep 0.3; echo more; exec sleep 10`, { outputBytes });
    expect(outcome).toMatchObject({ endedBy: 'output', exitCode: null });
    expect(outcome.stdout.length).toBe(outputBytes);
  });

  it('B3: is killed when its children together use too much memory', async () => {
    const hog = `perl -e '$x = "x" x (120 * 1048576); sleep 60'`;
    const outcome = await shell(sandbox, `${hog} & ${hog} & ${hog} & wait`, { memoryMb: 200 });
    expect(outcome).toMatchObject({ endedBy: 'memory', message: 'stopped: it used more than 200 MB of memory' });
    expect(outcome.wallMs).toBeLessThan(10_000);
  });

  it('B3: is killed when it has too many processes', async () => {
    const outcome = await shell(sandbox, `for i in $(seq 60); do sleep ${asleep} & done; wait`, { processes: 30 });
    // the kernel's own limit may be first where the user is not root: then the shell gives up by itself
    expect(['processes', 'exit']).toContain(outcome.endedBy);
    expect(alive(asleep)).toBe(0);
  });

  it('B3: is killed when it fills the disk, with many files none of which is too large', async () => {
    const fill = 'for i in $(seq 8); do head -c 30000000 /dev/zero > f$i; sync f$i; done; sleep 10';
    const outcome = await shell(sandbox, fill, { diskBytes: 60_000_000 });
    expect(outcome).toMatchObject({
      endedBy: 'disk',
      message: 'stopped: it filled the disk, of which a command may take 60 MB and leaves 1.0 GB free',
    });
  });

  it('B3: is cancelled at once, before and after its start', async () => {
    const abort = new AbortController();
    const running = shell(
      sandbox,
      `echo up; sleep ${asleep}`,
      {},
      {
        signal: abort.signal,
        onOutput: () => {
          abort.abort();
        },
      },
    );
    expect(await running).toMatchObject({ endedBy: 'abort', message: 'cancelled' });
    expect(alive(asleep)).toBe(0);
    expect(await shell(sandbox, 'true', {}, { signal: abort.signal })).toMatchObject({ endedBy: 'abort', wallMs: 0 });
  });

  it('B3: says so when the program is not there, which is no failure of the program', async () => {
    const outcome = await shell(sandbox, '', {}, { command: ['no-such-program'] });
    expect(outcome.endedBy).toBe('not-started');
    expect(outcome.message).toMatch(/no-such-program/);
  });

  it('B3: does not mind a command that reads none of its input', async () => {
    expect(await shell(sandbox, 'exit 0', {}, { stdin: 'x'.repeat(1_000_000) })).toMatchObject({
      endedBy: 'exit',
      exitCode: 0,
    });
  });
});

it('B3: a fork bomb in the sandbox is bounded', async () => {
  // It doubles, but only eight times: where the limit fails, the machine that the test runs on does not.
  const bomb = 'bomb() { if [ "$1" -gt 0 ]; then bomb $(($1 - 1)) & bomb $(($1 - 1)) & fi; sleep 6; }; bomb 8';
  const outcome = await shell(sealed, bomb, { processes: 100, wallMs: 20_000 });
  expect(outcome.endedBy).toBe('processes');
});

it('B3: folders in memory have a size, and nothing else can be written', async () => {
  mkdirSync(join(folder, 'build'));
  const outcome = await runCommand({
    sandbox: sealed,
    shape: {
      kind: 'case',
      build: join(folder, 'build'),
      entries: [],
      folder: null,
      mask: { files: [], folders: [] },
      toolchains: [],
      never: [],
    },
    command: [
      '/bin/bash',
      '-c',
      'for d in . /tmp /dev/shm /dev / /run /belay $HOME; do { head -c 80000000 /dev/zero > $d/f; } 2>/dev/null && echo "$d took it"; done; true',
    ],
    streams: 'together',
    limits: plenty,
  });
  expect(outcome.stdout.toString()).toBe('');
});
