import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storeEnvironment } from '../../../src/engine/checkpoint/catFile.ts';
import { largeBytes } from '../../../src/engine/checkpoint/content.ts';
import { leafAt, versionOf, type Manifest } from '../../../src/engine/checkpoint/manifest.ts';
import { openCheckpointStore, type CheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { limits } from '../../../src/run/limits.ts';
import { digestOf, git, look, Workbench } from './fixture.ts';

const storeGit = (bench: Workbench, ...args: string[]) =>
  execFileSync('git', args, {
    env: storeEnvironment(join(bench.root, 'store.git')),
    cwd: bench.root,
    encoding: 'utf8',
    stdio: 'pipe',
  });

const covered = (bench: Workbench, checkpoint: number) => bench.manifest(checkpoint).entries.map(({ path }) => path);

describe('what a checkpoint holds', () => {
  it('C1: nothing below .git is touched, by a checkpoint, a plan, a rollback or its undo', async () => {
    const bench = await Workbench.open();
    const { workspace } = bench;
    git(workspace, 'init', '-q');
    bench.write('tracked', 'one');
    bench.write('.git/hooks/pre-commit', '#!/bin/sh\nexit 1\n', 0o755);
    git(workspace, 'add', '.');
    git(workspace, 'commit', '-q', '--no-verify', '-m', 'first');
    bench.write('tracked', 'stashed');
    git(workspace, 'stash', '-q');
    bench.write('staged', 'in the index');
    git(workspace, 'add', 'staged');
    bench.write('tracked', 'dirty');
    const before = digestOf(bench.path('.git'));
    await bench.take('baseline');
    bench.write('tracked', 'two');
    bench.remove('staged');
    bench.write('untracked', 'new');
    await bench.take('step');
    const { safety } = await bench.rollBack(0);
    await bench.store.compare(bench.manifest(0), await bench.store.detect(null));
    await bench.rollBack(safety);
    expect(digestOf(bench.path('.git'))).toBe(before);
    // Sabotaged: the same look does see a checkpoint that goes through the user's index.
    git(workspace, 'add', '-A');
    expect(digestOf(bench.path('.git'))).not.toBe(before);
  });

  it('C2: the store is a whole git repository with the raw bytes', async () => {
    const bench = await Workbench.open();
    bench.write('.gitattributes', '* text=auto eol=lf\n*.bin filter=lfs -text\n*.i ident\n');
    bench.write('crlf', 'a\r\nb\r\n');
    bench.write('x.bin', 'not a pointer');
    bench.write('x.i', '$Id$');
    bench.write('run.sh', '#!/bin/sh\n', 0o700);
    symlinkSync('../outside', bench.path('link'));
    await bench.take('baseline');
    bench.write('dir/sub/file', 'x');
    bench.write('dir.c', 'order: "dir.c" stands before "dir/"');
    await bench.take('step');
    await bench.store.settle();
    storeGit(bench, 'fsck', '--full', '--strict');
    expect(storeGit(bench, 'log', '--format=%H %an <%ae> %at %s', 'run').trim().split('\n')).toEqual([
      `${bench.taken(1).commit} Belay <belay@localhost> 1700000001 step 1`,
      `${bench.taken(0).commit} Belay <belay@localhost> 1700000000 baseline 0`,
    ]);
    expect(storeGit(bench, 'show', 'run:files/crlf')).toBe('a\r\nb\r\n');
    expect(storeGit(bench, 'show', 'run:files/x.bin')).toBe('not a pointer');
    expect(
      storeGit(bench, 'ls-tree', '-r', 'run:files')
        .trim()
        .split('\n')
        .map((line) => line.replace(/ [0-9a-f]+\t/, ' ')),
    ).toEqual([
      '100644 blob .gitattributes',
      '100644 blob crlf',
      '100644 blob dir.c',
      '100644 blob dir/sub/file',
      '120000 blob link',
      '100755 blob run.sh',
      '100644 blob x.bin',
      '100644 blob x.i',
    ]);
    expect(storeGit(bench, 'rev-parse', 'run:files').trim()).toBe(bench.taken(1).tree);
  });

  it('C3: names what it does not cover, and why', async () => {
    const bench = await Workbench.open();
    git(bench.workspace, 'init', '-q');
    bench.write('.gitignore', 'node_modules/\n*.db\n!keep.db\n');
    bench.write('.git/info/exclude', 'private\n');
    bench.write('node_modules/x/index.js', 'x');
    bench.write('packages/a/node_modules/y.js', 'y');
    bench.write('packages/a/.gitignore', 'out\n!out/keep\n');
    bench.write('packages/a/out/x', 'x');
    bench.write('private/x', 'x');
    bench.write('small.db', 'small');
    bench.write('keep.db', 'kept');
    bench.write('big.db', '');
    truncateSync(bench.path('big.db'), limits.coveredIgnoredFileBytes + 1);
    execFileSync('mkfifo', [bench.path('pipe')]);
    const server = createServer().listen(bench.path('socket'));
    onTestFinished(() => {
      server.close();
    });
    await bench.take('baseline');
    expect(bench.taken(0).notCovered).toEqual([
      { path: 'big.db', reason: 'ignored file over the limit', bytes: limits.coveredIgnoredFileBytes + 1 },
      { path: 'node_modules/', reason: 'ignored folder', bytes: null },
      { path: 'packages/a/node_modules/', reason: 'ignored folder', bytes: null },
      { path: 'packages/a/out/', reason: 'ignored folder', bytes: null },
      { path: 'pipe', reason: 'pipe', bytes: null },
      { path: 'private/', reason: 'ignored folder', bytes: null },
      { path: 'socket', reason: 'socket', bytes: null },
    ]);
    expect(covered(bench, 0)).toEqual([
      '.gitignore',
      'keep.db',
      'packages',
      'packages/a',
      'packages/a/.gitignore',
      'small.db',
    ]);
  });

  it('C3: a folder that is not readable is named', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root reads everything');
    const bench = await Workbench.open();
    bench.write('closed/x', '1');
    bench.write('x', '1', 0o000);
    chmodSync(bench.path('closed'), 0o000);
    await bench.take('baseline');
    expect(bench.taken(0).notCovered).toEqual([
      { path: 'closed/', reason: 'not readable', bytes: null },
      { path: 'x', reason: 'not readable', bytes: null },
    ]);
  });

  it('C3: what the user tracks is covered although it is ignored, in every version of the index', async () => {
    for (const version of ['2', '3', '4']) {
      const bench = await Workbench.open();
      git(bench.workspace, 'init', '-q');
      bench.write('build/made.c', 'tracked');
      bench.write('build/deep/er/made-too.c', 'tracked');
      bench.write('build/scrap.o', 'scrap');
      git(bench.workspace, 'add', '-f', 'build/made.c', 'build/deep');
      if (version === '3') {
        bench.write('later', '');
        git(bench.workspace, 'add', '-N', 'later');
        rmSync(bench.path('later'));
      } else git(bench.workspace, 'update-index', '--index-version', version);
      expect(readFileSync(bench.path('.git/index')).readUInt32BE(4)).toBe(Number(version));
      bench.write('.gitignore', 'build/\n');
      await bench.take('baseline');
      expect(covered(bench, 0)).toEqual([
        '.gitignore',
        'build',
        'build/deep',
        'build/deep/er',
        'build/deep/er/made-too.c',
        'build/made.c',
      ]);
      expect(bench.taken(0).notCovered).toEqual([
        { path: 'build/', reason: 'ignored folder (its tracked files are covered)', bytes: null },
      ]);
    }
  });

  it('C7: a checkpoint outlives the garbage collection, and the loss, of the user’s repository', async () => {
    const bench = await Workbench.open();
    git(bench.workspace, 'init', '-q');
    bench.write('x', 'one');
    git(bench.workspace, 'add', '.');
    git(bench.workspace, 'commit', '-q', '-m', 'first');
    await bench.take('baseline');
    const first = bench.look();
    git(bench.workspace, 'commit', '-q', '--amend', '--allow-empty', '-m', 'other');
    bench.write('x', 'two');
    git(bench.workspace, 'commit', '-q', '-a', '--amend', '-m', 'other');
    git(bench.workspace, 'reflog', 'expire', '--expire=now', '--all');
    git(bench.workspace, 'gc', '-q', '--prune=now');
    await bench.take('step');
    bench.remove('.git');
    await bench.rollBack(0);
    expect(bench.look()).toEqual(first);
    await bench.store.settle();
    storeGit(bench, 'fsck', '--full');
  });

  it('C2: each of many checkpoints can be exported exactly, also after git packed them anew', async () => {
    const bench = await Workbench.open({ logBytes: 0 });
    const seen: Record<string, string>[] = [];
    for (let i = 0; i < 150; i++)
      bench.write(
        `many/${String(i % 7)}/${String(i)}`,
        `${'a line that many share\n'.repeat(50)}${String(i)}`,
        i % 3 ? 0o644 : 0o600,
      );
    await bench.take('baseline');
    seen.push(bench.look());
    bench.write('many/0/0', 'changed');
    mkdirSync(bench.path('empty'), 0o700);
    await bench.take('step');
    seen.push(bench.look());
    expect(
      readdirSync(join(bench.root, 'store.git/objects/pack'))
        .map((name) => name.slice(-4))
        .sort(),
    ).toEqual(['.idx', '.idx', 'pack', 'pack']);
    const exportAll = async (store: CheckpointStore, name: string) => {
      for (const checkpoint of [0, 1]) {
        const folder = join(bench.root, `${name}${String(checkpoint)}`);
        await store.exportTo(bench.manifest(checkpoint), folder);
        expect(look(folder)).toEqual(seen[checkpoint]);
        await expect(store.exportTo(bench.manifest(checkpoint), folder)).rejects.toThrow(/not empty/);
      }
    };
    const again = await openCheckpointStore({ folder: join(bench.root, 'store.git'), workspace: bench.workspace });
    onTestFinished(() => {
      again.dispose();
    });
    await exportAll(again, 'new');
    storeGit(bench, 'repack', '-q', '-a', '-d', '-f', '--depth=20', '--window=20');
    expect(
      storeGit(
        bench,
        'verify-pack',
        '-s',
        ...readdirSync(join(bench.root, 'store.git/objects/pack'))
          .filter((name) => name.endsWith('.idx'))
          .map((name) => join(bench.root, 'store.git/objects/pack', name)),
      ),
    ).toMatch(/chain length/);
    await exportAll(bench.store, 'known');
    const repacked = await openCheckpointStore({ folder: join(bench.root, 'store.git'), workspace: bench.workspace });
    onTestFinished(() => {
      repacked.dispose();
    });
    await exportAll(repacked, 'repacked');
  });

  it('C2: a file too large for memory is streamed', async () => {
    const bench = await Workbench.open();
    const large = Buffer.alloc(largeBytes + 4097, 'abcdefghij');
    bench.write('large', large);
    await bench.take('baseline');
    expect(bench.manifest(0).entries[0]?.digest).toBe(git(bench.workspace, 'hash-object', 'large').trim());
    bench.write('large', 'small now');
    await bench.take('step');
    await bench.rollBack(0);
    expect(readFileSync(bench.path('large')).equals(large)).toBe(true);
    expect((await bench.store.detect(null)).entries[0]?.digest).toBe(bench.manifest(0).entries[0]?.digest);
  });
});

describe('noticing changes', () => {
  it('C2: a second write in the same tick, with the same size, is seen', async () => {
    const bench = await Workbench.open();
    let missed = 0;
    bench.write('x', 'start');
    await bench.take('baseline');
    for (let round = 0; round < 20; round++) {
      bench.write('x', `a${String(round).padStart(4, '0')}`);
      await bench.take('step');
      bench.write('x', `b${String(round).padStart(4, '0')}`);
      const checkpoint = await bench.take('step');
      if (!bench.taken(checkpoint).changed) missed += 1;
    }
    expect(missed).toBe(0);
  });

  it('C4: reports what changed, and nothing for a touch', async () => {
    const bench = await Workbench.open();
    bench.write('a', '1');
    bench.write('d/b', '1');
    await bench.take('baseline');
    expect(bench.taken(0).changeset).toMatchObject({ added: 2, modified: 0, deleted: 0 });
    bench.write('a', '1');
    expect(bench.taken(await bench.take('step'))).toMatchObject({ changed: false, changeset: { paths: [] } });
    const previous = bench.manifest(1);
    expect(
      await bench.store.takeIfChanged({ title: 'none', at: 0, parent: bench.taken(1).commit, previous }),
    ).toBeNull();
    bench.write('a', '2');
    bench.remove('d');
    bench.write('e/f', 'new');
    mkdirSync(bench.path('g'));
    expect(bench.taken(await bench.take('step')).changeset).toEqual({
      added: 2,
      modified: 1,
      deleted: 1,
      paths: [
        { path: 'a', change: 'modified' },
        { path: 'd/b', change: 'deleted' },
        { path: 'e/f', change: 'added' },
        { path: 'g/', change: 'added' },
      ],
    });
    chmodSync(bench.path('a'), 0o600);
    expect(bench.taken(await bench.take('step')).changeset.paths).toEqual([{ path: 'a', change: 'mode' }]);
  });

  it('J9: a detection’s manifest is not trusted for content that was never stored', async () => {
    const bench = await Workbench.open();
    bench.write('x', 'one');
    const previous = await bench.store.detect(null);
    const taken = await bench.store.take({ title: 'first', at: 0, parent: null, previous });
    await bench.store.settle();
    expect(storeGit(bench, 'show', `${taken.commit}:files/x`)).toBe('one');
  });
});

describe('comparing', () => {
  it('C4: gives sizes, binary and line counts, also against the workspace', async () => {
    const bench = await Workbench.open();
    const lines = (count: number, text: string) =>
      Array.from({ length: count }, (_, i) => `${text} ${String(i)}\n`).join('');
    bench.write('small', 'a\nb\nc\n');
    bench.write('binary', Buffer.from([1, 0, 2]));
    bench.write('gone', 'one\ntwo');
    bench.write('rewritten', lines(3000, 'old'));
    bench.write('moded', 'x', 0o644);
    bench.write('large', lines(30_000, 'a line that stays'));
    await bench.take('baseline');
    bench.write('small', 'a\nB\nc\nd\n');
    bench.write('binary', Buffer.from([1, 0, 3, 4]));
    bench.remove('gone');
    bench.write('rewritten', lines(3000, 'new'));
    chmodSync(bench.path('moded'), 0o755);
    bench.write('large', `${lines(30_000, 'a line that stays')}one more\n`);
    bench.write('made', 'one\n');
    const expected = [
      { path: 'binary', change: 'modified', beforeBytes: 3, afterBytes: 4, binary: true },
      { path: 'gone', change: 'deleted', beforeBytes: 7, afterBytes: null, binary: false, added: 0, removed: 2 },
      {
        path: 'large',
        change: 'modified',
        beforeBytes: 708_890,
        afterBytes: 708_899,
        binary: false,
        added: 1,
        removed: 0,
      },
      { path: 'made', change: 'added', beforeBytes: null, afterBytes: 4, binary: false, added: 1, removed: 0 },
      { path: 'moded', change: 'mode', beforeBytes: 1, afterBytes: 1, binary: false, added: 0, removed: 0 },
      {
        path: 'rewritten',
        change: 'modified',
        beforeBytes: 25_890,
        afterBytes: 25_890,
        binary: false,
        added: 3000,
        removed: 3000,
      },
      { path: 'small', change: 'modified', beforeBytes: 6, afterBytes: 8, binary: false, added: 2, removed: 1 },
    ];
    const now = await bench.store.detect(bench.manifest(0));
    const compared = async (to: Manifest) =>
      (await bench.store.compare(bench.manifest(0), to)).map(({ version, ...file }) => {
        expect(version).toBe(versionOf(leafAt(to, file.path)));
        return file;
      });
    expect(await compared(now)).toEqual(expected);
    expect(await bench.store.readFile(now, 'made')).toEqual(Buffer.from('one\n'));
    await bench.take('step');
    expect(await compared(bench.manifest(1))).toEqual(expected);
    expect(await bench.store.readFile(bench.manifest(0), 'gone')).toEqual(Buffer.from('one\ntwo'));
    expect(await bench.store.readFile(bench.manifest(1), 'gone')).toBeNull();
    bench.write('made', 'moved on');
    expect(await bench.store.readFile(now, 'made')).toEqual(Buffer.from('one\n')); // stored meanwhile
  });
});
