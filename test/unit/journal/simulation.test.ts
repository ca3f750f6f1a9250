/** The power is cut at every operation of the disk, for many seeds: what was acknowledged is there, what was not is gone whole. */
import { describe, expect, it } from 'vitest';
import type { Entry, EntryBody } from '../../../src/run/entry.ts';
import { Blobs } from '../../../src/engine/journal/blobs.ts';
import { DiskFull } from '../../../src/engine/journal/disk.ts';
import { JournalDamaged } from '../../../src/engine/journal/damage.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import { PowerCut, SimulatedDisk, seeded } from './simulatedDisk.ts';

const run = '/run';
const note = (text: string): EntryBody => ({ type: 'stop.requested', by: text });

interface Acknowledged {
  readonly entries: Entry[];
  /** The commit that was on its way when the power went. */
  pending: number;
}

async function open(disk: SimulatedDisk) {
  const blobs = new Blobs(run, disk);
  const opened = await openJournal(run, { disk, blobs, segmentBytes: 4000 });
  const entries: Entry[] = [];
  for await (const entry of opened.entries) entries.push(entry);
  return { ...opened, entries, blobs };
}

/** Appends commits of 1 to 4 entries, some with a blob, until the power is cut or `commits` are done. */
async function work(disk: SimulatedDisk, random: () => number, commits: number): Promise<Acknowledged> {
  const done: Acknowledged = { entries: [], pending: 0 };
  try {
    const { journal, blobs } = await open(disk);
    for (let i = 0; i < commits; i++) {
      const bodies: EntryBody[] = [];
      for (let n = Math.ceil(random() * 4); n > 0; n--) bodies.push(note('x'.repeat(Math.floor(random() * 900))));
      if (random() < 0.3) {
        const prompt = await blobs.putBlob(`prompt ${String(random())}`);
        bodies.push({
          type: 'model.requested',
          step: 1,
          attempt: 1,
          prompt,
          maxOutputTokens: 1,
          reservedUsd: 0,
          reservedTokens: 0,
          directives: [],
        });
      }
      done.pending = bodies.length;
      done.entries.push(...(await journal.append(bodies, i)));
      done.pending = 0;
    }
  } catch (error) {
    if (!(error instanceof PowerCut || (error instanceof Error && error.cause instanceof PowerCut))) throw error;
  }
  return done;
}

async function crashAndCheck(
  seed: number,
  cutAt: number,
  prepare: (disk: SimulatedDisk) => void = () => undefined,
): Promise<boolean> {
  const random = seeded(seed);
  const disk = new SimulatedDisk(random);
  disk.cutAt = cutAt;
  prepare(disk);
  const { entries: acknowledged, pending } = await work(disk, random, 12);
  const restarted = disk.restart();
  const { entries, journal, blobs } = await open(restarted);
  expect(entries.slice(0, acknowledged.length), `seed ${String(seed)}, cut at ${String(cutAt)}`).toEqual(acknowledged);
  expect([0, pending]).toContain(entries.length - acknowledged.length);
  for (const entry of entries)
    if (entry.type === 'model.requested') expect(await blobs.has(entry.prompt.digest)).toBe(true);
  await journal.append([note('after')], 99);
  expect((await open(restarted)).entries.map((e) => e.seq)).toEqual(
    entries.map((e) => e.seq).concat(entries.length + 1),
  );
  return disk.operations >= cutAt;
}

describe('the journal under power cuts', () => {
  it('J2: what was acknowledged survives a cut at each operation of the disk', async () => {
    let cuts = 0;
    for (let seed = 1; seed <= 12; seed++) {
      for (let cutAt = 1; await crashAndCheck(seed, cutAt); cutAt++) cuts++;
    }
    expect(cuts).toBeGreaterThan(400);
  });

  it('J2: sabotaged: a disk that says it synced and did not is caught', async () => {
    const failures: string[] = [];
    for (let seed = 1; seed <= 12; seed++) {
      await crashAndCheck(seed, 40, (disk) => (disk.lyingSync = true)).catch((error: unknown) =>
        failures.push(String(error)),
      );
    }
    expect(failures.length).toBeGreaterThan(6);
    expect(failures.filter((failure) => !/^(AssertionError: seed|JournalDamaged)/.test(failure))).toEqual([]);
  });

  it('J8: a full disk refuses the commit whole, and the next one goes on behind what was acknowledged', async () => {
    for (let room = 1; room < 6000; room += 97) {
      const disk = new SimulatedDisk(seeded(room));
      const { journal } = await open(disk);
      disk.room = room;
      const acknowledged: Entry[] = [];
      let full = 0;
      for (let i = 0; i < 12; i++) {
        try {
          acknowledged.push(...(await journal.append([note('y'.repeat(300)), note(String(i))], i)));
        } catch (error) {
          expect(error).toBeInstanceOf(DiskFull);
          expect(journal.seq).toBe(acknowledged.length);
          full++;
          disk.room += 2000;
        }
      }
      expect(full).toBeGreaterThan(0);
      expect((await open(disk.restart())).entries).toEqual(acknowledged);
    }
  });

  it('J4: each flipped bit of what was acknowledged stops the opening and names a byte', async () => {
    const { missed, checked } = await flipEveryByte(open);
    expect(checked).toBeGreaterThan(1500);
    expect(missed).toEqual([]);
  });

  it('J4: sabotaged: a recovery that passes over broken lines is caught', async () => {
    const { missed } = await flipEveryByte(async (disk) => {
      const file = await disk.openToAppend(`${run}/journal/000001.jsonl`);
      const lines = (await disk.read(`${run}/journal/000001.jsonl`)).toString('latin1').split('\n');
      const whole = lines.filter((line) => line.startsWith('{"seq"') && /\t[0-9a-f]{16}$/.test(line));
      await file.truncate(0);
      await file.append(Buffer.from(whole.map((line) => `${line}\n`).join(''), 'latin1'));
      return { entries: whole.map((line) => JSON.parse(line.split('\t')[0] ?? '') as Entry) };
    });
    expect(missed.length).toBeGreaterThan(0);
  });
});

async function flipEveryByte(opening: (disk: SimulatedDisk) => Promise<unknown>) {
  const path = `${run}/journal/000001.jsonl`;
  const fresh = async () => {
    const disk = new SimulatedDisk(seeded(7));
    const { journal } = await open(disk);
    await journal.append([note('first')], 1);
    await journal.append([note('second'), note('third')], 2);
    await journal.append([note('the last one')], 3);
    return disk;
  };
  const length = (await (await fresh()).read(path)).length;
  const missed: number[] = [];
  let checked = 0;
  for (let offset = 0; offset < length; offset++) {
    for (const flip of [1, 32, 128]) {
      const disk = await fresh();
      disk.damage(path, offset, flip);
      checked++;
      try {
        await opening(disk);
        missed.push(offset);
      } catch (error) {
        if (!(error instanceof JournalDamaged)) missed.push(offset);
        else expect(error.message).toContain('000001.jsonl, byte ');
      }
    }
  }
  return { missed, checked };
}
