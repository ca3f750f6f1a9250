import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CheckpointStoreDamaged, ObjectStore } from '../../../src/engine/checkpoint/objects.ts';
import { openCheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { temporaryFolder, Workbench } from './fixture.ts';

describe('opening', () => {
  it('C7: clears what a crash left, and goes on with the chain', async () => {
    const bench = await Workbench.open();
    bench.write('x', '1');
    await bench.take('baseline');
    const folder = join(bench.root, 'store.git');
    for (const lock of ['index.lock', 'refs/heads/run.lock', 'tmp/half-an-object'])
      writeFileSync(join(folder, lock), '');
    const again = await openCheckpointStore({ folder, workspace: bench.workspace });
    onTestFinished(() => {
      again.dispose();
    });
    expect(again.head()).toBe(bench.taken(0).commit);
    for (const lock of ['index.lock', 'refs/heads/run.lock', 'tmp/half-an-object'])
      expect(existsSync(join(folder, lock))).toBe(false);
  });

  it('C7: a head whose commit is missing or damaged is an error that names it', async () => {
    const bench = await Workbench.open({ logBytes: 0 });
    bench.write('x', '1');
    await bench.take('baseline');
    const folder = join(bench.root, 'store.git');
    const { commit } = bench.taken(0);
    const packs = join(folder, 'objects/pack');
    const files = readdirSync(packs).map((name) => join(packs, name));
    const opened = () => openCheckpointStore({ folder, workspace: bench.workspace });
    for (const file of files.filter((name) => name.endsWith('.pack'))) {
      chmodSync(file, 0o600);
      for (const byte of [0x3f, 0]) {
        writeFileSync(file, readFileSync(file).fill(byte, 12));
        await expect(opened()).rejects.toThrow(CheckpointStoreDamaged);
        // Git calls an object missing whose pack makes no sense.
        await expect(opened()).rejects.toThrow(new RegExp(`object ${commit} is (damaged|missing)`));
      }
    }
    for (const file of files) rmSync(file);
    await expect(opened()).rejects.toThrow(`object ${commit} is missing`);
  });

  it('J9: what could not be written is not acknowledged, and is written by the next try', async () => {
    const folder = join(temporaryFolder(), 'store.git');
    const store = await openCheckpointStore({ folder, workspace: temporaryFolder() });
    store.dispose();
    const objects = new ObjectStore(folder);
    onTestFinished(() => {
      objects.dispose();
    });
    const id = objects.blob(Buffer.from('content'));
    rmSync(join(folder, 'tmp'), { recursive: true });
    await expect(objects.sync()).rejects.toThrow(/ENOENT/);
    mkdirSync(join(folder, 'tmp'));
    await objects.sync();
    const fresh = new ObjectStore(folder);
    onTestFinished(() => {
      fresh.dispose();
    });
    expect(await fresh.read(id, 'blob')).toEqual(Buffer.from('content'));
  });
});
