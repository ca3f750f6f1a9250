/**
 * Job: the process that meets a full disk.
 * Usage: node diskFullChild.ts take|rollback SMALL LARGE: a folder on a small disk, one on a large one. Prints the outcome as JSON.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../src/engine/checkpoint/content.ts';
import type { Outcome } from './case.ts';
import { checkStore } from './check.ts';
import { CaseEngine } from './engine.ts';
import { difference, look } from './look.ts';

const [what = '', small = '', large = ''] = process.argv.slice(2);
const isTake = what === 'take';
const workspace = join(isTake ? large : small, 'workspace');
const run = join(isTake ? small : large, 'run');
const filler = join(small, 'filler');

function write(path: string, content: string | Buffer): void {
  writeFileSync(join(workspace, path), content);
}

/** Leaves so many bytes free. */
function fill(bytes: number): void {
  const { bavail, bsize } = statfsSync(small);
  writeFileSync(filler, Buffer.alloc(Math.max(bavail * bsize - bytes, 0)));
}

async function isFull(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'the disk was not full\n';
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) if (codeOf(cause) === 'ENOSPC') return '';
    throw error;
  }
}

async function perform(): Promise<Outcome> {
  mkdirSync(workspace);
  for (const name of ['a', 'b', 'c']) write(name, randomBytes(500_000));
  write('small', 'one');
  const then = look(workspace);
  const engine = await CaseEngine.open(run, workspace);
  await engine.takeBaseline();
  await engine.beginStep();
  for (const name of ['a', 'b']) write(name, isTake ? randomBytes(600_000) : 'emptied');
  rmSync(join(workspace, 'c'));
  write('small', 'two');
  write('made', 'two');
  const now = look(workspace);
  const wrong = isTake ? await fullInTake(engine) : await fullInRollback(engine);
  const undo = difference(then, look(workspace));
  await engine.undo();
  const redo = difference(now, look(workspace));
  const store = await checkStore({ run }, engine);
  await engine.close();
  return { undo: `${wrong}${undo}`, redo: `${redo}${store}`, git: '' };
}

async function fullInTake(engine: CaseEngine): Promise<string> {
  fill(700_000);
  const full = await isFull(() => engine.finishStep());
  const left = readdirSync(join(run, 'store.git/tmp')).filter((name) => name !== 'clock' && name !== 'head');
  rmSync(filler);
  await engine.finishStep();
  await engine.rollBack(0);
  return `${full}${left.length === 0 ? '' : `half files stay: ${left.join(', ')}\n`}`;
}

async function fullInRollback(engine: CaseEngine): Promise<string> {
  await engine.finishStep();
  const [before, after] = [await engine.checkpoints.manifest(1), await engine.checkpoints.manifest(0)];
  fill(700_000);
  const full = await isFull(() => engine.rollBack(0));
  const half = [...look(workspace).keys()].filter(
    (path) => ![...before.entries, ...after.entries].some((entry) => entry.path === path),
  );
  rmSync(filler);
  await engine.finishRollback();
  return `${full}${half.length === 0 ? '' : `half files stay: ${half.join(', ')}\n`}`;
}

process.stdout.write(JSON.stringify(await perform()));
