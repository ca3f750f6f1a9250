/** Job: what a candidate or its build leaves behind decides neither a verdict nor whether a run can be opened again. */
import { mkdirSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Bench, checkOutOf } from './candidates.ts';

vi.setConfig({ testTimeout: 60_000 });

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.end());

/** Leaves folders whose path is longer than a path may be, the last one closed; then answers. */
const deep = `my $n = 'd' x 100;
for (1 .. 60) { mkdir $n or die; chdir $n or die }
mkdir 'in'; mkdir 'in/x'; chmod 0, 'in';
print 'done';`;
const answer = `print 'done';`;
const expectDone = { expect: { stdout: 'done' } };

function verify(main: string, { build, tree = 'a'.repeat(40) }: { build?: string; tree?: string | null } = {}) {
  const cases = ['one', 'two'].map((id) => ({ id, files: { 'sub/given': '' }, ...expectDone }));
  const file = bench.suite('visible.jsonl', [...cases, { id: 'three', ...expectDone }]);
  return bench.visible().verify({
    suite: { kind: 'visible', file },
    recipe: bench.recipe({ build }),
    tree,
    checkOut: checkOutOf({ 'main.pl': main }),
    seed: 1,
    show: 3,
  });
}

it('H5: a case that leaves a chain of folders too deep and too closed to be removed by name is judged, and nothing stays', async () => {
  const result = await verify(deep);
  expect(result.failing).toEqual([]);
  expect(result.counts.pass).toBe(3);
  expect(readdirSync(join(bench.run, 'work/visible/cases'))).toEqual([]);
});

it('S1: a verifier opens over what a killed engine left, whatever it is, and its process removes it', async () => {
  const work = join(bench.run, 'work/visible');
  for (const name of ['cases/1-2-3', 'checkout-1']) {
    mkdirSync(join(work, name), { recursive: true });
    const made = spawnSync('perl', ['-e', deep], { cwd: join(work, name) });
    expect(made.stdout.toString()).toBe('done');
  }
  expect((await verify(answer)).counts.pass).toBe(3);
  expect(readdirSync(work).sort()).toEqual(['builds', 'cases']);
});

it.each(['chmod 555 .', 'chmod 0 .'])('H5: a build that ends with %s is kept as any other', async (build) => {
  expect((await verify(answer, { build })).counts.pass).toBe(3);
  expect(readdirSync(join(bench.run, 'work/visible/builds'))).toHaveLength(2);
});

it('H5: names of a build that are no UTF-8 are there for the case, each by its bytes', async () => {
  const build = `printf A >"$(printf '\\376')"; printf B >"$(printf '\\377')"`;
  const result = await verify(`for ("\\376", "\\377") { open my $f, '<', $_ or die "$_: $!"; print <$f> }`, { build });
  expect(result.failing.map(({ actual }) => actual)).toEqual(['AB', 'AB', 'AB']);
});
