/** Rules: C4, C7, J9 when the process is killed in the middle of a rollback or of a checkpoint. */
import { execFileSync, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { storeEnvironment } from '../../../src/engine/checkpoint/catFile.ts';
import { openCheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { Workbench } from './fixture.ts';

/** Runs the child and kills it `afterMs` after it began. True when it was cut before its end. */
async function cut(bench: Workbench, what: string, state: object, afterMs: number): Promise<boolean> {
  const stateFile = join(bench.root, 'state.json');
  writeFileSync(stateFile, JSON.stringify(state));
  const args = [
    join(import.meta.dirname, 'cutChild.ts'),
    what,
    join(bench.root, 'store.git'),
    bench.workspace,
    stateFile,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    const begins = output === '';
    output += chunk.toString();
    if (begins) setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  await new Promise((resolve) => child.on('close', resolve));
  expect(errors).toBe('');
  expect(output).toMatch(/^go\n/);
  return !output.includes('done');
}

it('C4: a rollback that is killed anywhere is completed by running it again', async () => {
  const bench = await Workbench.open();
  const names = Array.from({ length: 150 }, (_, i) => `d${String(i % 10)}/f${String(i)}`);
  for (const name of names) bench.write(name, `one ${name}`, 0o600);
  const first = bench.look();
  await bench.take('baseline');
  names.forEach((name, i) => {
    if (i % 3 === 0) bench.remove(name);
    else bench.write(name, 'two', 0o644);
    bench.write(`new/${String(i)}`, 'new');
  });
  const second = bench.look();
  await bench.take('step');
  const { plan } = await bench.plan(0);
  let cuts = 0;
  for (const afterMs of [5, 30, 90]) {
    const safety = await bench.take('safety');
    const [to, now] = [bench.manifest(0), bench.manifest(safety)];
    if (await cut(bench, 'apply', { plan, to, now }, afterMs)) cuts += 1;
    await bench.store.applyRollback(plan, to, { now });
    expect(bench.look()).toEqual(first);
    await bench.take('rollback');
    await bench.rollBack(safety);
    expect(bench.look()).toEqual(second);
  }
  expect(cuts).toBeGreaterThan(0);
}, 60_000);

it('C7, J9: a checkpoint that is killed anywhere leaves a store that is whole and goes on', async () => {
  const bench = await Workbench.open();
  bench.write('x', 'one');
  await bench.take('baseline');
  const folder = join(bench.root, 'store.git');
  let cuts = 0;
  for (const afterMs of [0, 15, 60]) {
    rmSync(bench.workspace, { recursive: true });
    for (let i = 0; i < 400; i++)
      bench.write(`d${String(i % 9)}/f${String(i)}`, `${String(afterMs)} ${String(i)}`.repeat(2000));
    if (await cut(bench, 'take', { parent: bench.taken(0).commit }, afterMs)) cuts += 1;
    const again = await openCheckpointStore({ folder, workspace: bench.workspace });
    execFileSync('git', ['fsck', '--full', '--strict'], { env: storeEnvironment(folder), cwd: folder, stdio: 'pipe' });
    expect(await again.readFile(bench.manifest(0), 'x')).toEqual(Buffer.from('one'));
    const taken = await again.take({ title: 'after', at: 0, parent: bench.taken(0).commit, previous: null });
    expect(again.head()).toBe(taken.commit);
    again.dispose();
  }
  expect(cuts).toBeGreaterThan(0);
}, 60_000);
