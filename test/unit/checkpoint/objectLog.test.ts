/** Rules: J9, J3, C7 of the log of newest objects: what was acknowledged is there, whatever is cut; what was cleared is gone. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditStore } from '../../../src/engine/checkpoint/auditStore.ts';
import { ObjectLog } from '../../../src/engine/checkpoint/objectLog.ts';
import { ObjectStore, objectId } from '../../../src/engine/checkpoint/objects.ts';
import { contentOfPacked, packedObject, type PackedObject } from '../../../src/engine/checkpoint/pack.ts';
import { openCheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { temporaryFolder, Workbench } from './fixture.ts';

const bytes = 8_192;

function objectOf(text: string): PackedObject {
  const content = Buffer.from(text);
  return packedObject({ id: objectId('blob', content), type: 'blob', content });
}

class Place {
  readonly folder = temporaryFolder();
  readonly path = join(this.folder, 'objects.log');

  open(length = bytes): ObjectLog {
    const log = new ObjectLog(this.path, length, () => join(this.folder, 'new'));
    onTestFinished(() => {
      log.dispose();
    });
    return log;
  }
}

const textsIn = (log: ObjectLog) => log.objects.map((object) => contentOfPacked(object).toString());

describe('the log', () => {
  it('J9: what was appended is there when it is opened again, in order, and goes on', async () => {
    const place = new Place();
    const log = place.open();
    expect(existsSync(place.path)).toBe(false);
    await log.append([objectOf('one'), objectOf('two')]);
    await log.append([objectOf('three')]);
    const again = place.open();
    expect(textsIn(again)).toEqual(['one', 'two', 'three']);
    await again.append([objectOf('four')]);
    expect(textsIn(place.open())).toEqual(['one', 'two', 'three', 'four']);
    expect(statSync(place.path).size).toBe(bytes);
    expect(readdirSync(place.folder)).toEqual(['objects.log']);
  });

  it('C7: what was cleared is gone, and no older frame behind a new one counts', async () => {
    const place = new Place();
    const log = place.open();
    for (const text of ['one', 'two', 'three']) await log.append([objectOf(text)]);
    await log.clear();
    expect(textsIn(place.open())).toEqual([]);
    expect(log.usedBytes).toBe(0);
    await log.append([objectOf('six')]); // as long as 'one': the frame of 'two' begins where it ends
    expect(textsIn(place.open())).toEqual(['six']);
  });

  it('says that it is full, and takes no large piece', async () => {
    const log = new Place().open();
    expect(log.fits([objectOf(randomBytes(bytes).toString('hex'))])).toBe(false);
    let count = 0;
    for (; log.fits([objectOf(`object ${String(count)}`)]); count++)
      await log.append([objectOf(`object ${String(count)}`)]);
    expect(count).toBeGreaterThan(50);
    expect(log.usedBytes).toBeLessThanOrEqual(bytes);
    expect(new Place().open(0).fits([objectOf('one')])).toBe(false);
  });

  /** Writes frames, damages them anywhere, and compares what `read` finds with the frames that are whole. */
  async function damaged(read: (place: Place) => readonly string[]): Promise<void> {
    const place = new Place();
    const log = place.open();
    const ends: number[] = [];
    for (const text of ['one', 'two', 'three', 'four']) {
      await log.append([objectOf(text), objectOf(`${text} more`)]);
      ends.push(log.usedBytes);
    }
    const whole = readFileSync(place.path);
    const all = textsIn(log);
    const damage = fc.record({
      at: fc.nat(log.usedBytes - 1),
      cut: fc.boolean(),
      flip: fc.integer({ min: 1, max: 255 }),
    });
    const finds = fc.property(damage, ({ at, cut, flip }) => {
      const content = Buffer.from(whole);
      if (cut) content.fill(0, at);
      else content.writeUInt8(content.readUInt8(at) ^ flip, at);
      writeFileSync(place.path, content);
      // A cut may take nothing but zeros.
      const frames = content.equals(whole) ? ends.length : ends.filter((end) => end <= at).length;
      expect(read(place)).toEqual(all.slice(0, 2 * frames));
    });
    fc.assert(finds);
  }

  it('J3, J9: cut or overwritten at any byte it has all frames before, and no half one', async () => {
    await damaged((place) => textsIn(place.open()));
  });

  it('J3, sabotaged: a log that gives what lies there fails that test', async () => {
    const anyway = ['one', 'two', 'three', 'four'].flatMap((text) => [text, `${text} more`]);
    await expect(damaged(() => anyway)).rejects.toThrow(/Property failed/);
  });

  it('J3: a whole frame that lies elsewhere than it was written is none', async () => {
    const place = new Place();
    await place.open().append([objectOf('one')]);
    const content = readFileSync(place.path);
    writeFileSync(place.path, Buffer.concat([content.subarray(0, 20), content.subarray(0, bytes - 20)]));
    expect(textsIn(place.open())).toEqual([]);
  });

  it('J9: an append that fails leaves nothing, and may be repeated', async () => {
    const place = new Place();
    mkdirSync(join(place.folder, 'new')); // nothing can be written there
    const log = place.open();
    await expect(log.append([objectOf('one')])).rejects.toThrow(/EEXIST|EISDIR/);
    expect(textsIn(log)).toEqual([]);
  });
});

describe('a store with a log', () => {
  it('J9: an engine that comes after a kill finds all checkpoints, and puts them where git sees them', async () => {
    const bench = await Workbench.open();
    for (const content of ['one', 'two', 'three']) {
      bench.write('x', content);
      await bench.take(content === 'one' ? 'baseline' : 'step');
    }
    const folder = join(bench.root, 'store.git');
    const packs = () => readdirSync(join(folder, 'objects/pack')).filter((name) => name.endsWith('.pack'));
    expect(packs()).toEqual([]);
    const again = await openCheckpointStore({ folder, workspace: bench.workspace }); // the first one is as good as dead
    onTestFinished(() => {
      again.dispose();
    });
    expect(again.head()).toBe(bench.taken(2).commit);
    expect(packs()).toHaveLength(1);
    expect(readFileSync(join(folder, 'refs/heads/run'), 'utf8').trim()).toBe(bench.taken(2).commit);
    for (const [at, content] of ['one', 'two', 'three'].entries()) {
      const manifest = await again.manifestOf(bench.taken(at).commit, null);
      expect(manifest && (await again.readFile(manifest, 'x'))?.toString()).toBe(content);
    }
  });

  it('C7: who only looks finds what is in the log, and changes nothing', async () => {
    const bench = await Workbench.open();
    bench.write('x', 'one');
    await bench.take('baseline');
    const folder = join(bench.root, 'store.git');
    const before = readFileSync(join(folder, 'objects.log'));
    const { commit, tree } = bench.taken(0);
    expect(await auditStore(folder, [{ checkpoint: 0, commit, tree }], { full: true })).toEqual([]);
    expect(readFileSync(join(folder, 'objects.log'))).toEqual(before);
    writeFileSync(join(folder, 'objects.log'), before.fill(0, 100));
    const problems = await auditStore(folder, [{ checkpoint: 0, commit, tree }], { full: true });
    expect(problems[0]?.message).toMatch(/missing/);
  });

  it('C7: a log that was packed but not cleared when the engine died is not packed again', async () => {
    const bench = await Workbench.open();
    bench.write('x', 'one');
    await bench.take('baseline');
    const folder = join(bench.root, 'store.git');
    const log = readFileSync(join(folder, 'objects.log'));
    await bench.store.settle();
    const packs = readdirSync(join(folder, 'objects/pack'));
    writeFileSync(join(folder, 'objects.log'), log);
    const objects = new ObjectStore(folder, bytes);
    onTestFinished(() => {
      objects.dispose();
    });
    expect(objects.loggedCommit).toBe(bench.taken(0).commit);
    await objects.settle();
    expect(readdirSync(join(folder, 'objects/pack'))).toEqual(packs);
    expect(objects.isSettled).toBe(true);
  });
});
