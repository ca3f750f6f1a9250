/**
 * Job: a folder of its own for a case: workspace, run directory, and hands to change what is in it.
 * Boundary: node:fs and the user's git; nothing of src is used here.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class Scene {
  readonly root: string;
  readonly workspace: string;
  /** What the case started; called at its end. */
  private readonly ends: (() => void)[] = [];

  /** @param workspace below the scene's folder */
  constructor(workspace = 'workspace') {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'belay-case-')));
    this.workspace = join(this.root, 'user', workspace);
    mkdirSync(this.workspace, { recursive: true });
  }

  /** Where all that is the user's lies, the workspace among it. */
  get user(): string {
    return join(this.root, 'user');
  }

  get run(): string {
    return join(this.root, 'run');
  }

  /** Has something done when the case ends, however it ends. */
  atEnd(end: () => void): void {
    this.ends.push(end);
  }

  remove(): void {
    for (const end of this.ends.reverse()) end();
    execFileSync('chmod', ['-R', 'u+rwX', this.root]);
    rmSync(this.root, { recursive: true, force: true });
  }

  path(path: string): string {
    return join(this.workspace, path);
  }

  /** A path whose name is bytes that are no text. */
  bytesPath(...bytes: readonly number[]): Buffer {
    return Buffer.concat([Buffer.from(`${this.workspace}/`), Buffer.from(bytes)]);
  }

  write(path: string, content: string | Buffer, mode?: number): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
    if (mode !== undefined) chmodSync(this.path(path), mode);
  }

  append(path: string, content: string): void {
    appendFileSync(this.path(path), content);
  }

  /** As an editor saves that does not write in place; also over what may not be written to. */
  replace(path: string, content: string | Buffer): void {
    const { mode } = lstatSync(this.path(path));
    writeFileSync(this.path(`${path}.new`), content);
    chmodSync(this.path(`${path}.new`), mode & 0o7777);
    renameSync(this.path(`${path}.new`), this.path(path));
  }

  folder(path: string, mode?: number): void {
    mkdirSync(this.path(path), { recursive: true });
    if (mode !== undefined) chmodSync(this.path(path), mode);
  }

  delete(path: string): void {
    rmSync(this.path(path), { recursive: true });
  }

  rename(from: string, to: string): void {
    mkdirSync(dirname(this.path(to)), { recursive: true });
    renameSync(this.path(from), this.path(to));
  }

  link(target: string, path: string): void {
    symlinkSync(target, this.path(path));
  }

  chmod(path: string, mode: number): void {
    chmodSync(this.path(path), mode);
  }

  /** The user's git, in the workspace. */
  git(...args: readonly string[]): string {
    return this.gitIn('', ...args);
  }

  /** The same in a folder of the workspace. */
  gitIn(folder: string, ...args: readonly string[]): string {
    return gitAt(this.path(folder), ...args);
  }

  /** A repository with all that is there committed. */
  repository(folder = ''): void {
    this.folder(folder);
    this.gitIn(folder, 'init', '-q');
    this.commit('first', folder);
  }

  commit(title: string, folder = ''): void {
    this.gitIn(folder, 'add', '-A');
    this.gitIn(folder, 'commit', '-q', '--allow-empty', '-m', title);
  }
}

export function gitAt(folder: string, ...args: readonly string[]): string {
  const who = { NAME: 'You', EMAIL: 'you@localhost' };
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: who.NAME,
    GIT_AUTHOR_EMAIL: who.EMAIL,
    GIT_COMMITTER_NAME: who.NAME,
    GIT_COMMITTER_EMAIL: who.EMAIL,
    GIT_EDITOR: 'true',
  };
  return execFileSync('git', ['-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always', ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
