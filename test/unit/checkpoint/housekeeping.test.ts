/** Rules: J8, B3, C7: the store is kept small beside the run, never in its way, and a failure is told once. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openCheckpointStore, type CheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { Editors } from '../../../src/engine/editors.ts';
import { Checkpoints } from '../../../src/engine/effects/checkpoints.ts';
import { Housekeeping } from '../../../src/engine/effects/housekeeping.ts';
import { Rollbacks } from '../../../src/engine/effects/rollbacks.ts';
import { Blobs } from '../../../src/engine/journal/blobs.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import { Run } from '../../../src/engine/run.ts';
import { limits } from '../../../src/run/limits.ts';
import { created } from '../run/builders.ts';
import { temporaryFolder } from './fixture.ts';

interface Scene {
  readonly root: string;
  readonly run: Run;
  readonly store: CheckpointStore;
  readonly checkpoints: Checkpoints;
  readonly housekeeping: Housekeeping;
  readonly said: string[];
  readonly clock: { at: number };
  take(count: number): Promise<void>;
  packs(): number;
  content(checkpoint: number): Promise<string>;
  readonly blobs: Blobs;
  /** The housekeeping of an engine that comes after. */
  keep(): Housekeeping;
  /** Until the work that was begun is over. */
  rest(): Promise<void>;
}

/** @param logBytes 0: each checkpoint is a pack at once */
async function open({ logBytes = 0 } = {}): Promise<Scene> {
  const root = temporaryFolder();
  const workspace = join(root, 'workspace');
  mkdirSync(workspace);
  const clock = { at: 1_700_000_000_000, now: () => clock.at, awake: () => clock.at, sleep: () => Promise.resolve() };
  const blobs = new Blobs(root);
  const { journal } = await openJournal(root, { blobs });
  const run = new Run(journal, clock);
  const store = await openCheckpointStore({ folder: join(root, 'store.git'), workspace, logBytes });
  const checkpoints = new Checkpoints(run, store, blobs, clock, new Editors(workspace));
  const said: string[] = [];
  const keep = () => new Housekeeping({ run, upkeep: store.upkeep, clock, say: (line) => said.push(line) });
  const housekeeping = keep();
  onTestFinished(async () => {
    await housekeeping.close();
    store.dispose();
    await journal.close();
  });
  await run.record(created());
  const take = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const number = run.state.checkpoints.length;
      writeFileSync(join(workspace, 'file'), `content ${String(number)}`);
      clock.at += 60_000;
      const [kind, step] = number === 0 ? (['baseline', null] as const) : (['step', number] as const);
      await checkpoints.take({ kind, step, title: `step ${String(number)}`, ...(number > 0 && { told: ['file'] }) });
    }
  };
  const packs = () => readdirSync(join(root, 'store.git/objects/pack')).filter((name) => name.endsWith('.pack')).length;
  const content = async (number: number) => {
    const { contentBase64 } = await checkpoints.readFileAt(number, 'file');
    return Buffer.from(contentBase64 ?? '', 'base64').toString();
  };
  const rest = () => housekeeping.rest();
  return { root, run, store, checkpoints, housekeeping, said, clock, take, packs, rest, content, blobs, keep };
}

it('C7: gathers the packs after so many checkpoints, and nobody waits for it', async () => {
  const scene = await open();
  await scene.take(limits.packsBeforeRepack);
  expect(scene.packs()).toBe(limits.packsBeforeRepack);
  await scene.take(1);
  await scene.take(3); // while it is done
  await scene.rest();
  expect(scene.packs()).toBeLessThan(limits.packsBeforeRepack);
  expect(scene.said).toEqual([]);
  for (const number of [0, 5, limits.packsBeforeRepack + 3])
    expect(await scene.content(number)).toBe(`content ${String(number)}`);
}, 60_000);

it('B3: a failure is told once and not repeated at once', async () => {
  const scene = await open();
  const packs = join(scene.root, 'store.git/objects/pack');
  await scene.take(limits.packsBeforeRepack);
  const damaged = join(packs, readdirSync(packs).find((name) => name.endsWith('.pack')) ?? '');
  chmodSync(damaged, 0o600);
  writeFileSync(damaged, 'no pack');
  await scene.take(1);
  await scene.rest();
  expect(scene.said).toHaveLength(1);
  expect(scene.said[0]).toMatch(/could not be made smaller: git repack ended with/);
  await scene.take(2);
  await scene.rest();
  scene.clock.at += limits.upkeepRetryFirstMs;
  await scene.take(1); // the second try
  await scene.rest();
  expect(scene.said).toHaveLength(1);
}, 60_000);

it('J8: a run that pauses for a full disk ends what was begun, and begins nothing', async () => {
  const scene = await open();
  await scene.take(limits.packsBeforeRepack + 1);
  await scene.run.record({ type: 'run.paused', reason: 'disk', message: 'The disk is full' });
  await scene.rest();
  expect(scene.packs()).toBe(limits.packsBeforeRepack + 1);
  expect(readdirSync(join(scene.root, 'store.git/objects/pack')).filter((name) => name.includes('tmp'))).toEqual([]);
  await scene.take(1);
  await scene.rest();
  expect(scene.packs()).toBe(limits.packsBeforeRepack + 2);
  await scene.run.record({ type: 'run.resumed', by: 'anna' });
  await scene.take(1);
  await scene.rest();
  expect(scene.packs()).toBeLessThan(limits.packsBeforeRepack);
  expect(scene.said).toEqual([]);
}, 60_000);

it('C7: an engine that leaves waits for no upkeep', async () => {
  const scene = await open();
  await scene.take(limits.packsBeforeRepack + 1);
  await scene.housekeeping.close();
  expect(scene.packs()).toBe(limits.packsBeforeRepack + 1);
  await scene.take(1);
  await scene.rest();
  expect(scene.packs()).toBe(limits.packsBeforeRepack + 2);
}, 60_000);

describe('thinning', () => {
  const inLog = { logBytes: limits.storeLogBytes };

  it('J5, C7: journals what goes, then lets it go; the rest is exact, and a thinned one says why not', async () => {
    const scene = await open(inLog);
    await scene.take(30);
    const { checkpoints, frees, bytes } = await scene.housekeeping.plan(5);
    expect(checkpoints).toContain(12);
    expect(await scene.content(12)).toBe('content 12'); // and its manifest is at hand
    expect(frees).toBeGreaterThan(0);
    const order: [type: string, isSmaller: boolean][] = [];
    scene.run.onEntry(({ type }) => {
      if (type === 'checkpoints.thinned' || type === 'store.swept')
        order.push([type, scene.store.upkeep.bytes < bytes]);
    });
    const freed = await scene.housekeeping.thin({ checkpoints, last: 5 }, 'anna');
    expect(order).toEqual([
      ['checkpoints.thinned', false],
      ['store.swept', true],
    ]);
    expect(Math.abs(freed - frees) / frees).toBeLessThan(0.2);
    expect(scene.run.state.store).toMatchObject({ bytes: bytes - freed, sweepDue: false });
    expect(await scene.content(27)).toBe('content 27');
    expect(await scene.content(0)).toBe('content 0');
    await expect(scene.checkpoints.compare(12, 'workspace')).rejects.toThrow(/Checkpoint 12 was thinned/);
    await expect(scene.housekeeping.thin({ checkpoints: [0], last: 5 }, 'anna')).rejects.toThrow(
      /Checkpoint 0 is kept/,
    );
    await scene.take(3);
    expect(await scene.content(32)).toBe('content 32');
  }, 60_000);

  it('C6, C4: a rollback over thinned checkpoints undoes all that the run did since', async () => {
    const scene = await open();
    await scene.take(3);
    writeFileSync(join(scene.root, 'workspace', 'mine'), 'by the supervisor');
    await scene.checkpoints.takeSupervisorChanges();
    writeFileSync(join(scene.root, 'workspace', 'made'), 'by a step that goes');
    await scene.checkpoints.take({ kind: 'step', step: 4, title: 'makes it', told: ['made'] });
    await scene.take(20);
    const { checkpoints } = await scene.housekeeping.plan(2);
    await scene.housekeeping.thin({ checkpoints, last: 2 }, 'anna');
    expect(checkpoints).toContain(4);
    const editors = new Editors(join(scene.root, 'workspace'));
    const rollbacks = new Rollbacks(scene.run, scene.checkpoints, scene.store, scene.blobs, editors);
    const plan = await rollbacks.plan(0);
    expect(plan.paths.map(({ action, path }) => `${action} ${path}`)).toEqual([
      'write file',
      'delete made',
      'keep mine',
    ]);
    await expect(rollbacks.plan(4)).rejects.toThrow(/Checkpoint 4 was thinned/);
    await rollbacks.rollBack({ to: 0, planDigest: plan.digest, by: 'anna' });
    expect(readdirSync(join(scene.root, 'workspace')).sort()).toEqual(['file', 'mine']);
  }, 60_000);

  it('C7: after the end of the run nothing goes by itself; the supervisor may thin, and what was cut is finished', async () => {
    const scene = await open(inLog);
    await scene.take(30);
    await scene.run.record({ type: 'run.ended', outcome: 'stopped', message: 'by you' });
    await scene.run.record({ type: 'quota.changed', storeBytes: 1, by: 'anna' });
    await scene.rest();
    expect(scene.run.state.checkpoints.filter((c) => c.thinned)).toEqual([]);
    const late = await scene.housekeeping.plan(10);
    expect(await scene.housekeeping.thin({ checkpoints: late.checkpoints, last: 10 }, 'anna')).toBeGreaterThan(0);
    expect(scene.run.state.store.sweepDue).toBe(false);

    const { checkpoints } = await scene.housekeeping.plan(5);
    expect(checkpoints).not.toEqual([]);
    await scene.housekeeping.close();
    await scene.run.record({ type: 'checkpoints.thinned', checkpoints, by: 'anna' });
    const next = scene.keep();
    await next.rest();
    expect(scene.run.state.store.sweepDue).toBe(false);
    expect(await scene.content(29)).toBe('content 29');
    await next.close();
  }, 60_000);

  it('J9, S1: what an engine that was killed had thinned is swept by the next one', async () => {
    const scene = await open(inLog);
    await scene.take(30);
    const { checkpoints } = await scene.housekeeping.plan(5);
    await scene.housekeeping.close();
    await scene.run.record({ type: 'checkpoints.thinned', checkpoints });
    expect(scene.packs()).toBe(1);
    const { bytes } = scene.store.upkeep;
    const next = scene.keep();
    await next.rest();
    expect(scene.store.upkeep.bytes).toBeLessThan(bytes);
    expect(scene.run.state.store.sweepDue).toBe(false);
    await next.close();
  }, 60_000);

  it('C7, S1: nothing is swept while a rollback is cut: what it merged is named by no commit yet', async () => {
    const scene = await open(inLog);
    await scene.take(30);
    const { checkpoints } = await scene.housekeeping.plan(5);
    await scene.housekeeping.close();
    const plan = await scene.blobs.putBlob('{}');
    await scene.run.record(
      { type: 'checkpoints.thinned', checkpoints },
      { type: 'rollback.started', to: 28, safety: 29, plan, by: 'anna', undo: false },
    );
    const next = scene.keep();
    await next.rest();
    expect([scene.packs(), scene.run.state.store.sweepDue]).toEqual([1, true]);
    await scene.run.record({ type: 'rollback.finished', to: 28, written: 0, deleted: 0, kept: 0, conflicts: [] });
    await scene.take(1);
    await next.rest();
    expect(scene.run.state.store.sweepDue).toBe(false);
    await next.close();
  }, 60_000);

  it('C7: over its quota the store is gathered, and thinned by itself once that is worth it', async () => {
    const scene = await open();
    await scene.run.record({ type: 'quota.changed', storeBytes: 1_000, by: 'anna' });
    await scene.take(limits.packsBeforeRepackWhenFull + 1);
    await scene.rest();
    expect(scene.packs()).toBeLessThan(4);
    const thinned = () => scene.run.state.checkpoints.filter((c) => c.thinned).map((c) => c.checkpoint);
    expect(thinned()).toEqual([]);
    const all = limits.checkpointsKeptLast + limits.checkpointsThinnedLeast + 10;
    await scene.take(all - scene.run.state.checkpoints.length);
    // What piled up while packs were gathered is gathered first; however many packs that leaves, the next work is to thin.
    for (let round = 0; round < 2; round++) {
      await scene.rest();
      await scene.take(1);
    }
    await scene.rest();
    expect(thinned().length).toBeGreaterThanOrEqual(limits.checkpointsThinnedLeast);
    expect(scene.said).toEqual([]);
    const kept = scene.run.state.checkpoints.filter((c) => !c.thinned).map((c) => c.checkpoint);
    for (const number of [0, ...kept.slice(-limits.checkpointsKeptLast)].filter((_, at) => at % 40 === 0))
      expect(await scene.content(number)).toBe(`content ${String(number)}`);
  }, 120_000);
});
