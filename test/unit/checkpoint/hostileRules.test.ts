/** What a program of the run may leave where Belay looks for rules: pipes, links, files of any size, names of any length. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitting } from '../../../src/engine/checkpoint/paths.ts';
import { excludeText, trackedIn, UserRepository } from '../../../src/engine/checkpoint/repository.ts';
import { limits } from '../../../src/run/limits.ts';
import { git, temporaryFolder, Workbench } from './fixture.ts';

const source = new URL('../../../src/engine/checkpoint/repository.ts', import.meta.url).href;

/** What both readers say, asked in a process of its own: a reader that waits on a pipe would stop this one for ever. */
function asked(root: string, folder: string): { exclude: string | null; tracked: string[] } {
  const program = `
    const { excludeText, UserRepository } = await import(${JSON.stringify(source)});
    const [root, folder] = process.argv.slice(1);
    const exclude = excludeText(root, folder) ?? null;
    const { files } = new UserRepository(folder === '' ? root : root + '/' + folder).tracked();
    process.stdout.write(JSON.stringify({ exclude, tracked: [...files] }));`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program, root, folder],
    { encoding: 'utf8', timeout: 10_000 },
  );
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return JSON.parse(stdout) as { exclude: string | null; tracked: string[] };
}

const nothing = { exclude: null, tracked: [] };
const pipe = (path: string) => execFileSync('mkfifo', [path]);

/** A repository at `folder` that tracks one file and excludes `private`. */
function repository(folder: string): void {
  mkdirSync(folder, { recursive: true });
  git(folder, 'init', '-q');
  writeFileSync(join(folder, 'tracked'), 'x');
  git(folder, 'add', 'tracked');
  writeFileSync(join(folder, '.git/info/exclude'), 'private\n');
}

describe('a repository that a program of the run wrote', () => {
  it('B3: a pipe in the place of .git, or of what is read below it, holds nothing up', { timeout: 60_000 }, () => {
    const root = temporaryFolder();
    for (const name of ['git', 'exclude', 'index', 'commondir', 'gitdir']) repository(join(root, name));
    rmSync(join(root, 'git/.git'), { recursive: true });
    pipe(join(root, 'git/.git'));
    for (const [folder, file] of [
      ['exclude', 'info/exclude'],
      ['index', 'index'],
    ] as const) {
      rmSync(join(root, folder, '.git', file));
      pipe(join(root, folder, '.git', file));
    }
    pipe(join(root, 'commondir/.git/commondir'));
    rmSync(join(root, 'gitdir/.git'), { recursive: true });
    pipe(join(root, 'pipe'));
    writeFileSync(join(root, 'gitdir/.git'), 'gitdir: ../pipe\n');
    expect(asked(root, 'git')).toEqual(nothing);
    expect(asked(root, 'exclude')).toEqual({ exclude: null, tracked: ['tracked'] });
    expect(asked(root, 'index')).toEqual({ exclude: 'private\n', tracked: [] });
    expect(asked(root, 'commondir')).toEqual({ exclude: 'private\n', tracked: ['tracked'] });
    expect(asked(root, 'gitdir')).toEqual(nothing);
  });

  it('B3: the next checkpoint is taken although .git is a pipe', { timeout: 20_000 }, async () => {
    const bench = await Workbench.open();
    mkdirSync(bench.path('sub'));
    pipe(bench.path('sub/.git'));
    // First in a process that can be killed: where it waits, this test would never end.
    expect(asked(bench.workspace, 'sub')).toEqual(nothing);
    bench.write('sub/x', 'x');
    await bench.take('baseline');
    expect(bench.manifest(0).entries.map(({ path }) => path)).toEqual(['sub', 'sub/x']);
  });

  it('follows no link, and nothing outside that does not point back', () => {
    const root = temporaryFolder();
    const outside = temporaryFolder();
    repository(outside);
    const secret = join(outside, '.git/info/exclude');
    const workspace = join(root, 'w');
    for (const name of ['linked', 'file', 'info', 'common', 'through']) repository(join(workspace, name));
    rmSync(join(workspace, 'linked/.git'), { recursive: true });
    symlinkSync(join(outside, '.git'), join(workspace, 'linked/.git'));
    rmSync(join(workspace, 'file/.git/info/exclude'));
    symlinkSync(secret, join(workspace, 'file/.git/info/exclude'));
    rmSync(join(workspace, 'info/.git/info'), { recursive: true });
    symlinkSync(join(outside, '.git/info'), join(workspace, 'info/.git/info'));
    writeFileSync(join(workspace, 'common/.git/commondir'), `${outside}/.git\n`);
    symlinkSync(join(outside, '.git'), join(workspace, 'elsewhere'));
    rmSync(join(workspace, 'through/.git'), { recursive: true });
    for (const folder of ['linked', 'file', 'info', 'common']) {
      expect([folder, excludeText(workspace, folder)]).toEqual([folder, undefined]);
    }
    for (const target of ['../elsewhere', `${outside}/.git`, 'a\0b', 'x'.repeat(5000), '../none']) {
      writeFileSync(join(workspace, 'through/.git'), `gitdir: ${target}\n`);
      expect([target, excludeText(workspace, 'through')]).toEqual([target, undefined]);
      expect(new UserRepository(join(workspace, 'through')).tracked().files.size).toBe(0);
    }
    // The same look does find what is really there.
    expect(excludeText(outside, '')).toBe('private\n');
  });

  it("still reads the user's own worktree and submodule, whose repository lies outside", () => {
    const root = temporaryFolder();
    const main = join(root, 'main');
    repository(main);
    git(main, 'commit', '-q', '-m', 'first');
    git(main, 'worktree', 'add', '-q', join(root, 'tree'));
    expect(excludeText(join(root, 'tree'), '')).toBe('private\n');
    expect([...new UserRepository(join(root, 'tree')).tracked().files]).toEqual(['tracked']);
    const above = join(root, 'above');
    repository(above);
    git(above, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', main, 'part');
    expect([...new UserRepository(join(above, 'part')).tracked().files]).toEqual(['tracked']);
    expect(excludeText(join(above, 'part'), '')).toBeTypeOf('string');
    expect(excludeText(above, 'part')).toBeTypeOf('string');
  });

  it.each(['sha1', 'sha256'])('what an index with ids of %s tracks is read, in each of its versions', (format) => {
    const root = temporaryFolder();
    git(root, 'init', '-q', `--object-format=${format}`);
    const names = ['a', 'b/c', 'b/d/e', `long/${'n'.repeat(250)}`, 'out'];
    for (const name of names) {
      mkdirSync(join(root, name, '..'), { recursive: true });
      writeFileSync(join(root, name), name);
    }
    git(root, 'add', '--all');
    const found = () => [...new UserRepository(root).tracked().files].sort();
    for (const version of ['2', '4']) {
      git(root, 'update-index', '--index-version', version);
      expect(found()).toEqual(names);
    }
    git(root, 'update-index', '--index-version', '2');
    git(root, 'update-index', '--skip-worktree', 'b/c'); // an extended entry: version 3
    expect(found()).toEqual(names);
    // Sabotaged: one whose names are not as long as it says tracks nothing.
    const index = readFileSync(join(root, '.git/index'));
    const at = index.indexOf('b/d/e');
    index.write('b/\0', at);
    expect(trackedIn(index).files.size).toBe(0);
  });

  it('B3: an index over its limit, or one whose paths do not fit into memory, tracks nothing', () => {
    const root = temporaryFolder();
    repository(root);
    truncateSync(join(root, '.git/index'), limits.gitIndexBytes);
    expect([...new UserRepository(root).tracked().files]).toEqual(['tracked']);
    truncateSync(join(root, '.git/index'), limits.gitIndexBytes + 1);
    expect(new UserRepository(root).tracked().files.size).toBe(0);
    const bomb = (entries: number, chars: number) => {
      const header = Buffer.alloc(12);
      header.write('DIRC');
      header.writeUInt32BE(4, 4);
      header.writeUInt32BE(entries, 8);
      const fixed = Buffer.alloc(62);
      fixed.writeUInt16BE(Math.min(chars, 0xfff), 60);
      const first = Buffer.concat([fixed, Buffer.alloc(1), Buffer.from('a/'.repeat(chars / 2)), Buffer.alloc(1)]);
      // Strips three bytes, adds three: the rest of the path costs nothing.
      const more = (i: number) => Buffer.concat([fixed, Buffer.from([3]), Buffer.from(`${String(100 + (i % 900))}\0`)]);
      return Buffer.concat([header, first, ...Array.from({ length: entries - 1 }, (_, i) => more(i))]);
    };
    expect(trackedIn(bomb(500, 4000)).files.size).toBe(500);
    expect(trackedIn(bomb(20_000, 4000)).files.size).toBe(0);
    expect(trackedIn(bomb(2, 5000)).files.size).toBe(0);
  });
});

describe('what must not make a checkpoint fail', () => {
  it('B3: a rule file over its limit has no rules, and is covered as any file', { timeout: 60_000 }, async () => {
    const bench = await Workbench.open();
    repository(bench.workspace);
    bench.write('.gitignore', 'out\n');
    bench.write('out', 'x');
    await bench.take('baseline');
    expect(bench.manifest(0).entries.find(({ path }) => path === 'out')?.ignored).toBe(true);
    // Longer than any text can be: reading it as one throws.
    truncateSync(bench.path('.gitignore'), 700 * 1024 * 1024);
    truncateSync(bench.path('.git/info/exclude'), 700 * 1024 * 1024);
    const now = await bench.store.detect(bench.manifest(0));
    expect(now.entries.find(({ path }) => path === 'out')?.ignored).toBe(false);
    expect(now.entries.find(({ path }) => path === '.gitignore')?.size).toBe(700 * 1024 * 1024);
    expect(now.repositories['']).toBeNull();
    // The rules of a tree are asked with the same bound, and the rollback brings the file back.
    const history = bench.history(0, now);
    const plan = await bench.store.planRollback({ checkpoint: 0, to: bench.manifest(0), now, history });
    expect(plan.paths.map(({ path }) => path)).toContain('.gitignore');
  });

  it('B3: a rule file in a folder that may be listed and not entered holds up nothing', async () => {
    const bench = await Workbench.open();
    bench.write('shut/.gitignore', 'x\n');
    execFileSync('chmod', ['0444', bench.path('shut')]);
    await bench.take('baseline');
    expect(bench.manifest(0).entries.map(({ path }) => path)).toContain('shut');
  });

  it('B3: long names leave a changeset that fits into a line', { timeout: 60_000 }, async () => {
    const bench = await Workbench.open();
    await bench.take('baseline');
    const deep = Array.from({ length: 14 }, () => '\x01'.repeat(250)).join('/');
    for (let i = 0; i < 60; i++) bench.write(`${deep}/${String(i)}`, 'x');
    const { changeset } = bench.taken(await bench.take('step'));
    expect(changeset.added).toBe(60);
    expect(changeset.paths.length).toBeGreaterThan(0);
    expect(JSON.stringify(changeset).length).toBeLessThan(limits.listedPathsChars + 4096);
    // Without the bound on their sum the same fifty paths do not fit.
    const fifty = Array.from({ length: limits.pathsInChangeset }, (_, i) => ({ path: `${deep}/${String(i)}` }));
    expect(JSON.stringify(fifty).length).toBeGreaterThan(limits.lineOfEntryBytes);
  });

  it('B3: so do conflicts', () => {
    const long = Array.from({ length: limits.conflictsInEntry }, (_, i) => `${'\x01'.repeat(3500)}${String(i)}`);
    const shown = fitting(long, limits.conflictsInEntry, (path) => path);
    expect(shown).toEqual(long.slice(0, 3));
    expect(fitting(['a', 'b', 'c'], 2, (path) => path)).toEqual(['a', 'b']);
    expect(JSON.stringify(long).length).toBeGreaterThan(limits.lineOfEntryBytes);
  });
});
