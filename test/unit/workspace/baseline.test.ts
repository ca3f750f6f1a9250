import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBaseline } from '../../../src/engine/workspace/baseline.ts';
import { makeFolder, put } from './folder.ts';

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();

function repository(): string {
  const folder = makeFolder({ a: 'x' });
  git(folder, 'init', '-q', '-b', 'work');
  git(folder, 'add', '.');
  git(folder, 'commit', '-qm', 'one');
  return folder;
}

/** Everything in .git: names, times and bytes. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(join(folder, '.git'), { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, '.git', name);
    const stat = statSync(path);
    hash.update(`${name} ${String(stat.mtimeMs)} `);
    if (stat.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

describe('readBaseline', () => {
  it('tells branch, HEAD and dirty; detached and fresh repositories; no repository', async () => {
    const folder = repository();
    const head = git(folder, 'rev-parse', 'HEAD');
    expect(await readBaseline(folder)).toEqual({
      baseline: { git: { branch: 'work', head, dirty: false, prefix: '' } },
    });
    put(folder, 'untracked', 'x');
    expect(await readBaseline(folder)).toEqual({
      baseline: { git: { branch: 'work', head, dirty: true, prefix: '' } },
    });
    git(folder, 'checkout', '-q', '--detach');
    expect(await readBaseline(folder)).toMatchObject({ baseline: { git: { branch: null, head } } });
    const fresh = makeFolder();
    git(fresh, 'init', '-q', '-b', 'main');
    expect(await readBaseline(fresh)).toEqual({
      baseline: { git: { branch: 'main', head: null, dirty: false, prefix: '' } },
    });
    expect(await readBaseline(makeFolder())).toEqual({ baseline: { git: null } });
  });

  it('C1: touches nothing in .git, not even a stale index, and starts no monitor', async () => {
    const folder = repository();
    put(folder, 'monitor', '#!/bin/sh\ntouch "$(dirname "$0")/started"\n');
    chmodSync(join(folder, 'monitor'), 0o755);
    git(folder, 'config', 'core.fsmonitor', join(folder, 'monitor'));
    utimesSync(join(folder, 'a'), new Date(1e12), new Date(1e12)); // the index entry is stale now: git would refresh it
    const before = fingerprint(folder);
    expect(await readBaseline(folder)).toMatchObject({ baseline: { git: { branch: 'work' } } });
    expect(fingerprint(folder)).toBe(before);
    expect(existsSync(join(folder, 'started'))).toBe(false);
    // Sabotaged: a plain status does both, so this test can fail.
    git(folder, 'status');
    expect(fingerprint(folder)).not.toBe(before);
    expect(existsSync(join(folder, 'started'))).toBe(true);
  });

  it('gives git no key', async () => {
    const folder = repository();
    const { PATH } = process.env;
    const programs = makeFolder();
    const real = execFileSync('/bin/sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    put(programs, 'git', `#!/bin/sh\nenv >> ${join(programs, 'seen')}\nexec ${real} "$@"\n`);
    chmodSync(join(programs, 'git'), 0o755);
    process.env['BELAY_API_KEY'] = 'sk-secret';
    process.env['PATH'] = `${programs}:${String(PATH)}`;
    try {
      await readBaseline(folder);
    } finally {
      delete process.env['BELAY_API_KEY'];
      process.env['PATH'] = PATH;
    }
    const seen = readFileSync(join(programs, 'seen'), 'utf8');
    expect(seen).toContain('GIT_NO_LAZY_FETCH=1');
    expect(seen).not.toContain('sk-secret');
  });
});

describe('readBaseline in a repository that the agent made', () => {
  /** Every program that the repository can name leaves a mark outside of it. */
  function trapped(): { folder: string; sprung: () => string[]; commit: () => void } {
    const marks = makeFolder();
    const folder = makeFolder({ a: 'one\n', '.gitattributes': '* filter=x diff=x\n' });
    git(folder, 'init', '-q', '-b', 'work');
    for (const name of ['a', '.gitattributes']) utimesSync(join(folder, name), new Date(1e12), new Date(1e12));
    const commit = () => {
      git(folder, 'add', '.');
      git(folder, 'commit', '-qm', 'one');
      const trap = (name: string, rest: string) => `touch ${join(marks, name)}; ${rest}`;
      git(folder, 'config', 'filter.x.clean', trap('clean', 'cat'));
      git(folder, 'config', 'filter.x.smudge', trap('smudge', 'cat'));
      git(folder, 'config', 'diff.x.textconv', trap('textconv', 'cat'));
      git(folder, 'config', 'diff.x.command', trap('command', 'true'));
      git(folder, 'config', 'diff.external', trap('external', 'true'));
      git(folder, 'config', 'core.fsmonitor', trap('monitor', 'false'));
      for (const name of ['post-index-change', 'reference-transaction']) {
        put(folder, `.git/hooks/${name}`, `#!/bin/sh\ntouch ${join(marks, 'hook')}\n`);
        chmodSync(join(folder, '.git/hooks', name), 0o755);
      }
    };
    return { folder, sprung: () => readdirSync(marks), commit };
  }
  const dirtyOf = async (folder: string) => (await readBaseline(folder)).baseline.git?.dirty;
  /** As if every file were written in the tick that the index was written in, or after it. */
  const makeRacy = (folder: string) => {
    utimesSync(join(folder, '.git/index'), new Date(1e12), new Date(1e12));
  };

  it('H2: runs no filter, monitor or hook for untouched, modified, touched and racily clean files', async () => {
    const cases: [name: string, change: (folder: string) => void, dirty: boolean, filtered: boolean][] = [
      ['untouched', () => undefined, false, false],
      [
        'modified',
        (folder) => {
          put(folder, 'a', 'two\n');
        },
        true,
        true,
      ],
      [
        'longer',
        (folder) => {
          put(folder, 'a', 'another\n');
        },
        true,
        false,
      ],
      [
        'touched',
        (folder) => {
          utimesSync(join(folder, 'a'), new Date(2e12), new Date(2e12));
        },
        false,
        true,
      ],
      ['racily clean', makeRacy, false, true],
      [
        'gone',
        (folder) => {
          rmSync(join(folder, 'a'));
        },
        true,
        false,
      ],
      [
        'executable',
        (folder) => {
          chmodSync(join(folder, 'a'), 0o755);
        },
        true,
        false,
      ],
    ];
    for (const [name, change, dirty, filtered] of cases) {
      const { folder, sprung, commit } = trapped();
      commit();
      change(folder);
      expect([name, await dirtyOf(folder), sprung()]).toEqual([name, dirty, []]);
      // Sabotaged: what git itself compares with runs the filter, even with the monitor off.
      git(folder, '-c', 'core.fsmonitor=false', 'status');
      expect([name, sprung().includes('clean')]).toEqual([name, filtered]);
    }
  });

  it('says dirty rather than filter: a file that its filter changes, when its times no longer vouch for it', async () => {
    const { folder, sprung, commit } = trapped();
    git(folder, 'config', 'filter.x.clean', 'tr a-z A-Z');
    commit();
    expect(await dirtyOf(folder)).toBe(false);
    makeRacy(folder);
    expect(await dirtyOf(folder)).toBe(true);
    expect(sprung()).toEqual([]);
  });

  it('H2: fetches no missing object from a remote that is a command', async () => {
    const { folder, sprung, commit } = trapped();
    commit();
    const mark = join(makeFolder(), 'fetched');
    git(folder, 'config', 'core.repositoryFormatVersion', '1');
    git(folder, 'config', 'extensions.partialClone', 'far');
    git(folder, 'config', 'remote.far.promisor', 'true');
    git(folder, 'config', 'protocol.ext.allow', 'always');
    git(folder, 'config', 'remote.far.url', `ext::sh -c touch% ${mark}`);
    const tree = git(folder, 'rev-parse', 'HEAD^{tree}');
    rmSync(join(folder, '.git/objects', tree.slice(0, 2), tree.slice(2)));
    git(folder, 'read-tree', '--empty');
    put(folder, '.git/info/exclude', '*\n'); // nothing is untracked: the index has to be compared with HEAD
    await expect(readBaseline(folder)).rejects.toThrow();
    expect([existsSync(mark), sprung().filter((name) => name !== 'hook' && name !== 'monitor')]).toEqual([false, []]);
    // Sabotaged: without the switch git runs the remote's command.
    expect(() => git(folder, 'diff-index', '--cached', 'HEAD')).toThrow();
    expect(existsSync(mark)).toBe(true);
  });

  it('tells staged changes, links, folders that became links, sparse files and submodules', async () => {
    const folder = repository();
    symlinkSync('a', join(folder, 'link'));
    put(folder, 'deep/file', 'x');
    put(folder, 'empty', '');
    git(folder, 'init', '-q', 'module');
    git(join(folder, 'module'), 'commit', '-qm', 'm', '--allow-empty');
    git(folder, '-c', 'advice.addEmbeddedRepo=false', 'add', '.');
    expect(await dirtyOf(folder)).toBe(true); // staged
    git(folder, 'commit', '-qm', 'two');
    makeRacy(folder);
    expect(await dirtyOf(folder)).toBe(false);
    git(join(folder, 'module'), 'commit', '-qm', 'n', '--allow-empty');
    expect(await dirtyOf(folder)).toBe(true);
    git(join(folder, 'module'), 'reset', '-q', '--hard', 'HEAD^');
    rmSync(join(folder, 'link'));
    symlinkSync('b', join(folder, 'link'));
    expect(await dirtyOf(folder)).toBe(true);
    git(folder, 'checkout', '-q', 'link');
    git(folder, 'update-index', '--skip-worktree', 'empty');
    rmSync(join(folder, 'empty'));
    expect(await dirtyOf(folder)).toBe(false);
    renameSync(join(folder, 'deep'), join(folder, '.git/deep'));
    symlinkSync('.git/deep', join(folder, 'deep'));
    put(folder, '.git/info/exclude', 'deep\n');
    expect(await dirtyOf(folder)).toBe(true);
  });
});
