import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { whatDeleting } from '../../../src/client/deleteRun.ts';
import { findRun } from '../../../src/client/runs.ts';
import { deleteRun } from '../../../src/engine/deleteRun.ts';
import { takeRunLock } from '../../../src/engine/lock/runLock.ts';

const runId = '20261123-0640-7f3a';

function scene() {
  const state = realpathSync(mkdtempSync(join(tmpdir(), 'belay-delete-')));
  const run = join(state, 'runs', runId);
  const closed = join(run, 'work/build/closed');
  onTestFinished(() => {
    if (existsSync(closed)) chmodSync(closed, 0o700);
    rmSync(state, { recursive: true, force: true });
  });
  const outside = join(state, 'outside');
  for (const folder of [closed, outside]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(outside, 'file'), 'stays');
  writeFileSync(
    join(run, 'start.json'),
    JSON.stringify({ workspace: outside, taskFile: join(outside, 'belay.json'), createdAt: 1 }),
  );
  writeFileSync(join(closed, 'file'), 'x'.repeat(1_000));
  symlinkSync(outside, join(run, 'work/link'));
  chmodSync(closed, 0o500);
  return { state, run, outside };
}

it('tells first what deleting frees, then deletes the run directory and nothing that it links to', async () => {
  const { state, run, outside } = scene();
  mkdirSync(join(state, 'runs/.deleted-20261123-0000-0000-1'));
  const found = await findRun(state, runId);
  if (found === null) throw new Error('the run is not found');
  const what = await whatDeleting(found);
  expect(what.bytes).toBeGreaterThan(1_000);
  expect(what.bytes).toBeLessThan(2_000);
  expect(what.words).toMatch(/^Deletes run 20261123-0640-7f3a with its journal/);
  expect(deleteRun(run)).toEqual({ ok: true });
  expect(readdirSync(join(state, 'runs'))).toEqual([]);
  expect(readdirSync(outside)).toEqual(['file']);
});

it('J7: a run that an engine holds is not deleted, nor what is no run', () => {
  const { state, run, outside } = scene();
  const taken = takeRunLock(run);
  if (taken.held) throw new Error('the lock is held');
  expect(deleteRun(run)).toMatchObject({ ok: false, message: expect.stringContaining('stop the run first') as string });
  expect(existsSync(join(run, 'work/build/closed/file'))).toBe(true);
  taken.lock.dispose();
  expect(deleteRun(outside)).toMatchObject({ ok: false });
  const link = join(state, 'runs/20261123-0640-0000');
  symlinkSync(outside, link);
  expect(deleteRun(link)).toMatchObject({ ok: false, message: expect.stringContaining('no run directory') as string });
  expect(readdirSync(outside)).toEqual(['file']);
});
