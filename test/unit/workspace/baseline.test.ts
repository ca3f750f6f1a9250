import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, existsSync } from 'node:fs';
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
    expect(await readBaseline(folder)).toEqual({ baseline: { git: { branch: 'work', head, dirty: false } } });
    put(folder, 'untracked', 'x');
    expect(await readBaseline(folder)).toEqual({ baseline: { git: { branch: 'work', head, dirty: true } } });
    git(folder, 'checkout', '-q', '--detach');
    expect(await readBaseline(folder)).toMatchObject({ baseline: { git: { branch: null, head } } });
    const fresh = makeFolder();
    git(fresh, 'init', '-q', '-b', 'main');
    expect(await readBaseline(fresh)).toEqual({ baseline: { git: { branch: 'main', head: null, dirty: false } } });
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
    put(folder, 'filter', '#!/bin/sh\nenv > "$(dirname "$0")/seen"\ncat\n');
    chmodSync(join(folder, 'filter'), 0o755);
    put(folder, '.gitattributes', 'a filter=spy\n');
    git(folder, 'config', 'filter.spy.clean', join(folder, 'filter'));
    utimesSync(join(folder, 'a'), new Date(1e12), new Date(1e12));
    process.env['BELAY_API_KEY'] = 'sk-secret';
    try {
      await readBaseline(folder);
    } finally {
      delete process.env['BELAY_API_KEY'];
    }
    expect(readFileSync(join(folder, 'seen'), 'utf8')).not.toContain('sk-secret');
  });
});
