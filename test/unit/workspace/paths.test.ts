import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveInside, type PathUse } from '../../../src/engine/workspace/paths.ts';
import { makeFolder } from './folder.ts';

const reach = (root: string, path: string, use: PathUse = 'read', hidden: readonly string[] = []) =>
  resolveInside({ root, hidden }, path, use);
const message = async (...args: Parameters<typeof reach>) => {
  const result = await reach(...args);
  return result.ok ? `allowed ${result.path}` : result.message;
};

describe('resolveInside', () => {
  it('takes relative paths, absolute ones inside, and folds what stays inside', async () => {
    const root = makeFolder({ 'a/b.txt': 'x' });
    expect(await reach(root, './a//b.txt')).toEqual({ ok: true, path: 'a/b.txt', absolute: join(root, 'a/b.txt') });
    expect(await reach(root, join(root, 'a/b.txt'))).toMatchObject({ ok: true, path: 'a/b.txt' });
    expect(await reach(root, 'a/../new/file', 'write')).toMatchObject({ ok: true, path: 'new/file' });
    expect(await reach(root, '', 'list')).toMatchObject({ ok: true, path: '' });
    expect(await reach(root, '..name', 'write')).toMatchObject({ ok: true, path: '..name' });
  });

  it('refuses what is outside, with the place and what to do', async () => {
    const root = makeFolder();
    expect(await message(root, '/etc/passwd')).toBe(
      'error: /etc/passwd is outside the workspace; paths are relative to it',
    );
    expect(await message(root, '../x')).toBe('error: ../x is outside the workspace; paths are relative to it');
    expect(await message(root, `${root}-beside/x`)).toContain('outside the workspace');
    expect(await message(root, 'a/../../x', 'write')).toContain('outside the workspace');
    expect(await message(root, 'a\0b')).toContain('is not a path');
    expect(await message(root, '')).toContain('the path is empty');
    expect(await message(root, '.')).toContain('is the workspace itself');
  });

  it('refuses links as a parent and as the file, wherever they lead', async () => {
    const root = makeFolder({ 'in/f': 'x' });
    symlinkSync('/etc', join(root, 'out'));
    symlinkSync('in', join(root, 'inner'));
    symlinkSync('/etc/passwd', join(root, 'pw'));
    symlinkSync('nowhere', join(root, 'dangling'));
    expect(await message(root, 'out/passwd')).toBe(
      'error: out/passwd goes through the symbolic link out; links are not followed',
    );
    expect(await message(root, 'inner/f')).toContain('goes through the symbolic link inner');
    expect(await message(root, 'pw')).toBe('error: pw is a symbolic link to /etc/passwd; links are not followed');
    expect(await message(root, 'dangling', 'write')).toContain('is a symbolic link to nowhere');
    // Folding `..` as text is safe only because no link is followed: through the file system this would be /passwd's folder.
    expect(await message(root, 'out/../in/f')).toBe('allowed in/f');
  });

  it('H2: .git is closed everywhere and in any case, and what is hidden does not exist', async () => {
    const root = makeFolder({ 'bin/cmark': 'ELF' });
    mkdirSync(join(root, '.git'));
    for (const path of ['.git', '.git/objects/aa', 'sub/.GIT/config']) {
      expect(await message(root, path)).toContain("is the repository's own folder");
      expect(await message(root, path, 'write')).toContain("is the repository's own folder");
    }
    expect(await message(root, 'bin/cmark', 'read', [join(root, 'bin/cmark')])).toBe('error: no such file: bin/cmark');
    expect(await message(root, '.gitignore', 'write')).toBe('allowed .gitignore');
  });

  it('lets nobody write what steers the editor or the run', async () => {
    const root = makeFolder();
    for (const path of [
      '.vscode/tasks.json',
      'sub/.vscode/settings.json',
      '.devcontainer/devcontainer.json',
      'belay.json',
    ]) {
      expect(await message(root, path, 'write')).toMatch(/^error: .*(can't be written|only the supervisor)/);
      expect(await message(root, path, 'read')).toContain('allowed');
    }
    expect(await message(root, 'sub/belay.json', 'write')).toContain('allowed');
  });

  it('never resolves outside, whatever the path', async () => {
    const root = makeFolder();
    const part = fc.constantFrom('..', '.', '', 'a', '/', '~', '\\', '..\\', root);
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const result = await reach(root, parts.join('/'), 'write');
        return !result.ok || result.absolute.startsWith(`${root}/`);
      }),
    );
  });

  it('S3: lets nobody write what is given, such as the visible suite', async () => {
    const root = makeFolder({ 'tests/visible.jsonl': '{}' });
    const place = { root, hidden: [], readOnly: ['tests/visible.jsonl'] };
    expect(await resolveInside(place, 'tests/visible.jsonl', 'write')).toEqual({
      ok: false,
      message: "error: tests/visible.jsonl is given; it can't be written",
    });
    expect(await resolveInside(place, 'tests/visible.jsonl', 'read')).toMatchObject({ ok: true });
    expect(await resolveInside(place, '.devcontainer.json', 'write')).toMatchObject({ ok: false });
  });
});
