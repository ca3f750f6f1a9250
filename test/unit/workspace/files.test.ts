import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  compareAndSwapWrite,
  digestOf,
  isTemporaryName,
  presentDigest,
  readText,
  removeTemporary,
  type Swap,
  type SwapResult,
} from '../../../src/engine/workspace/files.ts';
import { limits } from '../../../src/run/limits.ts';
import { makeFolder, put } from './folder.ts';

describe('readText', () => {
  it('gives text, digest of the bytes, and keeps the byte order mark', async () => {
    const folder = makeFolder({ a: '\uFEFFé\r\n' });
    const read = await readText(join(folder, 'a'));
    expect(read).toEqual({
      ok: true,
      text: '\uFEFFé\r\n',
      digest: digestOf(readFileSync(join(folder, 'a'))),
      bytes: 7,
    });
  });

  it('says what else stands there, without hanging on a pipe or following a link', async () => {
    const folder = makeFolder({
      nul: Buffer.from([65, 0, 66]),
      latin1: Buffer.from([0xe9, 10]),
      big: Buffer.alloc(limits.writtenFileBytes + 1, 65),
    });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    symlinkSync('/etc/passwd', join(folder, 'link'));
    const problem = async (name: string) => {
      const read = await readText(join(folder, name));
      return read.ok ? 'text' : read.problem;
    };
    const found = await Promise.all(['nul', 'latin1', 'big', 'pipe', 'link', '.', 'none', 'nul/below'].map(problem));
    expect(found).toEqual(['binary', 'binary', 'too-large', 'special', 'special', 'folder', 'missing', 'missing']);
  });
});

describe('compareAndSwapWrite', () => {
  it('creates with folders, replaces, keeps the mode, leaves nothing beside it', async () => {
    const folder = makeFolder();
    const absolute = join(folder, 'deep/er/x.sh');
    expect(await compareAndSwapWrite({ absolute, expected: null, content: 'one' })).toEqual({
      ok: true,
      before: null,
      after: digestOf('one'),
    });
    chmodSync(absolute, 0o751);
    expect(await compareAndSwapWrite({ absolute, expected: digestOf('one'), content: 'two' })).toMatchObject({
      ok: true,
    });
    expect(readFileSync(absolute, 'utf8')).toBe('two');
    expect(statSync(absolute).mode & 0o7777).toBe(0o751);
    expect(readdirSync(join(folder, 'deep/er'))).toEqual(['x.sh']);
  });

  it('S3: refuses when the bytes are not those that were read, and leaves them', async () => {
    const folder = makeFolder({ x: 'theirs' });
    const absolute = join(folder, 'x');
    const result = await compareAndSwapWrite({ absolute, expected: digestOf('read before'), content: 'mine' });
    expect(result).toMatchObject({ ok: false, problem: 'changed', present: digestOf('theirs') });
    expect(await compareAndSwapWrite({ absolute, expected: null, content: 'mine' })).toMatchObject({
      ok: false,
      problem: 'changed',
    });
    unlinkSync(absolute);
    expect(await compareAndSwapWrite({ absolute, expected: digestOf('theirs'), content: 'mine' })).toMatchObject({
      ok: false,
      present: null,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('S3: of eight writers, one after the other, that all read the same bytes, one wins', async () => {
    const folder = makeFolder({ x: 'base' });
    expect(await raced(folder, compareAndSwapWrite)).toBe(1);
  });

  it('S3: the race shows a writer that does not compare (sabotaged)', async () => {
    const folder = makeFolder({ x: 'base' });
    const careless = ({ absolute, expected, content }: Swap): Promise<SwapResult> => {
      const temporary = `${absolute}.${digestOf(content).slice(0, 8)}`;
      writeFileSync(temporary, content);
      renameSync(temporary, absolute);
      return Promise.resolve({ ok: true, before: expected, after: digestOf(content) });
    };
    expect(await raced(folder, careless)).toBeGreaterThan(1);
  });

  it('refuses links, folders and too much, unchanged', async () => {
    const folder = makeFolder({ target: 'safe' });
    symlinkSync('target', join(folder, 'link'));
    mkdirSync(join(folder, 'dir'));
    const write = (name: string, content = 'x') =>
      compareAndSwapWrite({ absolute: join(folder, name), expected: null, content });
    expect(await write('link')).toMatchObject({ ok: false, problem: 'not-a-file' });
    expect(await write('dir')).toMatchObject({ ok: false, problem: 'not-a-file' });
    expect(await write('big', 'x'.repeat(limits.writtenFileBytes + 1))).toMatchObject({
      ok: false,
      problem: 'too-large',
    });
    expect(await write('target/below')).toMatchObject({ ok: false });
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('safe');
    expect(readdirSync(folder).sort()).toEqual(['dir', 'link', 'target']);
  });

  it('J8: a full disk is told apart and leaves the old file whole', () => {
    const module = join(import.meta.dirname, '../../../src/engine/workspace/files.ts');
    const script = `
      import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
      import { compareAndSwapWrite, digestOf } from ${JSON.stringify(module)};
      writeFileSync('/tmp/x', 'old');
      const result = await compareAndSwapWrite({ absolute: '/tmp/x', expected: digestOf('old'), content: 'n'.repeat(200_000) });
      console.log(JSON.stringify({ problem: result.problem, left: readFileSync('/tmp/x', 'utf8'), names: readdirSync('/tmp') }));`;
    const small = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--size', '65536', '--tmpfs', '/tmp'];
    const output = execFileSync('bwrap', [...small, process.execPath, '--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toEqual({ problem: 'disk-full', left: 'old', names: ['x'] });
  });

  it('does not write through a hard link, and clears what a crash left', async () => {
    const folder = makeFolder({ x: 'old' });
    linkSync(join(folder, 'x'), join(folder, 'twin'));
    const absolute = join(folder, 'x');
    await compareAndSwapWrite({ absolute, expected: digestOf('old'), content: 'new' });
    expect(readFileSync(join(folder, 'twin'), 'utf8')).toBe('old');
    const leftover = `.belay-${digestOf('x').slice(0, 16)}.tmp`;
    expect(isTemporaryName(leftover)).toBe(true);
    put(folder, leftover, 'half');
    await removeTemporary(absolute);
    expect(readdirSync(folder).sort()).toEqual(['twin', 'x']);
  });

  it('digests of big and binary files are those of their bytes', async () => {
    const content = Buffer.alloc(300_000, 7);
    const folder = makeFolder({ x: content });
    expect(await presentDigest(join(folder, 'x'))).toBe(digestOf(content));
    expect(await presentDigest(join(folder, 'none'))).toBeNull();
  });
});

/** How many of eight writers, one after the other, believe that they replaced "base". */
async function raced(folder: string, write: (swap: Swap) => Promise<SwapResult>): Promise<number> {
  const absolute = join(folder, 'x');
  let won = 0;
  for (let writer = 0; writer < 8; writer += 1) {
    const result = await write({ absolute, expected: digestOf('base'), content: `writer ${String(writer)}` });
    if (result.ok) won += 1;
    expect(['base', ...Array.from({ length: 8 }, (_, i) => `writer ${String(i)}`)]).toContain(
      readFileSync(absolute, 'utf8'),
    );
  }
  return won;
}
