import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../../src/run/limits.ts';
import { addSteps, forge, open, type Opened } from './longRun.ts';

let folder: string;
let opened: Opened;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-find-'));
  opened = await open(folder);
  await addSteps(opened, 60);
  await opened.close();
  opened = await open(folder);
});
afterAll(async () => {
  await opened.journal.close();
  await rm(folder, { recursive: true, force: true });
});

const steps = (found: readonly { readonly step: number }[]) => found.map(({ step }) => step);

it('finds a text in steps of every segment, newest first, and says that all were looked at', async () => {
  expect(opened.journal.sealed).toBeGreaterThan(5);
  const { found, before } = await opened.records.find('STEP 2', 61);
  expect([steps(found), before]).toEqual([[29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 2], null]);
  expect(found.at(-1)).toMatchObject({ where: 'title', excerpt: 'Step 2.' });
});

it('B3: looks at so many bytes at a time, and goes on where it stopped', async () => {
  const { reader } = opened.journal;
  const moves: (readonly number[])[] = [];
  let before: number | null = 61;
  while (before !== null) {
    const move: Awaited<ReturnType<typeof reader.searchBefore>> = await reader.searchBefore(before, 10_000, () => true);
    moves.push(steps(move.steps));
    before = move.lookedTo;
  }
  expect(moves.flat()).toEqual(Array.from({ length: 60 }, (_, index) => 60 - index));
  expect(moves.length).toBeGreaterThan(3);
  expect(Math.max(...moves.map(({ length }) => length))).toBeLessThan(60);
});

it('looks before the step that it is told, and finds nothing before the first', async () => {
  expect(steps((await opened.records.find('step 2', 21)).found)).toEqual([20, 2]);
  expect(await opened.records.find('step', 1)).toEqual({ found: [], before: null });
  expect((await opened.records.find('no step says this', 61)).found).toEqual([]);
});

it('J1: an index that lies hides no step', async () => {
  const lying = await mkdtemp(join(tmpdir(), 'belay-find-lie-'));
  const sound = await open(lying);
  await addSteps(sound, 60);
  await sound.close();
  await forge(lying, (s) => ({
    ...s,
    landmark: { ...s.landmark, steps: s.landmark.steps.map((n, i) => (i % 4 === 3 ? n + 50 : n)) },
  }));
  const misled = await open(lying);
  expect(misled.snapshot).not.toBeNull();
  expect(steps((await misled.records.find('step 2', 61)).found)).toHaveLength(11);
  await misled.journal.close();
  await rm(lying, { recursive: true, force: true });
  expect(limits.findBytes).toBeLessThan(limits.segmentBytes);
});
