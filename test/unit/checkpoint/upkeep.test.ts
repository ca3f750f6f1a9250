/** Rules: C7, J9: packs are gathered and objects dropped without a checkpoint that is kept losing a byte, whatever is cut. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storeEnvironment } from '../../../src/engine/checkpoint/catFile.ts';
import { initStore, objectId, ObjectStore } from '../../../src/engine/checkpoint/objects.ts';
import { openCheckpointStore, type CheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { UpkeepEnded } from '../../../src/engine/checkpoint/upkeep.ts';
import { look, temporaryFolder, Workbench } from './fixture.ts';

const numRuns = Number(process.env['FAST_CHECK_RUNS'] ?? 4);
const storeOf = (bench: Workbench) => join(bench.root, 'store.git');
const packsOf = (bench: Workbench) =>
  readdirSync(join(storeOf(bench), 'objects/pack')).filter((name) => name.endsWith('.pack'));

/** Each checkpoint is a pack at once. */
const packed = { logBytes: 0 };
/** Packs at once, a log that is soon full, one that holds all. */
const logs = [packed, { logBytes: 24_000 }, {}];

async function fsck(bench: Workbench): Promise<string> {
  const folder = storeOf(bench);
  await bench.store.settle();
  const args = ['fsck', '--full', '--strict', '--no-dangling'];
  return execFileSync('git', args, { env: storeEnvironment(folder), cwd: folder, encoding: 'utf8', stdio: 'pipe' });
}

/** A file's content over the checkpoints: some of it grows, some comes again. */
function change(bench: Workbench, step: number): void {
  bench.write('log.txt', Array.from({ length: step + 1 }, (_, i) => `line ${String(i)}\n`).join(''));
  bench.write(`d${String(step % 7)}/f`, `content ${String(step % 5)}`.repeat(50), step % 3 === 0 ? 0o600 : 0o644);
  bench.write('flips', step % 4 === 0 ? 'old' : `new ${String(step)}`);
}

async function steps(bench: Workbench, count: number): Promise<Record<string, string>[]> {
  const seen: Record<string, string>[] = [];
  for (let i = 0; i < count; i++) {
    const step = bench.chain.length;
    change(bench, step);
    seen.push(bench.look());
    await bench.take(step === 0 ? 'baseline' : 'step');
  }
  return seen;
}

/** Writes a checkpoint out, as read by its commit, and looks at it. */
async function exported(bench: Workbench, store: CheckpointStore, checkpoint: number): Promise<Record<string, string>> {
  const manifest = await store.manifestOf(bench.taken(checkpoint).commit, null);
  const folder = join(temporaryFolder(), 'out');
  if (manifest === null) throw new Error('no manifest');
  await store.exportTo(manifest, folder);
  return look(folder);
}

async function again(bench: Workbench): Promise<CheckpointStore> {
  const store = await openCheckpointStore({ folder: storeOf(bench), workspace: bench.workspace });
  onTestFinished(() => {
    store.dispose();
  });
  return store;
}

/** Starts the work in another process and kills this, and not what it has started, after `afterMs`. */
async function cut(bench: Workbench, what: string, kept: readonly string[], afterMs: number): Promise<boolean> {
  const script = join(import.meta.dirname, 'upkeepChild.ts');
  const child = spawn(process.execPath, [script, what, storeOf(bench), bench.workspace, kept.join(',')]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    output += chunk.toString();
  });
  await new Promise((resolve) => child.on('exit', resolve));
  expect(output).toMatch(/^go\n/);
  return !output.includes('done');
}

describe('gathering packs', () => {
  it('C7: leaves few packs, and every checkpoint as it was', async () => {
    const bench = await Workbench.open(packed);
    const seen = await steps(bench, 30);
    const before = bench.store.upkeep.bytes;
    expect(packsOf(bench).length).toBeGreaterThan(25);
    await bench.store.upkeep.repack();
    expect(packsOf(bench).length).toBeLessThan(4);
    expect(bench.store.upkeep.bytes).toBeLessThan(before / 2);
    expect(bench.store.upkeep.bytes).toBe((await again(bench)).upkeep.bytes);
    for (const step of [0, 13, 29]) expect(await exported(bench, bench.store, step)).toEqual(seen[step]);
    expect(await fsck(bench)).toBe('');
  }, 60_000);

  it('C7: checkpoints taken, read and rolled back meanwhile stay exact', async () => {
    const work = fc.asyncProperty(
      fc.array(fc.constantFrom('take', 'read', 'back', 'gather'), { minLength: 6, maxLength: 14 }),
      fc.constantFrom(...logs),
      async (acts, log) => {
        const bench = await Workbench.open(log);
        const seen = await steps(bench, 8);
        const gathering: Promise<void>[] = [bench.store.upkeep.repack()];
        for (const [at, act] of acts.entries()) {
          if (act === 'gather') gathering.push(bench.store.upkeep.repack());
          if (act === 'take') seen.push(...(await steps(bench, 1)));
          if (act === 'read')
            expect(await exported(bench, bench.store, at % seen.length)).toEqual(seen[at % seen.length]);
          if (act === 'back') {
            const to = at % seen.length;
            const now = bench.look();
            await bench.rollBack(to);
            expect(bench.look()).toEqual(seen[to]);
            seen.push(now, seen[to] ?? {}); // the safety checkpoint, and where it came to
          }
        }
        await Promise.all(gathering);
        for (const [step, what] of seen.entries()) expect(await exported(bench, bench.store, step)).toEqual(what);
      },
    );
    await fc.assert(work, { numRuns });
  }, 120_000);

  it('C7: a process that is killed meanwhile leaves nothing in the way', async () => {
    const bench = await Workbench.open(packed);
    const seen = await steps(bench, 25);
    let cuts = 0;
    for (const afterMs of [0, 4, 12, 40]) {
      if (await cut(bench, 'repack', [], afterMs)) cuts += 1;
      const store = await again(bench);
      const packs = readdirSync(join(storeOf(bench), 'objects/pack'));
      expect(packs.filter((name) => /^(tmp_|\.tmp-)/.test(name))).toEqual([]);
      for (const [step, what] of seen.entries()) expect(await exported(bench, store, step)).toEqual(what);
      await store.upkeep.repack();
      expect(await fsck(bench)).toBe('');
      seen.push(...(await steps(bench, 4)));
    }
    expect(cuts).toBeGreaterThan(0);
  }, 120_000);

  it('C7: what was ended on the way says so, leaves no half pack, and can be done again', async () => {
    const bench = await Workbench.open(packed);
    await steps(bench, 12);
    const gathering = bench.store.upkeep.repack();
    await Promise.all([expect(gathering).rejects.toThrow(UpkeepEnded), bench.store.upkeep.cancel()]);
    writeFileSync(join(storeOf(bench), 'objects/pack/pack-1234.pack'), 'half');
    await bench.store.upkeep.repack();
    expect(await fsck(bench)).toBe('');
    const store = await again(bench);
    expect(existsSync(join(storeOf(bench), 'objects/pack/pack-1234.pack'))).toBe(false);
    expect(store.upkeep.packs).toBe(1);
  }, 60_000);
});

/** Removes and makes a folder of objects as fast as it can, as a gathering does once, until the test ends. */
async function folderThatComesAndGoes(folder: string): Promise<void> {
  const script = `const fs = require('fs'); process.stdout.write('go');
    for (;;) for (const act of ['mkdirSync', 'rmdirSync']) try { fs[act](process.argv[1]); } catch { /* the store made it first, or put a file in it */ }`;
  const child = spawn(process.execPath, ['-e', script, folder]);
  const gone = new Promise((resolve) => child.on('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
}

describe('a folder of objects that a gathering empties and removes', () => {
  it('C7: is made again for an object that is being written', async () => {
    const folder = join(temporaryFolder(), 'store.git');
    initStore(folder);
    mkdirSync(join(folder, 'tmp'));
    const content = Buffer.from('one object');
    const id = objectId('blob', content);
    writeFileSync(join(folder, 'tmp/source'), content);
    const source = openSync(join(folder, 'tmp/source'), 'r');
    await folderThatComesAndGoes(join(folder, 'objects', id.slice(0, 2)));
    for (let round = 0; round < 100; round++) {
      const objects = new ObjectStore(folder);
      expect(await objects.large(source, content.length)).toBe(id);
      expect(await objects.read(id, 'blob')).toEqual(content);
      objects.dispose();
      rmSync(join(folder, 'objects', id.slice(0, 2), id.slice(2)));
    }
    closeSync(source);
    expect(readdirSync(join(folder, 'tmp'))).toEqual(['source']);
  }, 60_000);
});

describe('dropping what no kept checkpoint needs', () => {
  const commits = (bench: Workbench, kept: readonly number[]) => kept.map((step) => bench.taken(step).commit);

  it.each(logs)(
    'C7: kept checkpoints stay whole for Belay and for git, the others are gone, and what comes again is written again: %j',
    async (log) => {
      const bench = await Workbench.open(log);
      const seen = await steps(bench, 30);
      bench.write('big', Buffer.alloc(300_000, 'only in one checkpoint'));
      seen.push(bench.look());
      await bench.take('step');
      bench.remove('big');
      seen.push(...(await steps(bench, 4)));
      const kept = [0, 9, 20, 34];
      const freed = bench.store.upkeep.bytes;
      await bench.store.upkeep.sweep(commits(bench, kept));
      expect(bench.store.upkeep.bytes).toBeLessThan(freed);
      expect(await fsck(bench)).toBe('');
      for (const store of [bench.store, await again(bench)]) {
        for (const step of kept) expect(await exported(bench, store, step)).toEqual(seen[step]);
        await expect(store.manifestOf(bench.taken(11).commit, null)).rejects.toThrow(/missing/);
      }
      // 'old' stood in dropped checkpoints only, or in kept ones: either way it is there afterwards.
      bench.write('big', Buffer.alloc(300_000, 'only in one checkpoint'));
      const after = [...(await steps(bench, 6))];
      for (const [at, what] of after.entries()) expect(await exported(bench, bench.store, 35 + at)).toEqual(what);
      expect(await fsck(bench)).toBe('');
      await bench.store.upkeep.sweep(commits(bench, [0, 34, 40]));
      expect(await exported(bench, bench.store, 34)).toEqual(seen[34]);
      expect(await fsck(bench)).toBe('');
    },
    60_000,
  );

  it('C7: checkpoints and surveys that lean on what goes meanwhile are whole', async () => {
    const choice = fc.record({
      kept: fc.uniqueArray(fc.constantFrom(1, 4, 6, 8, 9, 10), { maxLength: 4 }),
      more: fc.integer({ min: 1, max: 5 }),
      log: fc.constantFrom(...logs),
    });
    const work = fc.asyncProperty(choice, async ({ kept, more, log }) => {
      const bench = await Workbench.open(log);
      const seen = await steps(bench, 12);
      bench.write('flips', 'new 5'); // as in one that goes
      const survey = await bench.store.survey(bench.manifest(11));
      const sweeping = bench.store.upkeep.sweep(commits(bench, [0, ...kept, 11]));
      const taken = await steps(bench, more);
      await sweeping;
      change(bench, 4);
      bench.write('flips', 'new 5');
      const last = bench.chain.at(-1);
      const found = await bench.store.take({
        title: 'found',
        at: 0,
        parent: last?.taken.commit ?? null,
        previous: last?.manifest ?? null,
        found: survey,
      });
      const there = [0, ...kept, 11].map((step) => [step, seen[step]] as const);
      for (const [step, what] of [...there, ...taken.map((what, at) => [12 + at, what] as const)])
        expect(await exported(bench, bench.store, step)).toEqual(what);
      const folder = join(temporaryFolder(), 'out');
      await bench.store.exportTo(found.manifest, folder);
      expect(await fsck(bench)).toBe('');
    });
    await fc.assert(work, { numRuns });
  }, 120_000);

  it('C7: a process that is killed meanwhile leaves every kept checkpoint, and the next one finishes', async () => {
    const bench = await Workbench.open(packed);
    const seen = await steps(bench, 25);
    const kept = [0, 7, 24];
    let cuts = 0;
    for (const afterMs of [0, 8, 20, 45]) {
      if (await cut(bench, 'sweep', commits(bench, kept), afterMs)) cuts += 1;
      const store = await again(bench);
      for (const step of kept) expect(await exported(bench, store, step)).toEqual(seen[step]);
      expect(await fsck(bench)).toBe('');
    }
    const store = await again(bench);
    await store.upkeep.sweep(commits(bench, kept));
    expect(packsOf(bench)).toHaveLength(1);
    for (const step of kept) expect(await exported(bench, store, step)).toEqual(seen[step]);
    expect(cuts).toBeGreaterThan(0);
  }, 120_000);

  it('C7, sabotaged: without the graft git misses the parents, and the check sees it', async () => {
    const bench = await Workbench.open(packed);
    await steps(bench, 9);
    await bench.store.upkeep.sweep(commits(bench, [0, 4, 8]));
    expect(await fsck(bench)).toBe('');
    rmSync(join(storeOf(bench), 'shallow'));
    await expect(fsck(bench)).rejects.toThrow(/Command failed/);
  }, 60_000);
});
