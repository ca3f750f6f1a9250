/** Job: what a command makes that steers the editor or git is moved away whole, however it came there, and nothing else ever is. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/run/limits.ts';
import { Steering } from '../../../src/engine/workspace/steering.ts';
import { makeFolder, put } from './folder.ts';

const scene = (files: Readonly<Record<string, string>> = {}, saved: readonly string[] = [], newNamesMost = 50_000) => {
  const workspace = makeFolder(files);
  const run = makeFolder();
  const record = join(run, 'steering.json');
  const quarantine = join(run, 'quarantine');
  const open = (isCut = false) =>
    Steering.open({ workspace, record, quarantine, saved: () => new Set(saved), newNamesMost }, isCut);
  return { workspace, record, quarantine, open };
};
/** A command of the agent; returns what was moved after it. */
const command = async (steering: Steering, work: () => void): Promise<readonly string[]> => {
  await steering.before();
  work();
  const { moved, problem } = await steering.sweep();
  expect(problem).toBeNull();
  return moved.toSorted();
};
/** Closed folders are open to root. */
const isRoot = process.getuid?.() === 0;

describe('what steers the editor', () => {
  it('H2: is moved into the quarantine when a command made it, at any depth, in any kind', async () => {
    const { workspace, quarantine, open } = scene({ 'src/main.c': 'int x;\n' });
    const steering = await open();
    const moved = await command(steering, () => {
      put(workspace, '.vscode/tasks.json', '{}');
      put(workspace, 'a/b/.devcontainer/devcontainer.json', '{}');
      put(workspace, '.devcontainer.json', '{}');
      put(workspace, 'sub/.git/config', '[core]\n');
      put(workspace, 'link/.git', 'gitdir: ../sub\n');
      mkdirSync(join(workspace, 'far'));
      symlinkSync('../src', join(workspace, 'far/.VSCode'));
    });
    expect(moved).toEqual(
      ['.devcontainer.json', '.vscode', 'a/b/.devcontainer', 'far/.VSCode', 'link/.git', 'sub/.git'].sort(),
    );
    for (const path of moved) expect(existsSync(join(workspace, path)), path).toBe(false);
    const kept = readdirSync(quarantine, { recursive: true }).map((path) => String(path).replace(/^\d+\/?/, ''));
    for (const path of moved) expect(kept).toContain(path);
    expect(readFileSync(join(workspace, 'src/main.c'), 'utf8')).toBe('int x;\n');
    expect(await command(steering, () => undefined)).toEqual([]);
  });

  it('S3: is left alone where it was there before, whatever becomes of its content', async () => {
    const { workspace, open } = scene({ '.git/HEAD': 'ref: x\n', 'lib/.vscode/settings.json': '{}' });
    const steering = await open();
    const moved = await command(steering, () => {
      put(workspace, '.git/index.lock', '');
      put(workspace, 'lib/.vscode/tasks.json', '{}');
    });
    expect(moved).toEqual([]);
    expect(await steering.before()).toEqual(['.git', 'lib/.vscode']);
  });

  it('S3: is left alone where the supervisor made it: between commands, or by a save in a window', async () => {
    const { workspace, open } = scene({ 'old/file': '' }, ['.vscode/settings.json']);
    const steering = await open();
    expect(await command(steering, () => { put(workspace, '.vscode/settings.json', '{}'); })).toEqual([]); // prettier-ignore
    put(workspace, 'between/.vscode/settings.json', '{}');
    put(workspace, 'old/.git/HEAD', 'ref: x\n');
    put(workspace, '.git/HEAD', 'ref: x\n');
    expect(await steering.before()).toEqual(['.git', '.vscode', 'old/.git', 'between/.vscode']);
    expect(await steering.sweep()).toEqual({ moved: [], problem: null });
    rmSync(join(workspace, 'old/.git'), { recursive: true });
    expect(await steering.before()).not.toContain('old/.git');
  });

  it('H2: is found where a folder got its name by a rename, or took the place of a link', async () => {
    const { workspace, open } = scene({ 'old/tasks.json': '{}' });
    symlinkSync('old', join(workspace, '.vscode'));
    const moved = await command(await open(), () => {
      mkdirSync(join(workspace, 'late/settings'), { recursive: true });
      renameSync(join(workspace, 'late/settings'), join(workspace, 'late/.vscode'));
      renameSync(join(workspace, '.vscode'), join(workspace, 'aside'));
      renameSync(join(workspace, 'old'), join(workspace, '.vscode'));
    });
    expect(moved).toEqual(['.vscode', 'late/.vscode']);
  });

  it('H2: is a link that leads elsewhere than before', async () => {
    const { workspace, open } = scene({ 'old/settings.json': '{}', 'evil/tasks.json': '{}' });
    symlinkSync('old', join(workspace, '.vscode'));
    const moved = await command(await open(), () => {
      unlinkSync(join(workspace, '.vscode'));
      symlinkSync('evil', join(workspace, '.vscode'));
    });
    expect(moved).toEqual(['.vscode']);
  });

  it('H2: is found by the engine that takes over from one that died in the command, and told with the next one', async () => {
    const { workspace, open } = scene({ '.git/HEAD': 'ref: x\n' });
    await (await open()).before();
    put(workspace, 'sub/.git/config', '[core]\n');
    put(workspace, '.git/HEAD', 'ref: y\n');
    const steering = await open(true);
    expect(existsSync(join(workspace, 'sub/.git'))).toBe(false);
    expect(existsSync(join(workspace, '.git/HEAD'))).toBe(true);
    expect(await command(steering, () => undefined)).toEqual(['sub/.git']);
    expect(await command(steering, () => undefined)).toEqual([]);
  });

  it('H2: is left where a run is opened for the first time (sabotaged: with no record of before, nothing is new)', async () => {
    const { workspace, open } = scene();
    put(workspace, 'sub/.git/config', '[core]\n');
    expect(await command(await open(true), () => undefined)).toEqual([]);
    expect(existsSync(join(workspace, 'sub/.git'))).toBe(true);
  });

  it('H2: is moved out of folders without permissions, and into places that are free', async () => {
    const { workspace, quarantine, open } = scene();
    const steering = await open();
    for (const text of ['one', 'two']) {
      const moved = await command(steering, () => {
        put(workspace, 'sub/.vscode/tasks.json', text);
        chmodSync(join(workspace, 'sub/.vscode'), 0o000);
        chmodSync(join(workspace, 'sub'), 0o555);
      });
      expect(moved).toEqual(['sub/.vscode']);
      chmodSync(join(workspace, 'sub'), 0o755);
    }
    const kept = readdirSync(quarantine).map((n) => join(quarantine, n, 'sub/.vscode'));
    for (const folder of kept) chmodSync(folder, 0o700);
    expect(kept.map((folder) => readFileSync(join(folder, 'tasks.json'), 'utf8')).sort()).toEqual(['one', 'two']);
  });

  it('H2: is out of the way also where the quarantine can take nothing', async () => {
    const { workspace, quarantine, open } = scene();
    const steering = await open();
    writeFileSync(quarantine, 'no folder');
    const moved = await command(steering, () => {
      put(workspace, 'sub/.git/config', '[core]\n');
    });
    expect(moved).toEqual(['sub/.git']);
    expect(readdirSync(join(workspace, 'sub'))).toEqual([expect.stringMatching(/^quarantined-\d+-\.git$/)]);
  });
});

describe('what one command hides and the next one shows', () => {
  it('H2: is moved when it comes out of the packages, where only repositories are looked for', async () => {
    const { workspace, open } = scene({ 'node_modules/honest/.vscode/settings.json': '{}' });
    const steering = await open();
    const first = await command(steering, () => {
      put(workspace, 'node_modules/x/.git/config', '[core]\n\tfsmonitor = touch /tmp/owned\n');
      put(workspace, 'node_modules/x/.vscode/tasks.json', '{}');
    });
    expect(first).toEqual(['node_modules/x/.git']);
    const second = await command(steering, () => {
      renameSync(join(workspace, 'node_modules/x'), join(workspace, 'x'));
      renameSync(join(workspace, 'node_modules'), join(workspace, 'modules'));
    });
    expect(second).toEqual(['modules/honest/.vscode', 'x/.vscode']);
  });

  it('H2: is moved though its times are older than the command', async () => {
    const { workspace, open } = scene();
    const moved = await command(await open(), () => {
      put(workspace, 'sub/.vscode/tasks.json', '{}');
      for (const path of ['sub/.vscode/tasks.json', 'sub/.vscode', 'sub', '.']) utimesSync(join(workspace, path), 1, 1);
    });
    expect(moved).toEqual(['sub/.vscode']);
  });

  it.skipIf(isRoot)(
    'H2: is moved when a closed folder is opened, by whomever; a closed one above the supervisor’s is opened',
    async () => {
      const { workspace, open } = scene({ 'module/.git/HEAD': 'ref: x\n' });
      const steering = await open();
      for (const opened of ['by the next command', 'by the supervisor']) {
        const closing = await command(steering, () => {
          put(workspace, 'closed/.vscode/tasks.json', '{}');
          chmodSync(join(workspace, 'closed'), 0o000);
          chmodSync(join(workspace, 'module'), 0o000);
        });
        expect(closing).toEqual([]);
        if (opened === 'by the supervisor') chmodSync(join(workspace, 'closed'), 0o755);
        expect(await steering.before()).toEqual(['module/.git']);
        chmodSync(join(workspace, 'closed'), 0o755);
        expect((await steering.sweep()).moved, opened).toEqual(['closed/.vscode']);
      }
    },
  );

  it('H2: stays known where a look is cut, and what it did not see is never the supervisor’s', async () => {
    const { workspace, record, open } = scene({ 'a/b/module/.git/HEAD': 'ref: x\n' }, [], 100);
    const steering = await open();
    await steering.before();
    put(workspace, 'a/b/made/.git/config', '[core]\n');
    for (let i = 0; i < 200; i++) put(workspace, `full/${String(i)}`, '');
    expect(await steering.sweep()).toEqual({
      moved: [],
      problem: 'the workspace has too many new names to look at all of them',
    });
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({
      known: [['a/b/module/.git', 'folder']],
      isCut: true,
    });
    rmSync(join(workspace, 'full'), { recursive: true });
    expect(await steering.before()).toEqual(['a/b/module/.git']);
    expect(await steering.sweep()).toEqual({ moved: ['a/b/made/.git'], problem: null });
  });

  it('H2: is moved in parts where there is more of it than is moved at once, and the rest is told and never the supervisor’s', async () => {
    const { workspace, record, open } = scene();
    const steering = await open();
    await steering.before();
    const all = limits.quarantinedPaths + 2;
    for (let i = 0; i < all; i++)
      mkdirSync(join(workspace, `d${String(i).padStart(6, '0')}/.vscode`), { recursive: true });
    const { moved, problem } = await steering.sweep();
    expect(moved).toHaveLength(limits.quarantinedListed);
    expect(problem).toMatch(/^1000 more were moved; 2 are still there: d002000\/\.vscode, d002001\/\.vscode$/);
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ known: [] });
    expect(await steering.before()).toEqual([]);
    expect(await steering.sweep()).toEqual({ moved: ['d002000/.vscode', 'd002001/.vscode'], problem: null });
  }, 60_000);
});
