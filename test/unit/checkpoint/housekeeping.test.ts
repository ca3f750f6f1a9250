/** Rules: J8, B3, C7: the store is kept small beside the run, never in its way, and a failure is told once. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openCheckpointStore, type CheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { Editors } from '../../../src/engine/editors.ts';
import { Checkpoints } from '../../../src/engine/effects/checkpoints.ts';
import { Housekeeping } from '../../../src/engine/effects/housekeeping.ts';
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
  /** Until the work that was begun is over. */
  rest(): Promise<void>;
}

async function open(): Promise<Scene> {
  const root = temporaryFolder();
  const workspace = join(root, 'workspace');
  mkdirSync(workspace);
  const clock = { at: 1_700_000_000_000, now: () => clock.at, sleep: () => Promise.resolve() };
  const blobs = new Blobs(root);
  const { journal } = await openJournal(root, { blobs });
  const run = new Run(journal, clock);
  const store = await openCheckpointStore({ folder: join(root, 'store.git'), workspace });
  const checkpoints = new Checkpoints(run, store, blobs, clock, new Editors(workspace));
  const said: string[] = [];
  const housekeeping = new Housekeeping({ run, upkeep: store.upkeep, clock, say: (line) => said.push(line) });
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
  return { root, run, store, checkpoints, housekeeping, said, clock, take, packs, rest: () => housekeeping.rest() };
}

it('C7: gathers the packs after so many checkpoints, and nobody waits for it', async () => {
  const scene = await open();
  await scene.take(limits.packsBeforeRepack);
  expect(scene.packs()).toBe(limits.packsBeforeRepack);
  await scene.take(1);
  await scene.take(3); // while it is done
  await scene.rest();
  expect(scene.packs()).toBeLessThan(10);
  expect(scene.said).toEqual([]);
  for (const number of [0, 40, 83]) {
    const { contentBase64 } = await scene.checkpoints.readFileAt(number, 'file');
    expect(Buffer.from(contentBase64 ?? '', 'base64').toString()).toBe(`content ${String(number)}`);
  }
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
  expect(scene.packs()).toBeLessThan(10);
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
