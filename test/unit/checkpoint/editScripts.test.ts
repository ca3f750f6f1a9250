/**
 * Rules: C2, C4, C5 for random edit scripts: renames, changes of type, modes, nested repositories, ignored files and folders. A
 *   soak: FAST_CHECK_RUNS=5000; the same again: FAST_CHECK_SEED=… as it was printed.
 */
import fc from 'fast-check';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ignoredNames, perform, scriptOf } from './editScript.ts';
import { look, temporaryFolder, Workbench } from './fixture.ts';

type Seen = Record<string, string>;

const isIgnored = (path: string) => path.split('/').some((name) => ignoredNames.includes(name));
const isFolder = (what: string | undefined) => what?.startsWith('folder') === true;

/** What a rollback may leave although it differs from then: what is ignored, and folders that hold a repository. */
function stays(bench: Workbench, now: Seen): (path: string) => boolean {
  const repositories = Object.keys(now).filter((path) => isFolder(now[path]) && existsSync(bench.path(`${path}/.git`)));
  return (path) => isIgnored(path) || repositories.includes(path);
}

/** More in a soak. */
const numRuns = Number(process.env['FAST_CHECK_RUNS'] ?? 10);
const seed = Number(process.env['FAST_CHECK_SEED'] ?? Date.now() & 0x7fffffff);
if (process.env['FAST_CHECK_RUNS'] !== undefined) process.stderr.write(`FAST_CHECK_SEED=${String(seed)}\n`);

const rules = `${ignoredNames.join('\n')}\n`;

/** @param forget sabotage: what is lost between a rollback and the look at it */
function restoresExactly(forget: (bench: Workbench) => void = () => undefined) {
  return fc.asyncProperty(fc.array(scriptOf, { minLength: 2, maxLength: 4 }), fc.nat(), async (scripts, pick) => {
    const bench = await Workbench.open();
    bench.write('.gitignore', rules);
    const seen: Seen[] = [];
    for (const script of scripts) {
      for (const edit of script) perform(bench, edit);
      seen.push(bench.look());
      await bench.take(seen.length === 1 ? 'baseline' : 'step');
    }
    const to = pick % seen.length;
    const [then = {}, now = {}] = [seen[to], seen.at(-1)];
    const mayStay = stays(bench, now);
    const { safety } = await bench.rollBack(to);
    forget(bench);
    const after = bench.look();
    const kept = Object.keys(now).filter(mayStay);
    for (const [path, what] of Object.entries(then)) {
      const inTheWay = kept.some((one) => one === path || one.startsWith(`${path}/`) || path.startsWith(`${one}/`));
      if (!isIgnored(path) && (!inTheWay || isFolder(now[path]) === isFolder(what)))
        expect([path, after[path]]).toEqual([path, what]);
    }
    for (const path of Object.keys(after)) {
      const holdsKept = kept.some((one) => one === path || one.startsWith(`${path}/`));
      if (then[path] === undefined && !holdsKept) expect([path, 'is still there']).toEqual([path, 'is gone']);
    }
    for (const path of kept) if (then[path] === undefined) expect([path, after[path]]).toEqual([path, now[path]]);

    const { safety: redo } = await bench.rollBack(safety);
    expect(bench.look()).toEqual(now);
    await bench.rollBack(redo);
    expect(bench.look()).toEqual(after);
    await exportsAre(bench, to, then);
  });
}

/** C2, C3: a checkpoint written out is what was there, but for what it says that it leaves out. */
async function exportsAre(bench: Workbench, checkpoint: number, then: Seen): Promise<void> {
  const folder = join(temporaryFolder(), 'export');
  await bench.store.exportTo(bench.manifest(checkpoint), folder);
  const written = look(folder);
  const left = bench.taken(checkpoint).notCovered.map(({ path }) => path.replace(/\/$/, ''));
  const isLeft = (path: string) => left.some((one) => path === one || path.startsWith(`${one}/`));
  expect(written).toEqual(
    Object.fromEntries(Object.entries(then).filter(([path]) => path in written || !isLeft(path))),
  );
}

describe('random edit scripts', () => {
  it('C2, C4, C5: any checkpoint comes back, its undo and its redo are exact', async () => {
    await fc.assert(restoresExactly(), { numRuns, seed });
  }, 3_600_000);

  it('C4, sabotaged: the same check fails where one file is not put back', async () => {
    const forgets = (bench: Workbench) => {
      const [first] = Object.entries(bench.look()).filter(([path, what]) => !isFolder(what) && path !== '.gitignore');
      if (first) bench.remove(first[0]);
    };
    await expect(fc.assert(restoresExactly(forgets), { numRuns: 100 })).rejects.toThrow(/Property failed/);
  }, 60_000);
});
