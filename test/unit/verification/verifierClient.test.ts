/** Job: a verifier that does not give up what was cancelled is killed, and with it all that it runs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { VerifierClient } from '../../../src/engine/verification/verifierClient.ts';
import { Bench, checkOutOf } from './candidates.ts';

vi.setConfig({ testTimeout: 30_000 });

let bench: Bench;
let client: VerifierClient<'visible'> | null = null;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  await client?.close();
  client = null;
  await bench.end();
});

const alive = (pid: string | undefined) =>
  existsSync(`/proc/${String(pid)}`) && !readFileSync(`/proc/${String(pid)}/stat`, 'latin1').includes(') Z ');

function stubborn(cancelMs: number): VerifierClient<'visible'> {
  const script = join(import.meta.dirname, 'stubborn.ts');
  client = new VerifierClient({ kind: 'visible', script, work: join(bench.run, 'work'), cancelMs });
  return client;
}

/** Asks a verifier, and cancels as soon as it has begun. */
function askAndCancel(verifier: VerifierClient<'visible'>): Promise<unknown> {
  const cancel = new AbortController();
  return verifier.verify({
    suite: { kind: 'visible', file: 'none' },
    recipe: bench.recipe(),
    tree: null,
    checkOut: checkOutOf({}),
    seed: 1,
    signal: cancel.signal,
    onProgress: () => {
      cancel.abort();
    },
  });
}

it('B3: one that ignores a cancel is killed after the deadline with what it runs, and the verification is cancelled', async () => {
  await expect(askAndCancel(stubborn(100))).rejects.toThrow('cancelled; the verifier did not give up and was killed');
  const pids = readFileSync(join(bench.run, 'work', 'pids'), 'utf8').split(' ');
  expect(pids).toHaveLength(2);
  await expect.poll(() => pids.filter(alive)).toEqual([]);
});

it('B3: without the deadline nobody would end it (sabotaged: the check can fail)', async () => {
  const verifier = stubborn(3_600_000);
  const asked = askAndCancel(verifier).catch((error: unknown) => error);
  const pids = await vi.waitUntil(
    () =>
      existsSync(join(bench.run, 'work', 'pids')) && readFileSync(join(bench.run, 'work', 'pids'), 'utf8').split(' '),
  );
  const late = new Promise((resolve) => setTimeout(resolve, 500, 'still running'));
  expect(await Promise.race([asked, late])).toBe('still running');
  expect(pids.filter(alive)).toEqual(pids);
  process.kill(-Number(pids[1]), 'SIGKILL');
});
