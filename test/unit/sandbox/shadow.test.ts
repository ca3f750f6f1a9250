/** Job: git in the sandbox shows what changed since the run began, wherever the repository's own folder lies, and nothing else. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openCheckpointStore } from '../../../src/engine/checkpoint/store.ts';
import { removeShadows, Shadows } from '../../../src/engine/effects/shadows.ts';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { placeOf } from '../../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import type { AgentShape, Sandbox } from '../../../src/engine/sandbox/shape.ts';
import { plenty } from './attacks.ts';

vi.setConfig({ testTimeout: 60_000 });
const sealed = chooseSandbox(await probeSandbox(), false);
if (sealed === null) throw new Error('these tests need bubblewrap');

const secret = 'only-in-the-history';

interface Repository {
  readonly root: string;
  readonly git: (...args: string[]) => void;
}

function repository(): Repository {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'belay-shadow-')));
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const top = join(root, 'top');
  mkdirSync(join(top, 'sub'), { recursive: true });
  const git = (...args: string[]) => {
    const named = ['-C', top, '-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'protocol.file.allow=always', ...args];
    execFileSync('git', named, { env: { PATH: process.env['PATH'], HOME: root }, stdio: 'pipe' });
  };
  git('init', '-q', '-b', 'main');
  writeFileSync(join(top, 'old'), secret);
  git('add', '.');
  git('commit', '-qm', 'one');
  git('rm', '-q', 'old');
  for (const path of ['kept', 'sub/kept']) writeFileSync(join(top, path), 'as it was\n');
  git('add', '.');
  git('commit', '-qm', 'two');
  return { root, git };
}

const all =
  'git log --all --format=%s; git status --short; cat kept | tr a-z A-Z >up; mv up kept; git diff --stat | tail -1';

/** What a command says in a workspace as an engine would show it. */
async function said(
  root: string,
  workspace: string,
  command: string,
  sandbox: Sandbox | null = sealed,
): Promise<string> {
  if (sandbox === null) throw new Error('these tests need bubblewrap');
  const run = join(root, 'state/runs/one');
  mkdirSync(run, { recursive: true });
  const nothing = { mask: { files: [], folders: [] }, toolchains: [], never: [run] };
  const shape: AgentShape = { kind: 'agent', workspace: placeOf(workspace), replaced: [], readOnly: [], ...nothing };
  const store = await openCheckpointStore({ folder: join(run, 'store.git'), workspace });
  const { manifest } = await store.take({ title: 'Before', at: 0, parent: null, previous: null });
  const shadows = new Shadows({
    state: join(root, 'state'),
    world: { run, workspace, sandbox, agentShape: shape, view: nothing },
    store,
    baseline: () => Promise.resolve({ manifest, at: 0 }),
    say: (line) => {
      throw new Error(line);
    },
  });
  const outcome = await runCommand({
    sandbox,
    shape: { ...shape, steering: ['module/.git'], shadow: await shadows.current() },
    command: ['/bin/bash', '-c', command],
    streams: 'together',
    limits: plenty,
  });
  store.dispose();
  return `${outcome.message ?? ''}${outcome.stdout.toString()}`;
}

const begun = 'The folder as it was when the run began\n';

describe('git in the sandbox', () => {
  it('H2: knows the folder as it was when the run began, and no history, at the top of a repository', async () => {
    const { root } = repository();
    const top = join(root, 'top');
    expect(await said(root, top, all)).toBe(`${begun} 1 file changed, 1 insertion(+), 1 deletion(-)\n`);
    expect(await said(root, top, `git log -p --all | grep -c ${secret}; git stash list; git remote`)).toBe('0\n');
    const write = await said(root, top, 'git commit -qam x; git config a.b c; echo x >.git/hooks; touch .git/x');
    expect(write.match(/Read-only file system/g)?.length).toBe(4);
    expect(readdirSync(join(top, '.git'))).toContain('COMMIT_EDITMSG'); // the user's own, as it was
  });

  it('H2: without the sandbox the history is read (sabotaged: the check can fail)', async () => {
    const { root } = repository();
    const count = `git log -p --all | grep -c ${secret}`;
    expect(await said(root, join(root, 'top'), count, { kind: 'unsealed' })).toBe('2\n');
  });

  it('H2: the same in a worktree, where .git is a file', async () => {
    const { root, git } = repository();
    const tree = join(root, 'tree');
    git('worktree', 'add', '-q', tree);
    expect(await said(root, tree, all)).toBe(`${begun} 1 file changed, 1 insertion(+), 1 deletion(-)\n`);
    expect(await said(root, tree, `git worktree list | wc -l; git log -p --all | grep -c ${secret}`)).toBe('1\n0\n');
  });

  it('H2: in a folder of a repository nothing that lies above it is there', async () => {
    const { root } = repository();
    const sub = join(root, 'top/sub');
    expect(await said(root, sub, all)).toBe(`${begun} 1 file changed, 1 insertion(+), 1 deletion(-)\n`);
    expect(await said(root, sub, `ls ..; git ls-files ..; git log -p --all | grep -c ${secret}`)).toBe(
      'sub\nkept\n0\n',
    );
    expect(existsSync(join(sub, '.git'))).toBe(false);
  });

  it('H2: a submodule has no history of its own, and its files are those of the folder', async () => {
    const { root, git } = repository();
    git('submodule', '--quiet', 'add', join(root, 'top'), 'module');
    const count = `git -C module log --format=%s; git log -p --all | grep -c ${secret}; git status --short`;
    expect(await said(root, join(root, 'top'), count)).toBe(`${begun}0\n`);
  });

  it('where there is no repository there is none inside, and nothing is made', async () => {
    const { root } = repository();
    const plain = join(root, 'plain');
    mkdirSync(plain);
    expect(await said(root, plain, 'git status 2>&1 | head -1')).toContain('not a git repository');
    expect(readdirSync(plain)).toEqual([]);
  });

  it('is removed with its run, and no other with it', async () => {
    const { root } = repository();
    await said(root, join(root, 'top'), 'true');
    const state = join(root, 'state');
    expect(readdirSync(join(state, 'shadows'))).toHaveLength(1);
    removeShadows(state, join(state, 'runs/two'));
    expect(readdirSync(join(state, 'shadows'))).toHaveLength(1);
    removeShadows(state, join(state, 'runs/one'));
    expect(readdirSync(join(state, 'shadows'))).toEqual([]);
  });
});
