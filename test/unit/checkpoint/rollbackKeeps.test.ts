import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RollbackRefused } from '../../../src/engine/checkpoint/apply.ts';
import { Workbench, git } from './fixture.ts';

describe('what a rollback must not take away', () => {
  it('C6: a file that only the supervisor edited, made or deleted stays as it is', async () => {
    const bench = await Workbench.open();
    for (const name of ['edited', 'deleted', 'agent']) bench.write(name, 'one');
    await bench.take('baseline');
    bench.write('agent', 'two');
    await bench.take('step');
    bench.write('edited', 'by you');
    bench.write('made/by-you', 'by you');
    bench.remove('deleted');
    await bench.take('supervisor');
    bench.write('uncaught', 'by you, in no checkpoint yet');
    const { plan } = await bench.rollBack(0);
    expect(plan.paths).toEqual([
      { path: 'agent', action: 'write', bytes: 3 },
      { path: 'deleted', action: 'keep', bytes: 0, reason: 'you edited it after checkpoint 1' },
      { path: 'edited', action: 'keep', bytes: 6, reason: 'you edited it after checkpoint 1' },
      { path: 'made/by-you', action: 'keep', bytes: 6, reason: 'you edited it after checkpoint 1' },
      { path: 'uncaught', action: 'keep', bytes: 28, reason: 'you edited it after checkpoint 2' },
    ]);
    expect(Object.keys(bench.look()).sort()).toEqual(['agent', 'edited', 'made', 'made/by-you', 'uncaught']);
    expect(readFileSync(bench.path('agent'), 'utf8')).toBe('one');
  });

  it('C6: what both edited is a conflict and keeps the present version; the undo loses nothing either', async () => {
    const bench = await Workbench.open();
    bench.write('both', 'one');
    bench.write('agent', 'one');
    await bench.take('baseline');
    bench.write('both', 'agent');
    bench.write('agent', 'agent');
    await bench.take('step');
    bench.write('both', 'agent and you');
    const before = bench.look();
    const { safety, conflicts, plan } = await bench.rollBack(0);
    expect(conflicts).toEqual(['both']);
    expect(plan.paths[1]).toEqual({
      path: 'both',
      action: 'conflict',
      bytes: 13,
      reason: 'you edited it after checkpoint 1, and so did the run',
    });
    expect(readFileSync(bench.path('both'), 'utf8')).toBe('agent and you');
    expect(readFileSync(bench.path('agent'), 'utf8')).toBe('one');
    await bench.rollBack(safety);
    expect(bench.look()).toEqual(before);
  });

  it('C6: an edit after the plan refuses the rollback before anything is touched', async () => {
    const bench = await Workbench.open();
    bench.write('a', 'one');
    bench.write('b', 'one');
    await bench.take('baseline');
    bench.write('a', 'two');
    bench.write('b', 'two');
    await bench.take('step');
    const { plan, now } = await bench.plan(0);
    bench.write('b', 'by you, just now');
    const before = bench.look();
    await expect(bench.store.applyRollback(plan, bench.manifest(0), { now })).rejects.toThrow(RollbackRefused);
    expect(bench.look()).toEqual(before);
    // Nor does a newer safety checkpoint make the old plan good.
    const safety = await bench.take('safety');
    const late = bench.store.applyRollback(plan, bench.manifest(0), { now: bench.manifest(safety) });
    await expect(late).rejects.toThrow(/changed since this rollback was planned/);
    expect(bench.look()).toEqual(before);
  });

  it('C4: a new file in a folder that would be removed refuses the rollback', async () => {
    const bench = await Workbench.open();
    await bench.take('baseline');
    bench.write('made/x', 'one');
    await bench.take('step');
    const { plan, now } = await bench.plan(0);
    bench.write('made/yours', 'by you');
    await expect(bench.store.applyRollback(plan, bench.manifest(0), { now })).rejects.toThrow(/made\/yours appeared/);
    expect(Object.keys(bench.look()).sort()).toEqual(['made', 'made/x', 'made/yours']);
  });

  it('S3: what no checkpoint shows the run created is not deleted', async () => {
    const bench = await Workbench.open();
    await bench.take('baseline');
    bench.write('cut', 'written by a step that a crash cut, or by someone else');
    const now = await bench.store.detect(null);
    const changes = bench.store.changes(bench.manifest(0), now);
    const planWith = (history: Parameters<typeof bench.store.planRollback>[0]['history']) =>
      bench.store.planRollback({ checkpoint: 0, to: bench.manifest(0), now, history });
    const unattributed = await planWith([{ checkpoint: 1, kind: 'safety', author: 'unattributed', changes }]);
    expect(unattributed.paths).toMatchObject([{ path: 'cut', action: 'keep' }]);
    expect((await planWith([])).paths).toMatchObject([{ path: 'cut', action: 'keep' }]);
    expect((await planWith([{ checkpoint: 1, kind: 'step', changes }])).paths).toMatchObject([
      { path: 'cut', action: 'delete' },
    ]);
  });
});

describe('what no rollback reaches', () => {
  it('C5: a .gitignore edited by the run and not committed: nothing newly ignored is deleted, and what was covered comes back', async () => {
    const bench = await Workbench.open();
    git(bench.workspace, 'init', '-q');
    bench.write('.gitignore', '*.log\n');
    bench.write('data/old.csv', 'old');
    await bench.take('baseline');
    bench.write('.gitignore', '*.log\ndata/\nout.txt\n');
    bench.write('data/old.csv', 'changed');
    bench.write('data/new.csv', 'new');
    bench.write('out.txt', 'made by the run, ignored now');
    bench.write('notes.log', 'ignored then and now');
    await bench.take('step');
    const { plan } = await bench.rollBack(0);
    expect(plan.paths.map(({ path, action }) => [path, action])).toEqual([
      ['.gitignore', 'write'],
      ['data/old.csv', 'write'],
      ['notes.log', 'keep'],
      ['out.txt', 'keep'],
    ]);
    expect(bench.look()).toMatchObject({
      '.gitignore': 'file 644 *.log\n',
      'data/old.csv': 'file 644 old',
      'data/new.csv': 'file 644 new',
      'out.txt': 'file 644 made by the run, ignored now',
      'notes.log': 'file 644 ignored then and now',
    });
  });

  it('C5: what was ignored then and came into sight by an edited .gitignore is not deleted', async () => {
    const bench = await Workbench.open();
    bench.write('.gitignore', 'data/\nsecret.env\n');
    bench.write('data/old.csv', 'old');
    bench.write('secret.env', 'key');
    await bench.take('baseline');
    bench.write('.gitignore', '');
    await bench.take('step');
    await bench.rollBack(0);
    expect(bench.look()).toMatchObject({
      'data/old.csv': 'file 644 old',
      'secret.env': 'file 644 key',
      '.gitignore': 'file 644 data/\nsecret.env\n',
    });
  });

  it('C5: a nested repository that the run made keeps its .git, and its files are covered', async () => {
    const bench = await Workbench.open();
    bench.write('x', '1');
    await bench.take('baseline');
    mkdirSync(bench.path('lib'));
    git(bench.path('lib'), 'init', '-q');
    bench.write('lib/code.c', 'int x;');
    await bench.take('step');
    expect(bench.manifest(1).entries.map(({ path }) => path)).toEqual(['lib', 'lib/code.c', 'x']);
    const { plan, safety } = await bench.rollBack(0);
    expect(plan.paths.map(({ path, action }) => [path, action])).toEqual([['lib/code.c', 'delete']]);
    expect(existsSync(bench.path('lib/.git/HEAD'))).toBe(true);
    await bench.rollBack(safety);
    expect(readFileSync(bench.path('lib/code.c'), 'utf8')).toBe('int x;');
  });

  it('C4: a link to the outside is never followed', async () => {
    const bench = await Workbench.open();
    const outside = join(bench.root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'x'), 'precious');
    bench.write('d/x', 'one');
    const first = bench.look();
    await bench.take('baseline');
    bench.remove('d');
    symlinkSync(outside, bench.path('d'));
    await bench.take('step');
    expect(bench.manifest(1).entries.map(({ path, type }) => [path, type])).toEqual([['d', 'symlink']]);
    await bench.rollBack(0);
    expect(bench.look()).toEqual(first);
    expect(readdirSync(outside)).toEqual(['x']);
    expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('precious');
  });

  it('C4: a parent that became a link after the plan refuses the rollback', async () => {
    const bench = await Workbench.open();
    const outside = join(bench.root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'x'), 'two');
    bench.write('d/x', 'one');
    await bench.take('baseline');
    bench.write('d/x', 'two');
    await bench.take('step');
    const { plan, now } = await bench.plan(0);
    renameSync(bench.path('d'), bench.path('old'));
    symlinkSync(outside, bench.path('d'));
    await expect(bench.store.applyRollback(plan, bench.manifest(0), { now })).rejects.toThrow(RollbackRefused);
    expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('two');
  });

  it('C6: a file of the supervisor where a folder stood is a conflict, not a loss', async () => {
    const bench = await Workbench.open();
    bench.write('p/x', 'one');
    await bench.take('baseline');
    bench.remove('p');
    await bench.take('step');
    bench.write('p', 'by you');
    const { plan } = await bench.rollBack(0);
    expect(plan.paths.map(({ path, action }) => [path, action])).toEqual([
      ['p', 'keep'],
      ['p/x', 'conflict'],
    ]);
    expect(bench.look()).toEqual({ p: 'file 644 by you' });
  });

  it('C6: a folder with a file of the supervisor where a file stood is a conflict, not a loss', async () => {
    const bench = await Workbench.open();
    bench.write('p', 'one');
    await bench.take('baseline');
    bench.remove('p');
    bench.write('p/agent', 'agent');
    await bench.take('step');
    bench.write('p/yours', 'by you');
    const { plan } = await bench.rollBack(0);
    expect(plan.paths.map(({ path, action }) => [path, action])).toEqual([
      ['p', 'conflict'],
      ['p/agent', 'delete'],
      ['p/yours', 'keep'],
    ]);
    expect(bench.look()).toEqual({ p: 'folder 755', 'p/yours': 'file 644 by you' });
  });

  it('C4: a hard link to an outside file is replaced, not written through', async () => {
    const bench = await Workbench.open();
    const outside = join(bench.root, 'outside');
    writeFileSync(outside, 'two');
    bench.write('x', 'one');
    await bench.take('baseline');
    bench.remove('x');
    linkSync(outside, bench.path('x'));
    await bench.take('step');
    await bench.rollBack(0);
    expect(readFileSync(bench.path('x'), 'utf8')).toBe('one');
    expect(readFileSync(outside, 'utf8')).toBe('two');
  });
});
