import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Turns } from '../../../src/engine/effects/turns.ts';
import { Verifications } from '../../../src/engine/effects/verifications.ts';
import type { VerifierResult } from '../../../src/engine/effects/verifierResult.ts';
import { Blobs } from '../../../src/engine/journal/blobs.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import { Run } from '../../../src/engine/run.ts';
import { limits } from '../../../src/run/limits.ts';
import type { Entry } from '../../../src/run/entry.ts';
import { checkpoint, created } from '../run/builders.ts';

const clock = { now: () => 1, awake: () => 1, sleep: () => Promise.resolve() };
const passed: VerifierResult = {
  counts: { pass: 1, fail: 0, error: 0, timeout: 0, flaky: 0 },
  total: 1,
  build: { ok: true },
  cases: [{ id: 'only', verdict: 'pass' }],
  tags: [],
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-verifications-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A run with checkpoints 0 to 2; a verification of the suites that `endless` names ends only when it is cut. */
async function begin(
  endless: (checkpoint: number, suite: string) => boolean,
  resultOf: (checkpoint: number) => VerifierResult = () => passed,
) {
  const blobs = new Blobs(folder);
  const { journal } = await openJournal(folder, { blobs });
  const run = new Run(journal, clock);
  const told: string[] = [];
  run.onEntry((entry: Entry) => {
    if (entry.type === 'verification.started' || entry.type === 'verification.finished')
      told.push(`${entry.type.slice(13)} ${entry.suite} ${String(entry.checkpoint)}`);
    if (entry.type === 'verification.failed')
      told.push(`${entry.message}: ${String(entry.checkpoint)} to ${String(entry.gaveWayTo)}`);
  });
  await run.record(created(), checkpoint(0), checkpoint(1), checkpoint(2));
  const begun = Promise.withResolvers<AbortSignal>();
  const release = Promise.withResolvers<undefined>();
  const verifications = new Verifications({
    run,
    clock,
    blobs,
    random: () => 0.5,
    turns: new Turns(),
    sendDelta: () => undefined,
    sandboxProblem: () => Promise.resolve(null),
    verifyCheckpoint: async ({ checkpoint: of, suite }, signal) => {
      if (!endless(of, suite)) return resultOf(of);
      begun.resolve(signal);
      const cut = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('cut'));
        });
      });
      await Promise.race([cut, release.promise]);
      return passed;
    },
  });
  return { run, verifications, told, begun: begun.promise, release: release.resolve, close: () => journal.close() };
}

describe('verifications', () => {
  it('G1: a gate does not wait for a scheduled verification of an older checkpoint', async () => {
    const { verifications, told, begun, close } = await begin((of) => of === 1);
    verifications.schedule(1);
    await begun;
    await verifications.verify(2, 'visible');
    expect(told).toEqual([
      'started visible 1',
      'gave way to a newer checkpoint: 1 to 2',
      'started visible 2',
      'finished visible 2',
    ]);
    await close();
  });

  it('goes on with a scheduled one of the checkpoint that is asked for', async () => {
    const { verifications, told, begun, release, close } = await begin((of, suite) => of === 2 && suite === 'visible');
    verifications.schedule(2);
    const signal = await begun;
    const looked = verifications.verify(2, 'heldOut');
    expect(signal.aborted).toBe(false);
    release(undefined);
    await looked;
    expect(told).toEqual(['started visible 2', 'finished visible 2', 'started heldOut 2', 'finished heldOut 2']);
    await close();
  });

  it('tells changes since the last gate apart from those since the last verification', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    const passing: Readonly<Record<number, readonly string[]>> = { 0: ['a', 'b'], 1: ['b'], 2: ['b', 'c', 'd'] };
    const { run, verifications, close } = await begin(
      () => false,
      (of) => {
        const cases = ids.map((id) => ({
          id,
          verdict: passing[of]?.includes(id) ? ('pass' as const) : ('fail' as const),
        }));
        const pass = passing[of]?.length ?? 0;
        return { ...passed, counts: { ...passed.counts, pass, fail: 4 - pass }, total: 4, cases };
      },
    );
    await verifications.verify(0, 'visible');
    const shown = { checkpoint: 0, visibleRate: 0.5, heldOutRate: null, filesChanged: 0, spentUsd: 0 };
    await run.record(
      { type: 'gate.opened', gate: 1, step: 0, checkpoint: 0, reasons: [] },
      { type: 'gate.decided', gate: 1, decision: 'accept', by: 'anna', shown },
    );
    await verifications.verify(1, 'visible');
    await verifications.verify(2, 'visible');
    const { last } = run.state.figures.visible;
    expect(last).toMatchObject({ regressed: 0, repaired: 2, sinceGate: { regressed: 1, repaired: 2 } });
    await close();
  });

  it('B3: an entry holds tags with most cases, in their order, cut', async () => {
    const tags = Array.from({ length: limits.tagsInEntry + 1 }, (_, i) => ({
      tag: `${i} ${'x'.repeat(200)}`,
      pass: 1,
      total: i,
    }));
    const { run, verifications, close } = await begin(
      () => false,
      () => ({ ...passed, tags }),
    );
    await verifications.verify(0, 'visible');
    const kept = run.state.figures.visible.tags;
    expect(kept).toHaveLength(limits.tagsInEntry);
    expect(kept[0]).toEqual({ tag: `1 ${'x'.repeat(200)}`.slice(0, limits.tagChars), pass: 1, total: 1 });
    await close();
  });
});
