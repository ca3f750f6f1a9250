/** Rules: C4, C5, C6 against what an agent may leave in the way of a rollback: none of it may make one impossible. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/run/limits.ts';
import { Workbench } from './fixture.ts';

/** The name that a rollback of this path uses beside it. */
function temporaryOf(path: string): string {
  return `.belay-rollback-${createHash('sha1').update(JSON.stringify(path)).digest('hex').slice(0, 16)}`;
}

describe('the temporary name is taken', () => {
  it('C4: by a folder, twice: the rollback takes another name, and leaves none behind', async () => {
    const bench = await Workbench.open();
    bench.write('x', 'one');
    await bench.take('baseline');
    bench.write('x', 'two');
    bench.write(`${temporaryOf('x')}/planted`, 'by the run');
    mkdirSync(bench.path(`${temporaryOf('x')}-1`));
    await bench.take('step');
    await bench.rollBack(0);
    expect(bench.look()).toMatchObject({ x: 'file 644 one' });
    expect(Object.keys(bench.look())).toEqual(['x']);
  });

  it('C4: by a folder that came after the plan', async () => {
    const bench = await Workbench.open();
    bench.write('x', 'one');
    await bench.take('baseline');
    bench.write('x', 'two');
    await bench.take('step');
    const { plan, now } = await bench.plan(0);
    mkdirSync(bench.path(temporaryOf('x')));
    await bench.store.applyRollback(plan, bench.manifest(0), { now });
    expect(bench.look()).toEqual({ [temporaryOf('x')]: 'folder 755', x: 'file 644 one' });
  });

  it('C4: by what a crash left: that goes; by a file that a checkpoint covers: that stays', async () => {
    const bench = await Workbench.open();
    bench.write('x', 'one');
    bench.write('y', 'one');
    bench.write(temporaryOf('y'), 'covered');
    await bench.take('baseline');
    for (const name of ['x', 'y']) bench.write(name, 'two');
    await bench.take('step');
    const { plan, now } = await bench.plan(0);
    symlinkSync('half', bench.path(temporaryOf('x')));
    await bench.store.applyRollback(plan, bench.manifest(0), { now });
    expect(bench.look()).toEqual({ x: 'file 644 one', y: 'file 644 one', [temporaryOf('y')]: 'file 644 covered' });
  });
});

describe('a folder is read-only', () => {
  /** The rollback in a process that modes bind: root is bound by none. */
  function applyAsAnyone(bench: Workbench, state: object): void {
    const stateFile = join(bench.root, 'state.json');
    writeFileSync(stateFile, JSON.stringify(state));
    const nobody = 65534;
    const child = join(import.meta.dirname, 'cutChild.ts');
    const args = [child, 'apply', join(bench.root, 'store.git'), bench.workspace, stateFile];
    if (process.getuid?.() !== 0) execFileSync(process.execPath, args, { stdio: 'pipe' });
    else {
      execFileSync('chown', ['-hR', `${String(nobody)}:${String(nobody)}`, bench.root]);
      execFileSync(process.execPath, args, { stdio: 'pipe', uid: nobody, gid: nobody, cwd: bench.root });
    }
  }

  it('C4: it is opened for the rollback and has the mode of the checkpoint afterwards', async () => {
    const bench = await Workbench.open();
    bench.write('src/x', 'one');
    bench.write('src/deep/y', 'one');
    chmodSync(bench.path('src/deep'), 0o555);
    const first = bench.look();
    await bench.take('baseline');
    chmodSync(bench.path('src/deep'), 0o755);
    bench.write('src/x', 'two');
    bench.write('src/deep/y', 'two');
    bench.write('src/made/z', 'new');
    for (const folder of ['src/made', 'src/deep', 'src']) chmodSync(bench.path(folder), 0o555);
    await bench.take('step');
    const { plan } = await bench.plan(0);
    const safety = await bench.take('safety');
    const [to, now] = [bench.manifest(0), bench.manifest(safety)];
    applyAsAnyone(bench, { plan, to, now });
    expect(bench.look()).toEqual(first);
  });

  it('C4: after a crash that left it open, the next run closes it', async () => {
    const bench = await Workbench.open();
    bench.write('src/x', 'one');
    chmodSync(bench.path('src'), 0o555);
    await bench.take('baseline');
    bench.write('src/x', 'two');
    await bench.take('step');
    const { plan, now } = await bench.plan(0);
    chmodSync(bench.path('src'), 0o755); // the crash
    await bench.store.applyRollback(plan, bench.manifest(0), { now });
    expect([bench.look()['src'], bench.look()['src/x']]).toEqual(['folder 555', 'file 644 one']);
  });
});

describe('a pipe or socket stands in the place of what the checkpoint covers', () => {
  it.each(['x', 'src/deep/x'])('C4: %s is written again, and the pipe goes', async (path) => {
    const bench = await Workbench.open();
    bench.write(path, 'by you');
    const first = bench.look();
    await bench.take('baseline');
    bench.remove(path);
    execFileSync('mkfifo', [bench.path(path)]);
    await bench.take('step');
    const { plan } = await bench.rollBack(0);
    expect(plan.paths).toEqual([{ path, action: 'write', bytes: 6, reason: 'a pipe in its place goes' }]);
    expect(bench.look()).toEqual(first);
  });

  it('C4: also in the place of a folder, full or empty', async () => {
    const bench = await Workbench.open();
    bench.write('src/deep/x', 'by you');
    mkdirSync(bench.path('empty'));
    const first = bench.look();
    await bench.take('baseline');
    for (const path of ['src', 'empty']) {
      bench.remove(path);
      execFileSync('mkfifo', [bench.path(path)]);
    }
    await bench.take('step');
    await bench.rollBack(0);
    expect(bench.look()).toEqual(first);
  });

  it('C6: a pipe that came after the plan refuses the rollback', async () => {
    const bench = await Workbench.open();
    bench.write('x', 'one');
    await bench.take('baseline');
    bench.remove('x');
    await bench.take('step');
    const { plan, now } = await bench.plan(0);
    execFileSync('mkfifo', [bench.path('x')]);
    await expect(bench.store.applyRollback(plan, bench.manifest(0), { now })).rejects.toThrow(/is no longer a file/);
    expect(bench.look()).toEqual({ x: 'special' });
  });

  it('C6: a file that the supervisor took away for a pipe is not brought back', async () => {
    const bench = await Workbench.open();
    bench.write('x', 'one');
    await bench.take('baseline');
    bench.remove('x');
    execFileSync('mkfifo', [bench.path('x')]);
    await bench.take('supervisor');
    const { plan } = await bench.plan(0);
    expect(plan.paths).toMatchObject([{ path: 'x', action: 'keep' }]);
  });
});

describe('an ignore rule of the run', () => {
  it('C5: takes nothing out of the checkpoints that was in them, however many follow', async () => {
    const bench = await Workbench.open();
    const large = 'l'.repeat(limits.coveredIgnoredFileBytes + 1);
    bench.write('notes/plan.md', 'by you');
    bench.write('large.csv', large);
    await bench.take('baseline');
    bench.write('.gitignore', 'notes/\nlarge.csv\nbuild/\n');
    bench.write('build/out', 'never covered');
    await bench.take('step');
    bench.write('notes/new', 'never covered');
    await bench.take('step');
    const covered = bench.manifest(2).entries.map(({ path, ignored }) => [path, ignored]);
    expect(covered).toEqual([
      ['.gitignore', false],
      ['large.csv', true],
      ['notes', true],
      ['notes/plan.md', true],
    ]);
    expect(bench.manifest(2).notCovered).toEqual([
      { path: 'build/', reason: 'ignored folder', bytes: null },
      { path: 'notes/', reason: 'ignored folder (what was covered before it was ignored stays covered)', bytes: null },
    ]);
    bench.write('notes/plan.md', 'overwritten by the run');
    bench.remove('large.csv');
    await bench.take('step');
    await bench.rollBack(0);
    expect(readFileSync(bench.path('notes/plan.md'), 'utf8')).toBe('by you');
    expect(readFileSync(bench.path('large.csv'), 'utf8')).toBe(large);
    expect(existsSync(bench.path('notes/new')), 'what no checkpoint covers stays').toBe(true);
    expect(existsSync(bench.path('build/out'))).toBe(true);
  });

  it('C5: what was covered and is ignored now is still not deleted', async () => {
    const bench = await Workbench.open();
    await bench.take('baseline');
    bench.write('made/x', 'by the run');
    await bench.take('step');
    bench.write('.gitignore', 'made/\n');
    await bench.take('step');
    const { plan } = await bench.plan(0);
    expect(plan.paths.find(({ path }) => path === 'made/x')).toMatchObject({ action: 'keep', reason: 'it is ignored' });
  });
});
