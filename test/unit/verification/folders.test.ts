/** Job: whatever a candidate or a build leaves behind, it is removed, or stands in nobody's way. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { putAside, removeAside, removeFolder } from '../../../src/engine/verification/folders.ts';
import { makeFolder, put } from '../workspace/folder.ts';

/** A chain of folders that is longer than a path may be, with a closed folder at its end. */
function deepChain(at: string): void {
  const script = `mkdir -p "$1" && cd "$1" && n=$(printf 'd%.0s' $(seq 100)) &&
    for i in $(seq 60); do mkdir $n && cd $n || exit 1; done; mkdir -p in/x && chmod 000 in`;
  const made = spawnSync('/bin/bash', ['-c', script, 'bash', at]);
  expect(made.stderr.toString()).toBe('');
}

it('a chain of folders longer than a path, closed at its end, is removed', () => {
  const folder = makeFolder();
  deepChain(join(folder, 'case'));
  removeFolder(join(folder, 'case'));
  expect(readdirSync(folder)).toEqual([]);
});

it('folders without permissions and names of any bytes are removed, and what links lead to is not', () => {
  const folder = makeFolder({ 'kept/file': 'x' });
  put(folder, 'case/closed/deep/file', '');
  symlinkSync(join(folder, 'kept'), join(folder, 'case/closed/link'));
  for (const byte of [0xff, 0xfe]) writeFileSync(Buffer.from([...Buffer.from(`${folder}/case/closed/`), byte]), '');
  chmodSync(join(folder, 'case/closed/deep'), 0o000);
  chmodSync(join(folder, 'case/closed'), 0o000);
  chmodSync(join(folder, 'case'), 0o555);
  removeFolder(join(folder, 'case'));
  expect(readdirSync(folder)).toEqual(['kept']);
  expect(existsSync(join(folder, 'kept/file'))).toBe(true);
  removeFolder(join(folder, 'case'));
});

it('what was put aside is out of the way at once and removed later', () => {
  const folder = makeFolder({ 'other/file': '' });
  deepChain(join(folder, 'cases'));
  putAside(join(folder, 'cases'));
  putAside(join(folder, 'absent'));
  expect(existsSync(join(folder, 'cases'))).toBe(false);
  mkdirSync(join(folder, 'cases'));
  removeAside(folder);
  expect(readdirSync(folder).sort()).toEqual(['cases', 'other']);
});

it('such a chain is more than rm of the runtime can take (sabotaged: the check can fail)', () => {
  const folder = makeFolder();
  deepChain(join(folder, 'case'));
  expect(() => {
    if (process.getuid?.() === 0) readdirSync(join(folder, 'case', `${'d'.repeat(100)}/`.repeat(60)));
    else rmSync(join(folder, 'case'), { recursive: true });
  }).toThrow(/ENAMETOOLONG|EACCES/);
  removeFolder(join(folder, 'case'));
});
