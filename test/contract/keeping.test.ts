/** What a run keeps, with a real engine: thinning, what is not covered, the audit of checkpoints, deleting the run. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deleteRun, whatDeleting } from '../../src/client/deleteRun.ts';
import { findRun } from '../../src/client/runs.ts';
import { auditRun } from '../../src/engine/auditRun.ts';
import { Bench, runIdOf, say, script, writes } from './harness.ts';
import { engineBundle } from './engineBundle.ts';

/** Writes another file in each of its steps, then asks. */
const steps = 8;

it('C3, C7, J9: thins, says what is not covered, is audited whole, and is deleted without a trace outside', async () => {
  const answers = Array.from({ length: steps }, (_, at) =>
    say(`Step ${String(at + 1)}.`, writes(`made-${String(at + 1)}.txt`, `${String(at + 1)}\n`)),
  );
  const bench = await Bench.make({
    files: { '.gitignore': 'kept-out/\n', 'kept-out/big.txt': 'x' },
    answer: script(...answers, say('I wait.', { name: 'ask', args: { question: 'Go on?' } })),
  });
  const window = await bench.start();
  await window.until((state) => state.gate !== null);
  expect(await window.request('notCovered', { checkpoint: 3 })).toMatchObject([{ path: 'kept-out/' }]);
  expect(window.state.store.bytes).toBeGreaterThan(1_000);

  const plan = await window.request('planThinning', { last: 2 });
  expect(plan.checkpoints.length).toBeGreaterThan(2);
  const [first = -1] = plan.checkpoints;
  await window.request('thin', { last: 2, checkpoints: plan.checkpoints });
  await window.until((state) => !state.store.sweepDue && state.checkpoints.get(first)?.thinned === true);
  await expect(window.request('planRollback', { to: first })).rejects.toThrow(/was thinned/);
  await expect(window.request('thin', { last: 2, checkpoints: [0] })).rejects.toThrow(/is kept/);
  const rollback = await window.request('planRollback', { to: 0 });
  expect(rollback.paths.filter(({ action }) => action === 'delete')).toHaveLength(steps);

  const kept = window.state.checkpoints.filter((c) => !c.thinned).length;
  expect(await auditRun(window.run, true)).toMatchObject({ ok: true, problems: [], checkpoints: kept });

  const found = await findRun(bench.state, runIdOf(window));
  if (found === null) throw new Error('the run is not found');
  await expect(whatDeleting(found)).rejects.toThrow(/is active/);
  await window.request('stop', {});
  await window.until((state) => state.ended !== null);
  const late = await window.request('planThinning', { last: 1 });
  expect(late.checkpoints).not.toEqual([]);
  await window.request('thin', { last: 1, checkpoints: late.checkpoints });
  await window.until(
    (state) => !state.store.sweepDue && state.checkpoints.get(late.checkpoints[0] ?? 0)?.thinned === true,
  );
  expect(await auditRun(window.run, true)).toMatchObject({
    ok: true,
    problems: [],
    checkpoints: kept - late.checkpoints.length,
  });
  await expect.poll(async () => (await findRun(bench.state, runIdOf(window)))?.alive, { timeout: 20_000 }).toBe(true);

  const packs = join(window.run, 'store.git/objects/pack');
  const pack = readdirSync(packs).find((name) => name.endsWith('.idx')) ?? '';
  rmSync(join(packs, pack));
  const damaged = await auditRun(window.run, false);
  expect(damaged.ok).toBe(false);
  expect(damaged.problems[0]).toMatch(/^checkpoint \d+: .*(missing|damaged)/);

  const ended = await findRun(bench.state, runIdOf(window));
  if (ended === null) throw new Error('the run is not found');
  expect((await whatDeleting(ended)).bytes).toBeGreaterThan(10_000);
  await deleteRun(ended, { state: bench.state, engineBundle: await engineBundle() });
  expect(existsSync(window.run)).toBe(false);
  expect(bench.read('made-1.txt')).toBe('1\n');
});
