/** Job: a command that is ended while its sandbox is still being made ends at once, and leaves nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import type { Shape } from '../../../src/engine/sandbox/shape.ts';

vi.setConfig({ testTimeout: 60_000 });
const sealed = chooseSandbox(await probeSandbox(), false);
if (sealed === null) throw new Error('these tests need bubblewrap');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-abort-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const nothing = { mask: { files: [], folders: [] }, toolchains: [], never: [] };
const shapes: readonly (readonly [string, () => Shape])[] = [
  ['agent', () => ({ kind: 'agent', workspace: placeOf(folder), replaced: [], readOnly: [], ...nothing })],
  ['reference', () => ({ kind: 'reference', needs: [], folder: null, ...nothing })],
];

function living(word: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word);
    } catch {
      return false; // it ended while we looked
    }
  }).length;
}

it.each(shapes)(
  'B3: a command of the %s that is cancelled at any moment of its start ends whole',
  async (kind, shape) => {
    const seconds = String(700_000 + Math.floor(Math.random() * 99_999));
    for (let afterMs = 0; afterMs < 24; afterMs += 0.5) {
      const cancel = new AbortController();
      const outcome = runCommand({
        sandbox: sealed,
        shape: shape(),
        command: ['/usr/bin/sleep', seconds],
        streams: 'separate',
        limits: { wallMs: 50_000, outputBytes: 1_000, memoryMb: 256, processes: 16 },
        signal: cancel.signal,
      });
      const until = performance.now() + afterMs;
      while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
      cancel.abort();
      expect((await outcome).endedBy, `${kind} after ${String(afterMs)} ms`).toBe('abort');
    }
    expect(living(seconds)).toBe(0);
  },
);

const kinds = [
  ['agent', 'sealed'],
  ['build', 'sealed'],
  ['reference', 'sealed'],
  ['agent', 'unsealed'],
  ['build', 'unsealed'],
] as const;

it.each(kinds)(
  'S1: a command of the %s, %s, that is being started or runs when its engine is killed does not outlive it',
  async (kind, how) => {
    const seconds = String(800_000 + Math.floor(Math.random() * 99_999));
    const child = join(import.meta.dirname, 'abortChild.ts');
    for (const afterMs of [0, 3, 6, 9, 12, 15, 20, 200]) {
      const engine = spawn(process.execPath, [child, folder, seconds, kind, how], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(engine.stdout, 'data');
      await wait(afterMs);
      engine.kill('SIGKILL');
      await once(engine, 'exit');
    }
    for (let waitedMs = 0; waitedMs < 5_000 && living(seconds) > 0; waitedMs += 20) await wait(20);
    expect(living(seconds)).toBe(0);
  },
);
