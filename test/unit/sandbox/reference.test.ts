/** Job: which files of the reference are hidden. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { copiesOf } from '../../../src/engine/sandbox/copies.ts';
import { referenceFiles } from '../../../src/engine/sandbox/reference.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-reference-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const find = (command: string[], keep: string[] = ['perl']) =>
  referenceFiles(command, { folder, alsoPackage: true, keep });

describe('referenceFiles', () => {
  it('H2: covers the program by its real path', async () => {
    const { program, mask, gaps } = await find(['cmark', '--unsafe']);
    expect({ program, gaps }).toEqual({ program: '/usr/bin/cmark', gaps: [] });
    expect(mask.files).toContain('/usr/bin/cmark');
    symlinkSync('/usr/bin/cmark', join(folder, 'original'));
    expect((await find(['./original'])).program).toBe('/usr/bin/cmark');
  });

  it('H2: covers what came with it, folders of its own as a whole, but no documentation', async () => {
    const { mask } = await find(['git']);
    expect(mask.folders).toContain('/usr/lib/git-core');
    expect(mask.files).toContain('/usr/bin/git-shell');
    expect(
      [...mask.files, ...mask.folders].filter(
        (path) => path.startsWith('/usr/share/doc') || path.startsWith('/usr/share/man'),
      ),
    ).toEqual([]);
    expect(mask.files.filter((path) => path.startsWith('/usr/lib/git-core/'))).toEqual([]);
  });

  it('H2: of a package that the system cannot do without only the program', async () => {
    expect((await find(['sort'])).mask).toEqual({ files: ['/usr/bin/sort'], folders: [] });
  });

  it('H2: a script is the reference, not its interpreter; it is shown to the reference where it is outside /usr', async () => {
    const path = join(folder, 'original.pl');
    writeFileSync(path, 'print 1');
    const { mask, needs, gaps } = await find(['perl', 'original.pl', '--flag']);
    expect({ mask, needs }).toEqual({ mask: { files: [path], folders: [] }, needs: [path] });
    expect(gaps).toEqual([`${path} is of no Debian package, so what else came with it is not known`]);
  });

  it('H2: says where it cannot be hidden: the candidate runs with it, or it is not there', async () => {
    expect(await find(['perl'])).toMatchObject({
      mask: { files: [], folders: [] },
      gaps: [expect.stringContaining('the candidate runs with')],
    });
    expect(await find(['no-such-program'])).toMatchObject({
      program: null,
      gaps: ['the reference no-such-program was not found'],
    });
  });

  it('H2: finds copies under other names by size and digest, and nothing else of that size', async () => {
    const original = join(folder, 'original');
    writeFileSync(original, '#!/bin/sh\necho one\n', { mode: 0o755 });
    mkdirSync(join(folder, 'tools/deep'), { recursive: true });
    copyFileSync(original, join(folder, 'tools/deep/helper'));
    writeFileSync(join(folder, 'tools/same-size'), '#!/bin/sh\necho two\n', { mode: 0o755 });
    expect(await copiesOf([original], [folder])).toEqual([join(folder, 'tools/deep/helper')]);
    expect(await copiesOf([original], [join(folder, 'nowhere'), join(folder, 'tools')])).toEqual([
      join(folder, 'tools/deep/helper'),
    ]);
  });
});
