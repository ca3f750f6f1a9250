/** Rules: C2 a manifest comes back whole from its pages; C3, C5 a look at told paths says what a walk of everything would say. */
import fc from 'fast-check';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { changesBetween, childrenOf, ManifestDamaged, type Manifest } from '../../../src/engine/checkpoint/manifest.ts';
import { parseManifest } from '../../../src/engine/checkpoint/manifestText.ts';
import { besideText, pageLine, parseBeside, parsePage } from '../../../src/engine/checkpoint/pages.ts';
import { git, Workbench } from './fixture.ts';

const manifest: Manifest = {
  takenNs: '1700000000000000000',
  stored: true,
  repositories: { '': '*.o\n', lib: null },
  entries: [
    { path: 'a\udcffb', type: 'file', mode: 0o4755, size: 3, digest: 'a'.repeat(40), stamp: '1:2:3', ignored: true },
    { path: 'd', type: 'directory', mode: 0o700, size: 0, digest: '', stamp: '', ignored: false },
    { path: 'line\nfeed', type: 'symlink', mode: 0o777, size: 1, digest: 'b'.repeat(40), stamp: '', ignored: false },
  ],
  notCovered: [{ path: 'x/', reason: 'ignored folder', bytes: null }],
};

describe('a page', () => {
  const text = manifest.entries.map((one) => `${pageLine(one)}\n`).join('');

  it('C2: comes back whole, and is text for any name', () => {
    expect(parsePage(text, '')).toEqual(manifest.entries);
    expect(parsePage(text, 'lib').map(({ path }) => path)).toEqual(['lib/a\udcffb', 'lib/d', 'lib/line\nfeed']);
    expect(text.isWellFormed()).toBe(true);
    const { repositories, notCovered } = manifest;
    expect(parseBeside(besideText(manifest))).toEqual({ repositories, notCovered });
  });

  it('C2: a damaged one is refused, and says whose it is', () => {
    const refused = [
      text.replace('"d",', '"e",'),
      text.replace('"d",448', '"d","448"'),
      text.replace('["d"', '["d'),
      '[]',
    ];
    for (const damaged of refused) {
      expect(() => parsePage(damaged, 'lib')).toThrow(ManifestDamaged);
      expect(() => parsePage(damaged, 'lib')).toThrow("the manifest's page of lib can't be read");
    }
  });
});

describe('a manifest of a run that was begun before there were pages', () => {
  const old = [
    '{"belayManifest":1,"takenNs":"1700000000000000000","stored":true,"entries":3,"notCovered":1,"repositories":{"":"*.o\\n","lib":null}}',
    `["f","a\\udcffb",2541,3,"${'a'.repeat(40)}","1:2:3",1]`,
    '["d","d",448]',
    `["l","line\\nfeed",511,1,"${'b'.repeat(40)}",""]`,
    '["n","x/","ignored folder",null]',
    '',
  ].join('\n');

  it('C2: is read', () => {
    expect(parseManifest(old)).toEqual(manifest);
  });

  it('C2: is refused with its line where it is damaged', () => {
    expect(() => parseManifest('')).toThrow(ManifestDamaged);
    expect(() => parseManifest(old.split('\n').slice(0, -2).join('\n'))).toThrow(/it is cut/);
    expect(() => parseManifest(old.replace('"d",448', '"d","448"'))).toThrow('manifest, line 3: not an entry');
    expect(() => parseManifest(old.replace('["d"', '["d'))).toThrow('manifest, line 3: not JSON');
  });
});

it('the children of a folder are found past names that sort between it and what is in it', async () => {
  const bench = await Workbench.open();
  for (const path of ['a/b/c', 'a/b.c', 'a/b-c', 'a/bb', 'a.b', 'a-b/x', 'b']) bench.write(path, path);
  await bench.take('baseline');
  const names = (folder: string) => [...childrenOf(bench.manifest(0), folder)].map(({ path }) => path);
  expect([names(''), names('a'), names('a/b')]).toEqual([
    ['a', 'a-b', 'a.b', 'b'],
    ['a/b', 'a/b-c', 'a/b.c', 'a/bb'],
    ['a/b/c'],
  ]);
});

describe('told paths', () => {
  /** What a manifest says, without what only spares reading. */
  const said = ({ repositories, entries, notCovered }: Manifest) => ({
    repositories,
    entries: entries.map(({ path, type, mode, digest, ignored }) => [path, type, mode, digest, ignored]),
    notCovered,
  });

  it('C3, C5: say the same as a walk: new folders, a folder that became a file, what is ignored, tracked, special', async () => {
    const bench = await Workbench.open();
    git(bench.workspace, 'init', '-q');
    bench.write('.gitignore', 'build/\n*.log\n');
    bench.write('src/deep/x', 'one');
    bench.write('src/y', 'one', 0o600);
    bench.write('dir/inner/z', 'one');
    bench.write('build/kept', 'tracked');
    git(bench.workspace, 'add', '-f', 'build/kept');
    await bench.take('baseline');
    bench.write('src/deep/x', 'two');
    bench.write('new/folder/a', 'new');
    bench.remove('src/y');
    bench.remove('dir');
    bench.write('dir', 'a file now');
    bench.write('build/kept', 'changed');
    bench.write('build/junk', 'not covered');
    bench.write('run.log', 'ignored, and covered');
    symlinkSync('src', bench.path('link'));
    const told = ['src/deep/x', 'new/folder/a', 'src/y', 'dir', 'build/kept', 'build/junk', 'run.log', 'link', 'never'];
    const walked = await bench.store.detect(bench.manifest(0));
    await bench.take('step', told);
    expect(said(bench.manifest(1))).toEqual(said(walked));
    expect(changesBetween(bench.manifest(1), walked)).toEqual([]);
  });

  it('C5: a rule file among them makes it a walk', async () => {
    const bench = await Workbench.open();
    bench.write('a.log', 'a');
    await bench.take('baseline');
    bench.write('.gitignore', '*.log\n');
    await bench.take('step', ['.gitignore']);
    expect(bench.manifest(1).entries.find(({ path }) => path === 'a.log')?.ignored).toBe(true);
  });

  it('C2: what is not told is as it was, and is found by the next walk, also in the tick of the last one', async () => {
    const bench = await Workbench.open();
    bench.write('told', 'one');
    bench.write('other', 'one');
    await bench.take('baseline');
    bench.write('told', 'two');
    bench.write('other', 'two');
    await bench.take('step', ['told']);
    const changes = (a: number, b: number) =>
      changesBetween(bench.manifest(a), bench.manifest(b)).map(({ path }) => path);
    expect(changes(0, 1)).toEqual(['told']);
    await bench.take('supervisor');
    expect(changes(1, 2)).toEqual(['other']);
  });

  it('C2: any tree, told all that differs, is the tree', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'a-b', ':x');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const tree = fc.array(fc.tuple(path, fc.constantFrom('x', 'y', null)), { maxLength: 10 });
    const numRuns = Number(process.env['FAST_CHECK_RUNS'] ?? 15);
    const check = fc.asyncProperty(tree, tree, async (first, second) => {
      const bench = await Workbench.open();
      make(bench, first);
      await bench.take('baseline');
      make(bench, second);
      const walked = await bench.store.detect(bench.manifest(0));
      const told = changesBetween(bench.manifest(0), walked).map((one) => one.path.replace(/\/$/, ''));
      await bench.take('step', told);
      expect(said(bench.manifest(1))).toEqual(said(walked));
    });
    await fc.assert(check, { numRuns });
  }, 60_000);

  /** A null is an empty folder; a path below a file is passed over. */
  function make(bench: Workbench, tree: readonly (readonly [string, string | null])[]): void {
    for (const name of readdirSync(bench.workspace)) rmSync(bench.path(name), { recursive: true });
    for (const [path, content] of tree) {
      try {
        if (content !== null) bench.write(path, content);
        else mkdirSync(bench.path(path), { recursive: true });
        if (content === 'y') chmodSync(bench.path(path), 0o600);
      } catch {
        // a file where a folder is needed, or the other way round: not possible here
      }
    }
  }
});
