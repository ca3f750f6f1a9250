import { describe, expect, it } from 'vitest';
import { Workbench } from './fixture.ts';

/** A baseline, a step that changes much, and what the supervisor made since. */
async function changed(): Promise<Workbench> {
  const bench = await Workbench.open();
  bench.write('a.sh', 'one');
  bench.write('old/kept.sh', 'one', 0o755);
  bench.write('theirs/mine.txt', 'by you');
  await bench.take('baseline');
  bench.write('a.sh', 'two');
  bench.write('made/deep/b.sh', 'new');
  bench.write('made/c.sh', 'new');
  bench.remove('old');
  await bench.take('step');
  return bench;
}

describe('a rollback of one file', () => {
  it('C4: writes that file, and touches no other', async () => {
    const bench = await changed();
    const before = bench.look();
    const { plan, safety } = await bench.rollBack(0, ['a.sh']);
    expect(plan.paths).toEqual([{ path: 'a.sh', action: 'write', bytes: 3 }]);
    expect(bench.look()).toEqual({ ...before, 'a.sh': 'file 644 one' });
    await bench.rollBack(safety, ['a.sh']);
    expect(bench.look()).toEqual(before);
    // sabotaged: a plan of the whole is seen to touch more
    await bench.rollBack(0);
    expect(bench.look()).not.toEqual({ ...before, 'a.sh': 'file 644 one' });
  });

  it('C4: brings a deleted file back with its folder and mode', async () => {
    const bench = await changed();
    await bench.rollBack(0, ['old/kept.sh']);
    expect(bench.look()).toMatchObject({ 'old/kept.sh': 'file 755 one', 'a.sh': 'file 644 two' });
  });

  it('C4: deletes a file of the run, and the folders of the run that it leaves empty', async () => {
    const bench = await changed();
    const { plan } = await bench.rollBack(0, ['made/deep/b.sh']);
    expect(plan).toMatchObject({ delete: 1, keep: 0 });
    expect(Object.keys(bench.look())).toEqual(expect.arrayContaining(['made', 'made/c.sh']));
    expect(Object.keys(bench.look())).not.toContain('made/deep');
  });

  it('C6: leaves an emptied folder that the supervisor made', async () => {
    const bench = await Workbench.open();
    await bench.take('baseline');
    bench.write('yours/note.txt', 'by you');
    await bench.take('supervisor');
    bench.write('yours/b.sh', 'by the run');
    bench.remove('yours/note.txt');
    await bench.take('step');
    await bench.rollBack(0, ['yours/b.sh']);
    expect(Object.keys(bench.look())).toEqual(['yours']);
  });

  it('C4: puts the file back where the run made a folder in its place; what you put into that is a conflict', async () => {
    const bench = await changed();
    bench.remove('a.sh');
    bench.write('a.sh/inside', 'new');
    await bench.take('step');
    const before = bench.look();
    const { safety } = await bench.rollBack(0, ['a.sh']);
    expect(bench.look()).toMatchObject({ 'a.sh': 'file 644 one', 'made/c.sh': 'file 644 new' });
    await bench.rollBack(safety, ['a.sh']);
    expect(bench.look()).toEqual(before);
    bench.write('a.sh/yours', 'by you');
    const { plan } = await bench.plan(0, ['a.sh']);
    expect(plan.paths).toMatchObject([
      { path: 'a.sh', action: 'conflict', reason: 'a folder stands in its place, and holds what stays' },
      { path: 'a.sh/inside', action: 'delete' },
      { path: 'a.sh/yours', action: 'keep' },
    ]);
  });
});
