import { cp, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LongList } from '../../../src/base/longList.ts';
import { checkSnapshot } from '../../../src/engine/checkSnapshot.ts';
import { realDisk } from '../../../src/engine/journal/disk.ts';
import { sha256 } from '../../../src/engine/journal/frame.ts';
import { walkJournal } from '../../../src/engine/journal/journal.ts';
import { readSnapshot } from '../../../src/engine/journal/snapshots.ts';
import { readStoredReport, readStoredSnapshot, readStoredState } from '../../../src/client/runs.ts';
import { snapshotFile, snapshotPartsFolder } from '../../../src/protocol/snapshot.ts';
import type { Entry } from '../../../src/run/entry.ts';
import { initialState, reduce } from '../../../src/run/reduce.ts';
import { checkpoint } from '../run/builders.ts';
import { addSteps, foldsOf, forge, open, stepBodies } from './longRun.ts';

let base: string;
/** A run of 40 steps in several segments whose engine ended well. */
let whole: string;
let folder: string;
/** What it folds to. */
let truth: unknown;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'belay-snapshot-'));
  whole = join(base, 'whole');
  await makeRun(whole, 40);
  await rm(snapshotFile(whole));
  const folded = await open(whole);
  truth = await foldsOf(folded);
  await folded.close();
});
afterAll(() => rm(base, { recursive: true, force: true }));

beforeEach(async () => {
  folder = join(base, 'run');
  await rm(folder, { recursive: true, force: true });
  await cp(whole, folder, { recursive: true });
});

async function makeRun(at: string, steps: number): Promise<void> {
  const opened = await open(at);
  await addSteps(opened, steps);
  await opened.close();
}

const segment = (n: number) => join(folder, 'journal', `00000${String(n)}.jsonl`);

describe('a snapshot', () => {
  it('J1: goes on as a fold of the whole journal does, and from it nothing before it is read', async () => {
    const opened = await open(folder);
    expect(opened.snapshot).not.toBeNull();
    expect(await foldsOf(opened)).toEqual(truth);
    await addSteps(opened, 3);
    const after = await foldsOf(opened);
    const pages = await opened.records.steps(44);
    await opened.close();
    await rm(snapshotFile(folder));
    const twin = await open(folder);
    expect([twin.snapshot, await foldsOf(twin), await twin.records.steps(44)]).toEqual([null, after, pages]);
    await twin.close();
  });

  it('J1: an engine that was killed behind it loses nothing, and the next one reads only what followed', async () => {
    const killed = await open(folder);
    await addSteps(killed, 2);
    const before = await foldsOf(killed);
    const next = await open(folder); // nothing of the killed one was closed
    expect([next.snapshot === null, await foldsOf(next)]).toEqual([false, before]);
    await killed.journal.close();
    await next.close();
  });

  it('is given to a journal that has none, then every so many entries and at a clean end', async () => {
    await rm(snapshotFile(folder));
    const opened = await open(folder);
    const first = await readSnapshot(folder);
    expect(first?.landmark.seq).toBe(opened.run.state.seq);
    await addSteps(opened, 12);
    await expect.poll(async () => (await readSnapshot(folder))?.landmark.seq).toBeGreaterThan(first?.landmark.seq ?? 0);
    await opened.close();
    expect((await readSnapshot(folder))?.landmark.seq).toBe(opened.run.state.seq);
  });

  it('is not made for a run of one segment', async () => {
    const small = join(base, 'small');
    await makeRun(small, 1);
    expect(await readSnapshot(small)).toBeNull();
  });

  it('is read by a client too: state and report as from the whole journal', async () => {
    const [state, report] = [await readStoredState(folder), await readStoredReport(folder)];
    expect(await readStoredSnapshot(folder)).not.toBeNull();
    await rm(snapshotFile(folder));
    expect([await readStoredState(folder), await readStoredReport(folder)]).toEqual([state, report]);
  });
});

describe('a snapshot that is no good', () => {
  it('J3: torn at any kind of byte, it is thrown away and the journal folded whole', async () => {
    const text = await readFile(snapshotFile(folder), 'utf8');
    const lines = text.split('\n');
    const ends = lines.slice(0, -1).map((_, index) => lines.slice(0, index + 1).join('\n').length + 1);
    const cuts = [0, 1, 63, 64, ...ends.flatMap((end) => [end - 2, end - 1, end, end + 1])];
    for (const cut of cuts.filter((at) => at < text.length)) {
      await writeFile(snapshotFile(folder), text.slice(0, cut));
      expect([await readSnapshot(folder), await readStoredSnapshot(folder)], `cut at ${String(cut)}`).toEqual([
        null,
        null,
      ]);
    }
    const opened = await open(folder);
    expect([opened.snapshot, await foldsOf(opened)]).toEqual([null, truth]);
    await opened.close();
  });

  it('J4: with one bit that flipped in its digest, its head, its state or a list, it is thrown away', async () => {
    const bytes = await readFile(snapshotFile(folder));
    const lines = bytes.toString('utf8').split('\n');
    let start = 0;
    for (const line of lines.slice(0, -1)) {
      const changed = Buffer.from(bytes);
      const at = start + Math.floor(line.length / 2);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await writeFile(snapshotFile(folder), changed);
      expect(await readSnapshot(folder)).toBeNull();
      start += Buffer.byteLength(line) + 1;
    }
    await writeFile(snapshotFile(folder), bytes);
    expect(await readSnapshot(folder), 'the sabotage is undone').not.toBeNull();
  });

  it('J1: of other folds, it is made anew', async () => {
    await forge(folder, (snapshot) => snapshot, 'other folds');
    const opened = await open(folder);
    expect([opened.snapshot, await foldsOf(opened)]).toEqual([null, truth]);
    await opened.close();
    expect(await readSnapshot(folder)).not.toBeNull();
  });

  it('J6: of another run, it is not gone on from', async () => {
    const other = join(base, 'other');
    await makeRun(other, 40);
    await cp(snapshotFile(other), snapshotFile(folder));
    expect(await readStoredSnapshot(folder)).toBeNull();
    const opened = await open(folder);
    expect([opened.snapshot, await foldsOf(opened)]).toEqual([null, truth]);
    await opened.close();
  });

  it('J6: older than the journal, it is gone on from; newer than a journal that was put back, it is not', async () => {
    const old = await readFile(snapshotFile(folder));
    const opened = await open(folder);
    await addSteps(opened, 2);
    const after = await foldsOf(opened);
    await opened.close();
    const newer = await readFile(snapshotFile(folder));
    await writeFile(snapshotFile(folder), old);
    const again = await open(folder);
    expect([again.snapshot === null, await foldsOf(again)]).toEqual([false, after]);
    await again.close();
    await rm(join(folder, 'journal'), { recursive: true });
    await cp(join(whole, 'journal'), join(folder, 'journal'), { recursive: true });
    await writeFile(snapshotFile(folder), newer);
    const back = await open(folder);
    expect([back.snapshot, await foldsOf(back)]).toEqual([null, truth]);
    await back.close();
  });

  it('J1: one that lies about the state, the records or a place is found out by the check', async () => {
    expect(await checkSnapshot(folder)).toEqual({ kind: 'agrees' });
    const found: unknown[] = [];
    const sound = await readFile(snapshotFile(folder));
    const lies: Parameters<typeof forge>[1][] = [
      (s) => ({ ...s, state: { ...s.state, budget: { ...s.state.budget, spentUsd: 0 } } }),
      (s) => ({ ...s, state: { ...s.state, checkpoints: LongList.of(s.state.checkpoints.slice(1)) } }),
      (s) => ({ ...s, records: { ...s.records, probes: 7 } }),
      (s) => ({ ...s, landmark: { ...s.landmark, steps: s.landmark.steps.map((n) => n + 1) } }),
      (s) => ({ ...s, landmark: { ...s.landmark, segments: s.landmark.segments.map((x) => ({ ...x, firstSeq: 1 })) } }),
    ];
    for (const lie of lies) {
      await writeFile(snapshotFile(folder), sound);
      await forge(folder, lie);
      found.push((await checkSnapshot(folder)).kind);
    }
    expect(found).toEqual(lies.map(() => 'lies'));
  });

  it('J1: one that what follows it does not fit is thrown away, and the journal folded whole', async () => {
    const killed = await open(folder);
    await killed.run.record({ type: 'step.started', step: 41 });
    await killed.close();
    const begun = await readFile(snapshotFile(folder));
    const next = await open(folder);
    await next.run.record(...stepBodies(41, 41).slice(1, 3));
    const after = await foldsOf(next);
    await next.journal.close();
    await writeFile(snapshotFile(folder), begun);
    await forge(folder, (s) => ({ ...s, state: { ...s.state, step: null } }));
    const opened = await open(folder);
    expect([opened.snapshot, await foldsOf(opened)]).toEqual([null, after]);
    await opened.close();
  });

  it('J1: what was folded on a lie is not kept once it is found out', async () => {
    await forge(folder, (s) => ({ ...s, state: { ...s.state, budget: { ...s.state.budget, spentUsd: 0 } } }));
    const opened = await open(folder);
    await opened.snapshot?.distrust();
    await addSteps(opened, 20);
    await opened.close();
    expect(await readdir(folder)).not.toContain('snapshot');
  });

  it('J1: an index that lies leads to no other step: it is made anew', async () => {
    const sound = await open(folder);
    const pages = [await sound.records.steps(41), await sound.records.steps(20)];
    await sound.close();
    for (const shift of [1, -1, 100_000]) {
      await forge(folder, (s) => ({
        ...s,
        landmark: { ...s.landmark, steps: s.landmark.steps.map((n, i) => (i % 4 === 3 ? Math.max(0, n + shift) : n)) },
      }));
      const opened = await open(folder);
      expect(opened.snapshot).not.toBeNull();
      expect([await opened.records.steps(41), await opened.records.steps(20)]).toEqual(pages);
      expect(await foldsOf(opened)).toEqual(truth);
      await opened.journal.close();
    }
  });
});

describe('the pieces of a long snapshot', () => {
  let long: string;

  beforeEach(async () => {
    long = join(base, 'long');
    await rm(long, { recursive: true, force: true });
    await makeRun(long, 120);
  });

  const pieces = async () => {
    const names = await readdir(snapshotPartsFolder(long));
    return Promise.all(names.map(async (name) => [name, (await stat(join(snapshotPartsFolder(long), name))).ino]));
  };

  it('J1: what is in their files is read back, by the engine and by a client', async () => {
    expect(await pieces()).toHaveLength(2); // rows 1 to 50 and 51 to 100
    const stored = await readStoredState(long);
    const opened = await open(long);
    expect(opened.snapshot).not.toBeNull();
    const folds = await foldsOf(opened);
    await opened.journal.close();
    await rm(snapshotFile(long));
    const twin = await open(long);
    expect([twin.snapshot, await foldsOf(twin), await readStoredState(long)]).toEqual([null, folds, stored]);
    await twin.close();
  });

  it('are written once while nothing in them changes, and go when nothing names them', async () => {
    const opened = await open(long);
    const newer = async (count: number) => {
      const from = opened.run.state.seq;
      await addSteps(opened, count);
      await expect.poll(async () => (await readSnapshot(long))?.landmark.seq).toBeGreaterThan(from);
    };
    await newer(10);
    const before = await pieces();
    await newer(10);
    expect([before.length, await pieces()]).toEqual([2, before]);
    await addSteps(opened, 301);
    await opened.close();
    const [then, now] = [before.map(([name]) => name), (await pieces()).map(([name]) => name)];
    expect(opened.run.state.steps.at(0)?.step).toBe(42);
    expect([now.length, now.filter((name) => then.includes(name)).length]).toEqual([7, 1]); // rows 51 to 400 by fifties
  });

  it('J4: one that is torn, changed, missing or another one makes the snapshot no good', async () => {
    const [first = '', second = ''] = await readdir(snapshotPartsFolder(long));
    const file = join(snapshotPartsFolder(long), first);
    const sound = await readFile(file);
    const other = await readFile(join(snapshotPartsFolder(long), second));
    const changed = Buffer.from(sound);
    changed[40] = (changed[40] ?? 0) ^ 1;
    for (const bytes of [sound.subarray(0, -1), changed, Buffer.alloc(0), other]) {
      await writeFile(file, bytes);
      expect([await readSnapshot(long), await readStoredSnapshot(long)]).toEqual([null, null]);
    }
    await rm(file);
    expect([await readSnapshot(long), await readStoredSnapshot(long)]).toEqual([null, null]);
    await writeFile(file, sound);
    expect(await readSnapshot(long), 'the sabotage is undone').not.toBeNull();
  });

  it('J1: a name that is no digest leads to no file', async () => {
    const text = await readFile(snapshotFile(long), 'utf8');
    const [part = ''] = await readdir(snapshotPartsFolder(long));
    const outside = 'a'.repeat(64);
    await writeFile(join(long, outside), await readFile(join(snapshotPartsFolder(long), part)));
    const body = text.slice(65).replace(part, `../${outside}`);
    await writeFile(snapshotFile(long), `${sha256(body)}\n${body}`);
    expect([await readSnapshot(long), await readStoredSnapshot(long)]).toEqual([null, null]);
  });
});

describe('what an opening from a snapshot lets pass', () => {
  it('J4: damage in a sealed segment is found by the check, with segment and byte', async () => {
    const bytes = await readFile(segment(1));
    bytes[30] = 0x7e; // in the first entry, which no step at hand needs
    await writeFile(segment(1), bytes);
    const opened = await open(folder);
    expect(opened.snapshot).not.toBeNull();
    await opened.journal.close();
    expect(await checkSnapshot(folder)).toEqual({
      kind: 'damaged',
      message: expect.stringContaining('000001.jsonl, byte 0:') as string,
    });
  });

  it('J4: a sealed segment that is shorter or missing is named at once', async () => {
    await truncate(segment(2), (await stat(segment(2))).size - 10);
    await expect(open(folder)).rejects.toThrow('000002.jsonl, byte');
    await rm(segment(2));
    await expect(open(folder)).rejects.toThrow('segment 000002.jsonl is missing');
  });

  it('J4: damage behind the snapshot is named at once', async () => {
    const killed = await open(folder);
    await addSteps(killed, 1);
    await killed.journal.close();
    const last = (await readdir(join(folder, 'journal'))).sort().at(-1) ?? '';
    const path = join(folder, 'journal', last);
    const bytes = await readFile(path);
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
    await writeFile(path, Buffer.concat([bytes]));
    await expect(open(folder)).rejects.toThrow(`${last}, byte`);
  });
});

it('B3: the turns at hand are those of the newest steps, and a rollback brings older ones back from the journal', async () => {
  const far = join(base, 'far');
  const opened = await open(far);
  const { run } = opened;
  await addSteps(opened, 200);
  await run.recall();
  expect([run.conversation.turn(80), run.conversation.turn(81)?.step, run.conversation.turn(200)?.step]).toEqual([
    undefined,
    81,
    200,
  ]);
  await run.record(
    checkpoint(201, { kind: 'safety', step: null }),
    { type: 'rollback.started', to: 30, safety: 201, plan: { digest: 'd', bytes: 1 }, by: 'anna', undo: false },
    checkpoint(202, { kind: 'rollback', step: null, continues: 30 }),
    { type: 'rollback.finished', to: 30, written: 1, deleted: 0, kept: 0, conflicts: [] },
  );
  await run.recall();
  expect([run.conversation.turn(30)?.text, run.conversation.turn(200)]).toEqual(['Step 30.', undefined]);
  expect(run.conversation.turn(30)?.calls[0]?.output).toBe('done');
  await opened.close();
});

it('the page of a step is what the state kept of it', async () => {
  const opened = await open(folder);
  expect(await opened.records.steps(41)).toEqual(opened.run.state.steps);
  expect((await opened.records.steps(11)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await opened.records.steps(1)).toEqual([]);
  await opened.close();
});

it('J6: the twin fold of the journal equals the state that the engine has', async () => {
  const opened = await open(folder);
  let twin = initialState;
  await walkJournal(folder, realDisk, (entry: Entry) => {
    twin = reduce(twin, entry);
    return Promise.resolve();
  });
  expect(opened.run.state).toEqual(twin);
  await opened.close();
});
