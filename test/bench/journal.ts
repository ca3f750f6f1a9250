/**
 * Job: `bench journal`: a run of 1,000,000 entries and 20,000 steps, resumed, read by pages and appended to as a fresh one is.
 * Boundary: a real engine (production bundle) on a real run, whose journal was made long by the journal's own append path; only
 *   the waiting for the disk is left out while it is made.
 *
 * append.perFloor: a durable append of one entry against write + fdatasync of the same bytes, one after the other, medians.
 * openTailMs: journal and folds from the snapshot on, with the longest tail: limits.entriesPerSnapshot were written behind it.
 * openWholeMs: the same without a snapshot, once: what a journal of before there were snapshots takes.
 * resumeMs: from the engine's spawn to the report that it serves; freshMs: the same of the run when it was new.
 * stepPageMs: a page of older steps over the socket, at random places. engineRssMb: the resident set after all that.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { RunConnection } from '../../src/client/connection.ts';
import { Blobs } from '../../src/engine/journal/blobs.ts';
import { openJournal, type Journal } from '../../src/engine/journal/journal.ts';
import { openFolds } from '../../src/engine/openFolds.ts';
import { snapshotFile } from '../../src/protocol/snapshot.ts';
import type { EntryBody } from '../../src/run/entry.ts';
import { limits } from '../../src/run/limits.ts';
import { HurriedDisk } from './hurriedDisk.ts';
import { median, rounded, tell, type Figures } from './figures.ts';
import { stepCommits, type Place } from './longRun.ts';
import { inScene, type Scene, type StartedEngine } from './scene.ts';

const entriesWanted = 1_000_000;
/** Written behind the snapshot: about as much as there is at most when an engine is killed. */
const tailEntries = limits.entriesPerSnapshot - 100;
const clock = { now: () => Date.now(), awake: () => performance.now(), sleep: () => Promise.resolve() };

export function benchJournal(): Promise<Figures> {
  return inScene(async (scene) => {
    await scene.build({ vsix: false });
    const workspace = scene.tinyWorkspace('long', 'http://127.0.0.1:1/v1');
    const fresh = await scene.startEngine(workspace);
    const place = await baselineOf(fresh);
    tell(`a fresh engine: ${residentMb(fresh.pid).toFixed(0)} MB resident`);
    await fresh.stop();
    const { run } = fresh;
    const step = await lengthen(run, entriesWanted - tailEntries, 1, place);
    const openWholeMs = await timed(() => openAndClose(run));
    const next = await lengthen(run, entriesWanted, step, place);
    const tails: number[] = [];
    for (let time = 0; time < 3; time++) tails.push(await timed(() => open(run)));
    const openTailMs = median(tails);
    // Its snapshot is of other folds than those of the bundle: this start folds the whole journal and leaves one of its own.
    const first = await scene.resumeEngine(fresh.runId);
    await first.kill();
    tell(`the first start without a snapshot took ${first.readyMs.toFixed(0)} ms`);
    const steps = (await lengthen(run, entriesWanted + tailEntries, next, place)) - 1;
    const resumed = await resume(scene, fresh);
    const append = await appended(run);
    return {
      'append.perFloor': rounded(append.ms / append.floorMs),
      appendMs: rounded(append.ms),
      openTailMs: rounded(openTailMs),
      openWholeMs: rounded(openWholeMs),
      ...resumed,
      freshMs: rounded(fresh.readyMs),
      steps,
    };
  });
}

/** The checkpoint that all others of the made run show: the store has no more than this one. */
async function baselineOf({ run }: StartedEngine): Promise<Place> {
  const client = await RunConnection.open({ run, client: 'bench' });
  const { checkpoints } = await client.until(({ checkpoints: taken }) => taken.length > 0);
  client.dispose();
  const [baseline] = checkpoints;
  if (baseline === undefined) throw new Error('the run has no baseline');
  return baseline;
}

/** Appends steps until the journal has so many entries; returns the next step's number. */
async function lengthen(run: string, entries: number, from: number, place: Place): Promise<number> {
  const disk = new HurriedDisk();
  const { journal } = await openJournal(run, { blobs: { has: () => Promise.resolve(true) }, disk });
  let step = from;
  let at = Date.now() - 19 * 86_400_000 + from * 80_000;
  const add = async (bodies: readonly EntryBody[]) => {
    at += 1_600;
    await journal.append(bodies, at);
  };
  if (from > 1) await add([{ type: 'run.resumed', by: 'bench' }]);
  for (; journal.seq < entries - 60; step++) for (const bodies of stepCommits(step, place)) await add(bodies);
  while (journal.seq < entries)
    await add([{ type: 'run.paused', reason: 'supervisor', message: 'paused by you', by: 'bench' }]);
  await journal.close();
  disk.flushAll();
  return step;
}

/** Opens the folds as the engine does, and ends them well: a snapshot is left. */
async function openAndClose(run: string): Promise<void> {
  const closing = await open(run);
  for (const end of closing.toReversed()) await end();
}

async function open(run: string): Promise<readonly (() => Promise<void>)[]> {
  const closing: (() => Promise<void>)[] = [];
  await openFolds({ folder: run, blobs: new Blobs(run), clock }, closing);
  return closing;
}

async function resume(scene: Scene, { runId, run }: StartedEngine): Promise<Figures> {
  const times: number[] = [];
  let pages: readonly number[] = [];
  let rssMb = 0;
  const kept = readFileSync(snapshotFile(run));
  for (let time = 0; time < 3; time++) {
    // As if the one before had been killed: with the tail that was written behind the snapshot.
    const engine = await scene.resumeEngine(runId);
    times.push(engine.readyMs);
    const atFirst = residentMb(engine.pid);
    pages = await pagesOf(run);
    rssMb = residentMb(engine.pid);
    tell(`resident: ${atFirst.toFixed(0)} MB when it serves, ${rssMb.toFixed(0)} MB after a window and 200 pages`);
    await engine.kill();
    if (!readFileSync(snapshotFile(run)).equals(kept)) throw new Error('the killed engine has left another snapshot');
  }
  return { resumeMs: rounded(median(times)), stepPageMs: rounded(median(pages)), engineRssMb: rounded(rssMb) };
}

async function pagesOf(run: string): Promise<readonly number[]> {
  const client = await RunConnection.open({ run, client: 'bench' });
  const last = client.state.stepsFinished;
  const times: number[] = [];
  for (let page = 0; page < 200; page++) {
    const before = 2 + ((page * 7_919) % (last - 1));
    const startedAt = performance.now();
    const steps = await client.request('steps', { before });
    times.push(performance.now() - startedAt);
    if (steps.at(-1)?.step !== before - 1) throw new Error(`the page before ${String(before)} ends elsewhere`);
  }
  client.dispose();
  return times;
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'latin1'))?.[1]) / 1024;
}

/** Medians of one durable append, and of write + fdatasync of as many bytes, taken in turns. */
async function appended(run: string): Promise<{ readonly ms: number; readonly floorMs: number }> {
  const { journal } = await openJournal(run, { blobs: { has: () => Promise.resolve(true) } });
  const body: EntryBody = { type: 'run.resumed', by: 'x'.repeat(500) };
  const file = join(run, 'floor');
  const descriptor = openSync(file, 'a');
  const times: number[] = [];
  const floors: number[] = [];
  for (let turn = 0; turn < 400; turn++) {
    times.push(await timed(() => appendOne(journal, body)));
    const bytes = Buffer.alloc(journal.landmark().lineBytes + 1, 0x61);
    floors.push(
      await timed(() => {
        writeSync(descriptor, bytes);
        fdatasyncSync(descriptor);
        return Promise.resolve();
      }),
    );
  }
  closeSync(descriptor);
  rmSync(file);
  await journal.close();
  return { ms: median(times), floorMs: median(floors) };
}

async function appendOne(journal: Journal, body: EntryBody): Promise<void> {
  await journal.append([body], Date.now());
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
