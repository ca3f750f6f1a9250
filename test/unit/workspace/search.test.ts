import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, searchCommand, searchMatches } from '../../../src/engine/workspace/search.ts';
import { limits } from '../../../src/run/limits.ts';
import { makeFolder, put } from './folder.ts';

const list = async (root: string, folder = '', most?: number, hidden: string[] = []) =>
  listFiles({ root, hidden }, folder, most);
const search = (cwd: string, pattern: string, path = '') => {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', searchCommand(pattern, path)], { cwd, encoding: 'utf8' });
  return { lines: searchMatches(stdout).lines, stderr, status };
};

describe('listFiles', () => {
  it('honours nested .gitignore files as git does, and enters neither .git nor links', async () => {
    const root = makeFolder({
      '.gitignore': '*.log\n/build/\n!keep.log\n',
      'a.log': '',
      'keep.log': '',
      'build/out': '',
      'sub/build/in': '',
      'sub/.gitignore': '!special.log\n*.tmp\n',
      'sub/special.log': '',
      'sub/x.tmp': '',
      'x.tmp': '',
      'node_modules.txt': '',
    });
    execFileSync('git', ['init', '-q'], { cwd: root });
    mkdirSync(join(root, 'empty'));
    symlinkSync('/etc', join(root, 'etc'));
    const { paths, truncated } = await list(root);
    expect(truncated).toBe(false);
    const files = paths.filter((path) => !path.endsWith('@') && !path.endsWith('/'));
    const git = execFileSync('git', ['ls-files', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
    expect([...files].sort()).toEqual(
      git
        .split('\n')
        .filter((line) => line !== '' && line !== 'etc')
        .sort(),
    );
    expect(paths).toContain('etc@');
    expect(paths).toContain('empty/');
    expect((await list(root, 'sub')).paths).toEqual(['sub/.gitignore', 'sub/build/in', 'sub/special.log']);
  });

  it('B3: stops at its limit and says so; hides what is hidden', async () => {
    const root = makeFolder(
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`d${String(i % 3)}/f${String(i)}`, ''])),
    );
    expect(await list(root, '', 10)).toMatchObject({ truncated: true });
    expect((await list(root, '', 10)).paths).toHaveLength(10);
    expect((await list(root, '', 30)).truncated).toBe(false);
    put(root, 'bin/cmark', 'ELF');
    expect((await list(root, '', 100, [join(root, 'bin/cmark')])).paths).not.toContain('bin/cmark');
  });
});

describe('rule files that a program of the run wrote', () => {
  // In a process of its own: one that waits on a pipe can be ended.
  const listed = (root: string): unknown => {
    const source = new URL('../../../src/engine/workspace/search.ts', import.meta.url).href;
    const program = `
      const { listFiles } = await import(${JSON.stringify(source)});
      process.stdout.write(JSON.stringify(await listFiles({ root: process.argv[1], hidden: [] }, '')));`;
    const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program, root], {
      encoding: 'utf8',
      timeout: 10_000,
      killSignal: 'SIGKILL',
    });
    expect(signal).toBeNull();
    return (JSON.parse(stdout) as { paths: unknown }).paths;
  };

  it(
    'B3: a pipe does not hold up the list; a linked file or one over the limit has no rules',
    { timeout: 30_000 },
    () => {
      const outside = makeFolder({ secret: 'a\n' });
      const root = makeFolder({ 'fifo/a': '', 'linked/a': '', 'large/a': '', 'large/.gitignore': 'a\n' });
      execFileSync('mkfifo', [join(root, 'fifo/.gitignore')]);
      symlinkSync(join(outside, 'secret'), join(root, 'linked/.gitignore'));
      truncateSync(join(root, 'large/.gitignore'), limits.ruleFileBytes + 1);
      expect(listed(root)).toEqual([
        'fifo/.gitignore',
        'fifo/a',
        'large/.gitignore',
        'large/a',
        'linked/.gitignore@',
        'linked/a',
      ]);
    },
  );

  it('B3: a list that is cancelled ends where it is, and says that it is not whole', async () => {
    const root = makeFolder({ a: '', 'sub/b': '' });
    const { paths, truncated } = await listFiles({ root, hidden: [] }, '', 10, AbortSignal.abort());
    expect({ paths, truncated }).toEqual({ paths: [], truncated: true });
  });
});

describe('searchCommand', () => {
  it('finds with and without a repository, quotes anything, and keeps out of what is ignored', () => {
    const root = makeFolder({
      'a.txt': 'one\nit\'s $HOME `x` "two"\n',
      'sub/b.txt': 'one more\n',
      'skip.log': 'one\n',
      '.gitignore': '*.log\n',
      '-odd name': 'one\n',
    });
    expect(search(root, 'one').lines.toSorted()).toEqual(['-odd name:1:one', 'a.txt:1:one', 'sub/b.txt:1:one more']);
    execFileSync('git', ['init', '-q'], { cwd: root });
    expect(search(root, 'one', 'sub').lines).toEqual(['sub/b.txt:1:one more']);
    expect(search(root, 'it\'s \\$HOME `x` "two"').lines).toEqual(['a.txt:2:it\'s $HOME `x` "two"']);
    expect(search(root, '-odd').status).toBe(1);
    expect(search(root, 'one', '-odd name').lines).toHaveLength(1);
  });

  it('tells a wrong pattern from nothing found', () => {
    const root = makeFolder({ a: 'x\n' });
    expect(search(root, 'zzz')).toMatchObject({ status: 1, lines: [], stderr: '' });
    const wrong = search(root, 'a(');
    expect(wrong.status).toBeGreaterThan(1);
    expect(wrong.stderr).not.toBe('');
  });

  it('B3: shows so many matches and counts the rest; long lines are cut', () => {
    const output = Array.from({ length: limits.searchMatches + 7 }, (_, i) => `f:${String(i)}:x`).join('\n');
    expect(searchMatches(output)).toMatchObject({ more: 7 });
    expect(searchMatches(`f:1:${'y'.repeat(5000)}`).lines[0]?.length).toBeLessThan(500);
  });
});
