/** Job: what a command makes that steers the editor or git is moved away whole, and nothing else ever is. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Steering } from '../../../src/engine/workspace/steering.ts';
import { makeFolder, put } from './folder.ts';

const scene = (files: Readonly<Record<string, string>> = {}, saved: readonly string[] = []) => {
  const workspace = makeFolder(files);
  const run = makeFolder();
  const open = (cutAt: number | null = null) =>
    Steering.open(
      {
        workspace,
        record: join(run, 'steering.json'),
        quarantine: join(run, 'quarantine'),
        saved: () => new Set(saved),
      },
      cutAt,
    );
  return { workspace, quarantine: join(run, 'quarantine'), open };
};
/** Before everything that a test makes. */
const longAgo = Date.now() - 3_600_000;

describe('what steers the editor', () => {
  it('H2: is moved into the quarantine when a command made it, at any depth, in any kind', async () => {
    const { workspace, quarantine, open } = scene({ 'src/main.c': 'int x;\n' });
    const steering = await open();
    put(workspace, '.vscode/tasks.json', '{}');
    put(workspace, 'a/b/.devcontainer/devcontainer.json', '{}');
    put(workspace, '.devcontainer.json', '{}');
    put(workspace, 'sub/.git/config', '[core]\n');
    put(workspace, 'link/.git', 'gitdir: ../sub\n');
    mkdirSync(join(workspace, 'far'));
    symlinkSync('../src', join(workspace, 'far/.VSCode'));
    const moved = await steering.sweep(longAgo);
    expect([...moved].sort()).toEqual(
      ['.devcontainer.json', '.vscode', 'a/b/.devcontainer', 'far/.VSCode', 'link/.git', 'sub/.git'].sort(),
    );
    for (const path of moved) expect(existsSync(join(workspace, path)), path).toBe(false);
    const kept = moved.map((path, i) => existsSync(join(quarantine, String(i + 1), path)) || path === 'far/.VSCode');
    expect(kept).toEqual(moved.map(() => true));
    expect(readFileSync(join(workspace, 'src/main.c'), 'utf8')).toBe('int x;\n');
    expect(await steering.sweep(longAgo)).toEqual([]);
  });

  it('S3: is left alone where it was there before, whatever becomes of its content', async () => {
    const { workspace, open } = scene({ '.git/HEAD': 'ref: x\n', 'lib/.vscode/settings.json': '{}' });
    const steering = await open();
    put(workspace, '.git/index.lock', '');
    put(workspace, 'lib/.vscode/tasks.json', '{}');
    expect(await steering.sweep(longAgo)).toEqual([]);
    expect(steering.present()).toEqual(['.git', 'lib/.vscode']);
  });

  it('S3: is left alone where the supervisor made it: between commands, or by a save in a window', async () => {
    const { workspace, open } = scene({}, ['.vscode/settings.json']);
    const steering = await open();
    put(workspace, '.vscode/settings.json', '{}');
    expect(await steering.sweep(longAgo)).toEqual([]);
    put(workspace, 'between/.vscode/settings.json', '{}');
    expect(await steering.sweep(Date.now() + 60_000)).toEqual([]); // a command that began later
    expect(await steering.sweep(longAgo)).toEqual([]); // known by now
    put(workspace, '.git/HEAD', 'ref: x\n');
    expect(steering.present()).toEqual(['.git', '.vscode', 'between/.vscode']); // seen as the next command begins
    expect(await steering.sweep(longAgo)).toEqual([]);
  });

  it('H2: is found where a folder got its name by a rename, or took the place of a link', async () => {
    const { workspace, open } = scene({ 'old/tasks.json': '{}' });
    symlinkSync('old', join(workspace, '.vscode'));
    const steering = await open();
    mkdirSync(join(workspace, 'late/settings'), { recursive: true });
    renameSync(join(workspace, 'late/settings'), join(workspace, 'late/.vscode'));
    renameSync(join(workspace, '.vscode'), join(workspace, 'aside'));
    renameSync(join(workspace, 'old'), join(workspace, '.vscode'));
    expect([...(await steering.sweep(longAgo))].sort()).toEqual(['.vscode', 'late/.vscode']);
  });

  it('H2: is found by the engine that takes over from one that died in the command, and told with the next one', async () => {
    const { workspace, open } = scene({ '.git/HEAD': 'ref: x\n' });
    await open();
    put(workspace, 'sub/.git/config', '[core]\n');
    put(workspace, '.git/HEAD', 'ref: y\n');
    const steering = await open(longAgo);
    expect(existsSync(join(workspace, 'sub/.git'))).toBe(false);
    expect(existsSync(join(workspace, '.git/HEAD'))).toBe(true);
    expect(await steering.sweep(longAgo)).toEqual(['sub/.git']);
    expect(await steering.sweep(longAgo)).toEqual([]);
  });

  it('H2: is left where a run is opened for the first time (sabotaged: with no record of before, nothing is new)', async () => {
    const { workspace, open } = scene();
    put(workspace, 'sub/.git/config', '[core]\n');
    expect(await (await open(longAgo)).sweep(longAgo)).toEqual([]);
    expect(existsSync(join(workspace, 'sub/.git'))).toBe(true);
  });

  it('H2: is moved out of folders without permissions, and into places that are free', async () => {
    const { workspace, quarantine, open } = scene();
    const steering = await open();
    for (const text of ['one', 'two']) {
      put(workspace, 'sub/.vscode/tasks.json', text);
      chmodSync(join(workspace, 'sub/.vscode'), 0o000);
      chmodSync(join(workspace, 'sub'), 0o555);
      expect(await steering.sweep(longAgo)).toEqual(['sub/.vscode']);
      chmodSync(join(workspace, 'sub'), 0o755);
    }
    for (const n of ['1', '2']) chmodSync(join(quarantine, n, 'sub/.vscode'), 0o700);
    expect(['1', '2'].map((n) => readFileSync(join(quarantine, n, 'sub/.vscode/tasks.json'), 'utf8'))).toEqual([
      'one',
      'two',
    ]);
    writeFileSync(join(workspace, 'sub/.git'), 'gitdir: x');
    expect(await steering.sweep(longAgo)).toEqual(['sub/.git']);
  });
});
