/** One commit on the supervisor's branch: real git, real hooks, and what must stay as it was. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  branchAt,
  commitAfter,
  commitFiles,
  committable,
  followInIndex,
  hooksInWorkspace,
  refuseNobody,
  undoCommit,
  type Branch,
} from '../../../src/engine/workspace/userCommit.ts';
import { makeFolder, put } from './folder.ts';

const began = { git: { branch: 'main', head: null, dirty: false } };

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: 'pipe' }).trimEnd();
}

function repository(
  files: Record<string, string> = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n' },
  format = 'sha1',
): string {
  const folder = makeFolder(files);
  git(folder, 'init', '-q', '-b', 'main', `--object-format=${format}`);
  git(folder, 'config', 'user.name', 'Supervisor');
  git(folder, 'config', 'user.email', 'supervisor@example.invalid');
  git(folder, 'add', '--all');
  git(folder, 'commit', '-qm', 'before');
  return folder;
}

function hook(folder: string, name: string, script: string): void {
  const file = join(folder, '.git', 'hooks', name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** As effects/commits.ts does it, with these versions; null: the file is gone. */
async function commit(
  workspace: string,
  files: Record<string, string | null>,
  message = 'accepted\n',
  session: Readonly<Record<string, string>> = {},
): Promise<{ made: string | null; branch: Branch; leftOut: readonly string[] }> {
  const branch = await branchAt(workspace, began, session);
  const { paths, leftOut } = await committable(branch, workspace, Object.keys(files));
  const work = mkdtempSync(join(tmpdir(), 'belay-commit-'));
  try {
    const writeFiles = (to: string): Promise<void> => {
      mkdirSync(to, { recursive: true });
      for (const path of paths) {
        const content = files[path] ?? null;
        if (content === null) continue;
        mkdirSync(dirname(join(to, path)), { recursive: true });
        writeFileSync(join(to, path), content);
      }
      return Promise.resolve();
    };
    const made = await commitFiles(branch, { paths, writeFiles, message, work });
    if (made !== null) await followInIndex(branch, branch.head, made);
    return { made, branch, leftOut: Array.from(leftOut, ([path, why]) => `${path}: ${why}`) };
  } finally {
    rmSync(work, { recursive: true });
  }
}

const status = (folder: string) => git(folder, 'status', '--porcelain=v1', '--untracked-files=all');
const inCommit = (folder: string) => git(folder, 'show', '--format=', '--name-status', 'HEAD');

describe('a repository that does not know whose commits are made', () => {
  it('is refused before anything is begun, with what to do', async () => {
    const folder = repository();
    await refuseNobody(await branchAt(folder, began));
    git(folder, 'config', '--unset', 'user.email');
    git(folder, 'config', 'user.useConfigOnly', 'true');
    const nobody = await branchAt(folder, began, {
      HOME: join(folder, 'nowhere'),
      XDG_CONFIG_HOME: join(folder, 'nowhere'),
    });
    await expect(refuseNobody(nobody)).rejects.toThrow('git config user.email');
  });
});

describe('a commit of accepted files', () => {
  it('C1: holds these files only; what else is staged stays staged, byte for byte', async () => {
    const folder = repository();
    put(folder, 'b.txt', 'staged by hand\n');
    put(folder, 'new-staged.txt', 'staged too\n');
    git(folder, 'add', 'b.txt', 'new-staged.txt');
    git(folder, 'rm', '-q', '--cached', 'c.txt');
    put(folder, 'b.txt', 'and edited after that\n');
    put(folder, 'a.txt', 'accepted\n');
    put(folder, 'made.txt', 'made\n');
    const before = git(folder, 'diff', '--cached');
    put(folder, ':(top)x', 'x');
    await commit(folder, { 'a.txt': 'accepted\n', 'made.txt': 'made\n', ':(top)x': 'x' });
    expect(inCommit(folder)).toBe('A\t:(top)x\nM\ta.txt\nA\tmade.txt');
    expect(git(folder, 'diff', '--cached')).toBe(before);
    expect(git(folder, 'diff', '--name-only')).toBe('b.txt');
    expect(readFileSync(join(folder, 'b.txt'), 'utf8')).toBe('and edited after that\n');
    // Sabotaged: an ordinary commit of the index would have taken what is staged along.
    git(folder, 'commit', '-qm', 'all that is staged');
    expect(git(folder, 'diff', '--cached')).toBe('');
  });

  it('keeps another version of a committed file that is staged, and the newer one in the folder', async () => {
    const folder = repository();
    put(folder, 'a.txt', 'staged\n');
    git(folder, 'add', 'a.txt');
    put(folder, 'a.txt', 'newer\n');
    await commit(folder, { 'a.txt': 'accepted\n' });
    expect(git(folder, 'show', 'HEAD:a.txt')).toBe('accepted');
    expect(git(folder, 'show', ':a.txt')).toBe('staged');
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('newer\n');
  });

  it('takes deletions, modes and a file that became a folder; leaves a clean status behind', async () => {
    const folder = repository();
    rmSync(join(folder, 'a.txt'));
    rmSync(join(folder, 'b.txt'));
    put(folder, 'b.txt/in.txt', 'in\n');
    await commit(folder, { 'a.txt': null, 'b.txt': null, 'b.txt/in.txt': 'in\n', 'never.txt': null });
    expect(inCommit(folder)).toBe('D\ta.txt\nD\tb.txt\nA\tb.txt/in.txt');
    expect(status(folder)).toBe('');
  });

  it('leaves out what is ignored or in a repository of its own, and says so', async () => {
    const folder = repository({ '.gitignore': '*.log\n', 'a.txt': 'a\n', 'kept.log': 'x\n' });
    git(folder, 'add', '-f', 'kept.log');
    git(folder, 'commit', '-qm', 'a tracked log');
    put(folder, 'inner/file', 'x');
    git(join(folder, 'inner'), 'init', '-q');
    const { leftOut } = await commit(folder, {
      'secret.log': 'x',
      'kept.log': 'y\n',
      'inner/file': 'x',
      'bad\udc80': 'x',
    });
    expect([...leftOut].sort()).toEqual([
      'bad\udc80: its name is no text',
      'inner/file: in a repository of its own',
      'secret.log: ignored by your rules',
    ]);
    expect(inCommit(folder)).toBe('M\tkept.log');
  });

  it('runs the hooks, and where one refuses changes nothing and says what it said', async () => {
    const folder = repository();
    put(folder, 'b.txt', 'staged\n');
    git(folder, 'add', 'b.txt');
    put(folder, 'a.txt', 'accepted\n');
    hook(folder, 'pre-commit', 'git diff --cached --name-only; echo "no tabs, please"; exit 1');
    const before = [git(folder, 'rev-parse', 'HEAD'), git(folder, 'diff', '--cached'), status(folder)];
    await expect(commit(folder, { 'a.txt': 'accepted\n' })).rejects.toThrow(/^a\.txt\nno tabs, please$/);
    expect([git(folder, 'rev-parse', 'HEAD'), git(folder, 'diff', '--cached'), status(folder)]).toEqual(before);
    hook(folder, 'pre-commit', 'exit 0');
    hook(folder, 'commit-msg', 'echo "Checked-by: hook" >> "$1"');
    await commit(folder, { 'a.txt': 'accepted\n' });
    expect(git(folder, 'log', '-1', '--format=%B')).toContain('Checked-by: hook');
  });

  it('goes through the filters of the repository', async () => {
    const folder = repository({ 'a.txt': 'a\n', '.gitattributes': '*.txt text eol=lf\n' });
    await commit(folder, { 'a.txt': 'crlf\r\n' });
    expect(execFileSync('git', ['-C', folder, 'show', 'HEAD:a.txt'], { encoding: 'utf8' })).toBe('crlf\n');
  });

  it('makes the first commit of a branch; commits in a worktree and from a sub-folder', async () => {
    const fresh = makeFolder({ 'a.txt': 'a\n', 'other.txt': 'x\n' });
    git(fresh, 'init', '-q', '-b', 'main');
    git(fresh, 'config', 'user.name', 'S');
    git(fresh, 'config', 'user.email', 's@example.invalid');
    await commit(fresh, { 'a.txt': 'a\n' });
    expect(inCommit(fresh)).toBe('A\ta.txt');
    expect(status(fresh)).toBe('?? other.txt');
    const folder = repository({ 'sub/a.txt': 'a\n', 'a.txt': 'top\n' });
    put(folder, 'sub/a.txt', 'accepted\n');
    await commit(join(folder, 'sub'), { 'a.txt': 'accepted\n' });
    expect(inCommit(folder)).toBe('M\tsub/a.txt');
    expect(status(folder)).toBe('');
    const tree = `${folder}-tree`;
    git(folder, 'worktree', 'add', '-q', '-b', 'side', tree);
    try {
      const { branch } = await commit(tree, { 'a.txt': 'in the tree\n' });
      expect([branch.branch, git(folder, 'show', 'side:a.txt'), git(folder, 'show', 'main:a.txt')]).toEqual([
        'side',
        'in the tree',
        'top',
      ]);
    } finally {
      rmSync(tree, { recursive: true });
    }
  });

  it('refuses with words: no repository, another one, detached HEAD, a merge, a lock, nothing new', async () => {
    const none = makeFolder({ 'a.txt': 'a' });
    await expect(branchAt(none, { git: null })).rejects.toThrow(
      /^This folder was no git repository when the run began/,
    );
    await expect(branchAt(none, began)).rejects.toThrow(/^This folder is no git repository any more/);
    const folder = repository({ 'sub/a.txt': 'a\n', 'a.txt': 'a\n' });
    await expect(branchAt(folder, { git: { ...began.git, prefix: 'sub/' } })).rejects.toThrow(/another one than when/);
    expect((await commit(folder, { 'a.txt': 'a\n' })).made).toBeNull();
    writeFileSync(join(folder, '.git', 'index.lock'), '');
    await expect(commit(folder, { 'a.txt': 'new\n' })).rejects.toThrow(/index\.lock is there\. Nothing was committed/);
    rmSync(join(folder, '.git', 'index.lock'));
    git(folder, 'checkout', '-q', '--detach');
    await expect(branchAt(folder, began)).rejects.toThrow(/^HEAD is detached in your repository/);
    git(folder, 'checkout', '-q', 'main');
    git(folder, 'checkout', '-q', '-b', 'side');
    put(folder, 'a.txt', 'side\n');
    git(folder, 'commit', '-qam', 'side');
    git(folder, 'checkout', '-q', 'main');
    put(folder, 'a.txt', 'main\n');
    git(folder, 'commit', '-qam', 'main');
    expect(() => git(folder, 'merge', 'side')).toThrow();
    await expect(branchAt(folder, began)).rejects.toThrow(/^A merge is in progress/);
  });

  it('is found by its trailer, and taken back only while it is the newest and not pushed', async () => {
    const folder = repository();
    const parent = git(folder, 'rev-parse', 'HEAD');
    put(folder, 'a.txt', 'accepted\n');
    put(folder, 'b.txt', 'staged\n');
    git(folder, 'add', 'b.txt');
    const before = [status(folder), git(folder, 'diff', '--cached')];
    const { made } = await commit(folder, { 'a.txt': 'accepted\n' }, 'accepted\n\nBelay-Run: 20261123-x\n');
    const now = await branchAt(folder, began);
    expect(await commitAfter(now, parent, '20261123-x')).toBe(made);
    expect(await commitAfter(now, parent, 'another')).toBeNull();
    await undoCommit(now, made ?? '', parent);
    expect([status(folder), git(folder, 'diff', '--cached')]).toEqual(before);
    expect(git(folder, 'rev-parse', 'HEAD')).toBe(parent);
    const again = await commit(folder, { 'a.txt': 'accepted\n' });
    git(folder, 'update-ref', 'refs/remotes/origin/main', again.made ?? '');
    await expect(undoCommit(await branchAt(folder, began), again.made ?? '', parent)).rejects.toThrow(
      /was pushed \(origin\/main\)\. To take it back all the same: git revert/,
    );
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'newer');
    await expect(undoCommit(await branchAt(folder, began), again.made ?? '', parent)).rejects.toThrow(
      /is not the newest of main any more/,
    );
  });

  it('knows where hooks lie within the agent’s reach', async () => {
    const folder = repository();
    expect(await hooksInWorkspace(await branchAt(folder, began), folder)).toBeNull();
    git(folder, 'config', 'core.hooksPath', '.husky');
    expect(await hooksInWorkspace(await branchAt(folder, began), folder)).toBe('.husky');
    expect(existsSync(join(folder, '.husky'))).toBe(false);
  });
});

describe('a repository that names objects by SHA-256', () => {
  it('C1: commits, keeps what else is staged, and takes back, deletions included', async () => {
    const folder = repository(undefined, 'sha256');
    const parent = git(folder, 'rev-parse', 'HEAD');
    expect(parent).toHaveLength(64);
    put(folder, 'c.txt', 'staged\n');
    put(folder, 'new-staged.txt', 'staged too\n');
    git(folder, 'add', 'c.txt', 'new-staged.txt');
    put(folder, 'a.txt', 'accepted\n');
    rmSync(join(folder, 'b.txt'));
    put(folder, 'made.txt', 'made\n');
    const before = [status(folder), git(folder, 'diff', '--cached')];
    const { made } = await commit(folder, { 'a.txt': 'accepted\n', 'b.txt': null, 'made.txt': 'made\n' });
    expect(inCommit(folder)).toBe('M\ta.txt\nD\tb.txt\nA\tmade.txt');
    expect(status(folder)).toBe('M  c.txt\nA  new-staged.txt');
    await undoCommit(await branchAt(folder, began), made ?? '', parent);
    expect([status(folder), git(folder, 'diff', '--cached')]).toEqual(before);
  });
});

const has = (program: string, ...args: string[]) => spawnSync(program, args).error === undefined;

describe('a branch whose commits are signed', () => {
  it.skipIf(!has('ssh-keygen', '-?'))(
    'is signed with the supervisor’s SSH key; where that fails nothing is committed',
    async () => {
      const folder = repository();
      const keys = makeFolder({});
      const key = join(keys, 'key');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      writeFileSync(join(keys, 'allowed'), `supervisor@example.invalid ${readFileSync(`${key}.pub`, 'utf8')}`);
      git(folder, 'config', 'gpg.format', 'ssh');
      git(folder, 'config', 'gpg.ssh.allowedSignersFile', join(keys, 'allowed'));
      git(folder, 'config', 'user.signingKey', `${key}.pub`);
      git(folder, 'config', 'commit.gpgSign', 'true');
      put(folder, 'a.txt', 'accepted\n');
      await commit(folder, { 'a.txt': 'accepted\n' });
      expect(git(folder, 'log', '-1', '--format=%G? %GS')).toBe('G supervisor@example.invalid');
      rmSync(key);
      put(folder, 'b.txt', 'accepted\n');
      const before = [git(folder, 'rev-parse', 'HEAD'), status(folder)];
      await expect(commit(folder, { 'b.txt': 'accepted\n' })).rejects.toThrow(/failed to write commit object/);
      expect([git(folder, 'rev-parse', 'HEAD'), status(folder)]).toEqual(before);
    },
  );

  it.skipIf(!has('gpg', '--version'))(
    'is signed with the supervisor’s GPG key, which their session names',
    async () => {
      const folder = repository();
      const who = 'Supervisor <supervisor@example.invalid>';
      const GNUPGHOME = mkdtempSync('/tmp/gpg-'); // the agent's socket wants a short path
      const env = { ...process.env, GNUPGHOME };
      try {
        const key = ['--batch', '--passphrase', '', '--quick-generate-key', who, 'ed25519'];
        execFileSync('gpg', key, { env, stdio: 'pipe' });
        git(folder, 'config', 'commit.gpgSign', 'true');
        put(folder, 'a.txt', 'accepted\n');
        await expect(commit(folder, { 'a.txt': 'accepted\n' })).rejects.toThrow(/gpg failed to sign/);
        await commit(folder, { 'a.txt': 'accepted\n' }, undefined, { GNUPGHOME });
        const signed = ['-C', folder, 'log', '-1', '--format=%G?'];
        expect(execFileSync('git', signed, { env, encoding: 'utf8' }).trim()).toMatch(/^[GU]$/);
      } finally {
        execFileSync('gpgconf', ['--kill', 'all'], { env });
        rmSync(GNUPGHOME, { recursive: true });
      }
    },
  );
});
