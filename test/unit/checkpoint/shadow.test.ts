/** Job: the shadow of a folder is a whole repository of one commit, and git finds nothing in it but what it was given. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../src/engine/checkpoint/manifest.ts';
import type { ShadowParams } from '../../../src/engine/checkpoint/shadow.ts';
import { openCheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { temporaryFolder } from './fixture.ts';

const clean = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };

interface Made {
  readonly workspace: string;
  readonly shadow: string;
  /** git with the shadow in place of the repository. */
  readonly git: (...args: string[]) => string;
}

/** A repository with a history, files of many kinds, and its shadow. */
async function madeShadow(change: Partial<ShadowParams> = {}): Promise<Made> {
  const root = temporaryFolder();
  const workspace = join(root, 'workspace');
  mkdirSync(join(workspace, 'src/deep/er'), { recursive: true });
  mkdirSync(join(workspace, 'src.d'));
  const put = (path: string, text: string | Buffer) => {
    writeFileSync(join(workspace, path), text);
  };
  const user = (...args: string[]) =>
    execFileSync('git', ['-C', workspace, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { env: clean });
  put('old.txt', 'of-the-history\n');
  user('init', '-q');
  user('add', '.');
  user('commit', '-qm', 'one');
  user('rm', '-q', 'old.txt');
  put('belay.json', '{"heldOut": "/secret"}');
  put('.gitignore', 'out/\n*.log\n');
  put('.gitattributes', '* text=auto eol=crlf\n');
  put('kept.log', 'tracked, though ignored\n');
  user('add', '-f', 'kept.log');
  put('noise.log', 'ignored\n');
  put('main.c', 'int main;\n');
  put('src/a.c', 'a\r\n');
  put('src/deep/er/b.c', 'b\n');
  put('src.d/c', 'c\n');
  put('covered', 'the-reference');
  put('empty', '');
  put('grüße', Buffer.from([0, 1, 2]));
  writeFileSync(join(workspace, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync('main.c', join(workspace, 'link'));
  const store = await openCheckpointStore({ folder: join(root, 'store.git'), workspace });
  const { manifest } = await store.take({ title: 'Before', at: 0, parent: null, previous: null });
  const shadow = join(root, 'shadow');
  const { uid, gid } = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  await store.shadow({
    folder: shadow,
    manifest,
    takes: ({ path }: ManifestEntry) => path !== 'covered',
    replaced: new Map([['belay.json', '{}\n']]),
    way: '',
    owner: { uid, gid },
    at: 1_700_000_000_000,
    ...change,
  });
  store.dispose();
  const git = (...args: string[]) => {
    const env = { ...clean, GIT_DIR: shadow, GIT_WORK_TREE: workspace, GIT_OPTIONAL_LOCKS: '0' };
    return execFileSync('git', args, { env, cwd: workspace, encoding: 'utf8', stdio: 'pipe' });
  };
  return { workspace, shadow, git };
}

const objectsIn = ({ git }: Made) =>
  git('cat-file', '--batch-all-objects', '--batch-check')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(0, 2).join(' '));
const lines = (text: string) => text.split('\n').filter((line) => line !== '');

describe('the shadow of a repository', () => {
  it('H2: holds one commit, its trees and its files, and no other object', async () => {
    const made = await madeShadow();
    expect(lines(made.git('log', '--all', '--format=%s'))).toEqual(['The folder as it was when the run began']);
    const reachable = lines(made.git('rev-list', '--objects', '--all', '--no-object-names'));
    expect(objectsIn(made).map((line) => line.split(' ')[0])).toEqual([...reachable].sort());
    const all = made.git('cat-file', '--batch-all-objects', '--batch');
    for (const secret of ['of-the-history', 'the-reference', '/secret']) expect(all).not.toContain(secret);
    expect(made.git('fsck', '--full', '--strict')).toBe('');
    expect(made.git('stash', 'list')).toBe('');
    expect(made.git('remote')).toBe('');
    for (const absent of ['objects/info/alternates', 'hooks', 'logs', 'packed-refs'])
      expect(existsSync(join(made.shadow, absent))).toBe(false);
  });

  it('H2: what the caller lets in is found there (sabotaged: the check can fail)', async () => {
    const made = await madeShadow({ takes: () => true, replaced: new Map() });
    const all = made.git('cat-file', '--batch-all-objects', '--batch');
    expect(all).toContain('the-reference');
    expect(all).toContain('/secret');
  });

  it('lists what a checkpoint covers, without what rules ignore and nobody tracks', async () => {
    const { git } = await madeShadow();
    const files = lines(git('-c', 'core.quotePath=false', 'ls-tree', '-r', '--name-only', 'HEAD'));
    expect(files).toEqual(
      [
        '.gitattributes',
        '.gitignore',
        'belay.json',
        'empty',
        'grüße',
        'kept.log',
        'link',
        'main.c',
        'run.sh',
        'src.d/c',
        'src/a.c',
        'src/deep/er/b.c',
      ].sort(),
    );
    expect(git('show', 'HEAD:belay.json')).toBe('{}\n');
    expect(git('ls-tree', 'HEAD', 'run.sh', 'link').match(/^\d+/gm)).toEqual(['120000', '100755']);
  });

  it('says what changed since, byte for byte, and trusts what did not without reading it', async () => {
    const { workspace, git } = await madeShadow();
    writeFileSync(join(workspace, 'belay.json'), '{}\n'); // as the sandbox shows it
    expect(lines(git('status', '--porcelain'))).toEqual(['?? covered']);
    expect(git('diff-files', '--name-only')).toBe('belay.json\n'); // of which the index knows no time; all others it does
    writeFileSync(join(workspace, 'main.c'), 'int Main;\n');
    writeFileSync(join(workspace, 'src/a.c'), 'a\n'); // only the line's end
    writeFileSync(join(workspace, 'new.c'), '');
    expect(lines(git('status', '--porcelain'))).toEqual([' M main.c', ' M src/a.c', '?? covered', '?? new.c']);
    expect(git('diff', '--stat')).toContain('2 files changed');
  });

  it('stands at the top where the workspace is a folder in the repository', async () => {
    const { git } = await madeShadow({ way: 'packages/one/' });
    const files = lines(git('-c', 'core.quotePath=false', 'ls-tree', '-r', '--name-only', 'HEAD'));
    expect(files.every((path) => path.startsWith('packages/one/'))).toBe(true);
    expect(git('fsck', '--full', '--strict')).toBe('');
  });

  it('is replaced whole, and leaves nothing where it fails', async () => {
    const { shadow } = await madeShadow();
    const head = readFileSync(join(shadow, 'refs/heads/baseline'), 'utf8');
    expect(head).toMatch(/^[0-9a-f]{40}\n$/);
    const lost = {
      digest: 'f'.repeat(40),
      type: 'file',
      mode: 0o644,
      size: 1,
      path: 'lost',
      stamp: '',
      ignored: false,
    } as const;
    const manifest = { takenNs: '0', stored: true, repositories: {}, entries: [lost], notCovered: [] };
    const folder = join(temporaryFolder(), 'shadow');
    await expect(madeShadow({ manifest, folder })).rejects.toThrow(/pack-objects/);
    expect([existsSync(folder), existsSync(`${folder}.half`)]).toEqual([false, false]);
  });
});
