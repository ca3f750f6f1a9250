import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Workbench } from './fixture.ts';

/** A baseline and a step in several folders, with files of the supervisor's beside it. */
async function changed(): Promise<Workbench> {
  const bench = await Workbench.open();
  bench.write('src/a.sh', 'one');
  bench.write('src/deep/b.sh', 'one', 0o755);
  bench.write('other/c.sh', 'one');
  await bench.take('baseline');
  bench.write('src/a.sh', 'two');
  bench.remove('src/deep');
  bench.write('src/made/d.sh', 'new');
  bench.write('other/c.sh', 'two');
  await bench.take('step');
  bench.write('src/mine.txt', 'by you');
  return bench;
}

describe('a rollback of a folder', () => {
  it('C4, C6: puts all that is in it back, keeps what is yours, touches nothing beside it; undone and redone exactly', async () => {
    const bench = await changed();
    const before = bench.look();
    const { plan, safety } = await bench.rollBack(0, ['src']);
    expect(plan.paths.map(({ path, action }) => [path, action])).toEqual([
      ['src/a.sh', 'write'],
      ['src/deep/b.sh', 'write'],
      ['src/made/d.sh', 'delete'],
      ['src/mine.txt', 'keep'],
    ]);
    const after = bench.look();
    expect(after).toEqual({
      src: 'folder 755',
      'src/a.sh': 'file 644 one',
      'src/deep': 'folder 755',
      'src/deep/b.sh': 'file 755 one',
      'src/mine.txt': 'file 644 by you',
      other: 'folder 755',
      'other/c.sh': 'file 644 two',
    });
    const undo = await bench.rollBack(safety, ['src']);
    expect(bench.look()).toEqual(before);
    await bench.rollBack(undo.safety, ['src']);
    expect(bench.look()).toEqual(after);
    // sabotaged: a plan without the folder's name is seen to touch what is beside it
    await bench.rollBack(0);
    expect(bench.look()).not.toEqual(after);
  });

  it('C4: names several parts at once, and a name is no beginning of another', async () => {
    const bench = await changed();
    bench.write('src/a.sh.old', 'new');
    await bench.take('step');
    const { plan } = await bench.plan(0, ['other', 'src/a.sh']);
    expect(plan.paths.map(({ path }) => path)).toEqual(['other/c.sh', 'src/a.sh']);
  });
});

describe('what an editor holds unsaved', () => {
  it('C6: is a conflict, and its file is neither written nor deleted, nor the folder that holds it', async () => {
    const bench = await changed();
    const { now } = await bench.plan(0);
    const plan = (unsaved: readonly string[]) =>
      bench.store.planRollback({
        checkpoint: 0,
        to: bench.manifest(0),
        now,
        history: bench.history(0, now),
        unsaved: new Set(unsaved),
      });
    const careful = await plan(['src/a.sh', 'src/made/d.sh']);
    const reason = 'it has unsaved changes in an editor: save or close it first';
    expect(careful.paths.filter(({ action }) => action === 'conflict')).toEqual([
      { path: 'src/a.sh', action: 'conflict', bytes: 3, reason },
      { path: 'src/made/d.sh', action: 'conflict', bytes: 3, reason },
    ]);
    await bench.take('safety');
    await bench.store.applyRollback(careful, bench.manifest(0), { now: bench.manifest(2) });
    expect(bench.look()).toMatchObject({ 'src/a.sh': 'file 644 two', 'src/made/d.sh': 'file 644 new' });
    // sabotaged: a planner that is told of no editor overwrites both
    expect((await plan([])).conflict).toBe(0);
  });
});

const base = Array.from({ length: 30 }, (_, i) => `line ${String(i + 1)}`);
const text = (changes: Readonly<Record<number, string>>) =>
  base.flatMap((line, i) => (changes[i + 1] === '' ? [] : [changes[i + 1] ?? line])).join('\n');

async function bothEdited(mine: Readonly<Record<number, string>>): Promise<Workbench> {
  const bench = await Workbench.open();
  bench.write('both.txt', text({}), 0o600);
  await bench.take('baseline');
  bench.write('both.txt', text({ 3: 'by the run' }));
  await bench.take('step');
  bench.write('both.txt', text({ 3: 'by the run', ...mine }));
  await bench.take('supervisor');
  bench.write('both.txt', text({ 3: 'by the run', 12: 'by the run, later', ...mine }));
  await bench.take('step');
  return bench;
}

describe('a file that both changed', () => {
  it('C6: is merged where the edits do not overlap: the run’s go, before and after, and yours stays', async () => {
    const bench = await bothEdited({ 20: 'by you' });
    const before = bench.look();
    const { plan, safety } = await bench.rollBack(0);
    expect(plan).toMatchObject({ merge: 1, conflict: 0, paths: [{ path: 'both.txt', action: 'merge' }] });
    const merged = text({ 20: 'by you' });
    expect(bench.look()).toEqual({ 'both.txt': `file 600 ${merged}` });
    const undo = await bench.rollBack(safety);
    expect(bench.look()).toEqual(before);
    await bench.rollBack(undo.safety);
    expect(bench.look()).toEqual({ 'both.txt': `file 600 ${merged}` });
    // sabotaged: the target's version alone is seen to lack what the supervisor wrote
    expect(await bench.store.readFile(bench.manifest(0), 'both.txt')).not.toEqual(Buffer.from(merged));
  });

  it('C6: stays as it is where they overlap, and the plan says so', async () => {
    const bench = await bothEdited({ 3: 'by you, on the run’s line' });
    const before = bench.look();
    const { plan } = await bench.rollBack(0);
    expect(plan.paths).toMatchObject([{ path: 'both.txt', action: 'conflict' }]);
    expect(bench.look()).toEqual(before);
  });

  it('C6: is not merged where it is no text, or where it came or went by your hand', async () => {
    const bench = await bothEdited({ 20: 'by you\0' });
    expect((await bench.plan(0)).plan.paths).toMatchObject([{ path: 'both.txt', action: 'conflict' }]);
    const gone = await Workbench.open();
    gone.write('x', text({}));
    await gone.take('baseline');
    gone.write('x', text({ 3: 'by the run' }));
    await gone.take('step');
    gone.remove('x');
    await gone.take('supervisor');
    gone.write('x', text({ 5: 'by the run again' }));
    await gone.take('step');
    expect((await gone.plan(0)).plan.paths).toMatchObject([{ path: 'x', action: 'conflict' }]);
  });
});

describe('a rollback of a hunk', () => {
  const digestOf = (content: string) => createHash('sha256').update(content).digest('hex');

  async function hunks(first: number, last = first, edit: (bench: Workbench) => void = () => undefined) {
    const bench = await Workbench.open();
    const then = text({});
    const present = text({ 3: 'changed', 10: '', 20: 'x\nadded' });
    bench.write('a.txt', then);
    await bench.take('baseline');
    bench.write('a.txt', present, 0o755);
    await bench.take('step');
    edit(bench);
    const now = await bench.store.survey(bench.manifest(1));
    const lines = { first, last, digest: digestOf(present) };
    const only = { paths: ['a.txt'], lines };
    const params = { checkpoint: 0, to: bench.manifest(0), now, history: bench.history(0, now), only };
    return { bench, now, plan: await bench.store.planRollback(params, { keep: true }) };
  }

  it.each([
    { at: 3, reason: '1 hunk, line 3', left: { 10: '', 20: 'x\nadded' } },
    { at: 9, reason: '1 hunk, line 9', left: { 3: 'changed', 20: 'x\nadded' } },
    { at: 10, reason: '1 hunk, line 10', left: { 3: 'changed', 20: 'x\nadded' } },
    { at: 20, reason: '1 hunk, line 20', left: { 3: 'changed', 10: '' } },
  ])('C4: at line $at it alone goes back, the mode stays', async ({ at, reason, left }) => {
    const { bench, now, plan } = await hunks(at);
    expect(plan.paths).toMatchObject([{ path: 'a.txt', action: 'write', reason }]);
    await bench.store.applyRollback(plan, bench.manifest(0), { now });
    expect(bench.look()).toEqual({ 'a.txt': `file 755 ${text(left)}` });
  });

  it('C4: several lines touch several hunks', async () => {
    const { bench, now, plan } = await hunks(3, 10);
    await bench.store.applyRollback(plan, bench.manifest(0), { now });
    expect(readFileSync(bench.path('a.txt'), 'utf8')).toBe(text({ 20: 'x\nadded' }));
  });

  it('C6, S3: is a conflict where the file is no longer the one whose lines were shown, and where nothing differs there', async () => {
    const edited = await hunks(3, 3, (bench) => {
      bench.write('a.txt', text({ 3: 'changed', 29: 'by you, just now' }));
    });
    expect(edited.plan.paths).toMatchObject([
      { action: 'conflict', reason: 'it has changed since these lines were shown' },
    ]);
    expect((await hunks(15)).plan.paths).toMatchObject([{ action: 'conflict', reason: 'nothing differs at line 15' }]);
  });
});
