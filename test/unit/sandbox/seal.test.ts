/** Job: the agent's commands reach nothing that they must not; the same attempts without a sandbox show that the check can fail. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseSandbox, probeSandbox } from '../../../src/engine/sandbox/probe.ts';
import { shownSecret } from '../../../src/engine/sandbox/profile.ts';
import { runCommand } from '../../../src/engine/sandbox/runCommand.ts';
import type { CommandOutcome, Shape } from '../../../src/engine/sandbox/shape.ts';
import { agentShape, canary, makeScene, plenty, whatComesThrough, type Scene } from './attacks.ts';

vi.setConfig({ testTimeout: 60_000 });
const probe = await probeSandbox();
const sealed = chooseSandbox(probe, false);
if (sealed === null) throw new Error('these tests need bubblewrap');

/** What a sealed command can do: write its workspace, and search it. */
const harmless = ['searchWorks', 'workspaceWritten'];

let scene: Scene;
beforeEach(() => {
  process.env['BELAY_API_KEY'] = canary;
  scene = makeScene();
});
afterEach(() => {
  delete process.env['BELAY_API_KEY'];
  rmSync(scene.root, { recursive: true, force: true });
});

const shell = (command: string, shape: Shape = agentShape(scene)): Promise<CommandOutcome> =>
  runCommand({ sandbox: sealed, shape, command: ['/bin/bash', '-c', command], streams: 'together', limits: plenty });

describe('a sealed command of the agent', () => {
  it('H2: reaches neither network, home, environment, run directory, history, task file nor reference', async () => {
    expect(await whatComesThrough(scene, sealed)).toEqual(harmless);
  });

  it('H2: the same attempts come through without a sandbox (sabotaged: the check can fail)', async () => {
    const through = await whatComesThrough(scene, { kind: 'unsealed' });
    const expected = [
      'engineSeen',
      'gitHistory',
      'network',
      'referenceRuns',
      'runDirectory',
      'symlinkOut',
      'taskFile',
      'taskFileWritten',
    ];
    expect(through).toEqual(expect.arrayContaining(expected));
    expect(through).not.toContain('keyInEnvironment'); // the environment is clean even then
  });

  const other = unprivileged();
  it.skipIf(other === null)('H2: holds for an unprivileged user too', () => {
    const [program = '', ...args] = other ?? [];
    const out = execFileSync(program, [...args, process.execPath, join(import.meta.dirname, 'attacks.ts')], {
      encoding: 'utf8',
    });
    expect(JSON.parse(out)).toEqual(harmless);
  });

  it('H2: inherits no descriptor but 0 to 2, though the engine was given a high one', () => {
    const script = join(import.meta.dirname, 'descriptorsInside.ts');
    const found = spawnSync(
      '/bin/bash',
      ['-c', 'exec 251</etc 9</etc 5</etc 3</etc; exec "$0" "$1"', process.execPath, script],
      {
        encoding: 'utf8',
      },
    );
    const { inside, leaking } = JSON.parse(found.stdout) as { inside: number[]; leaking: number[] };
    expect(leaking).toContain(251); // without the closing it would have gone in
    expect(inside.filter((descriptor) => descriptor !== 255)).toEqual([0, 1, 2]); // 255 is bash's own
  });

  it('H2: is not told where the run directory is, and reads the task file that was made for it', async () => {
    const look = 'cat /proc/self/mountinfo /proc/self/mounts; ls -l /proc/self/fd; env; cat belay.json';
    const outcome = await shell(look);
    expect(outcome.exitCode).toBe(0);
    const said = outcome.stdout.toString();
    expect(said).toContain(' /proc ');
    expect(said).toContain('{"redacted": true}');
    expect(said).not.toContain(scene.runFolder);
    const folder = join(scene.runFolder, 'tools');
    mkdirSync(folder);
    const shown = await shell(look, agentShape(scene, { toolchains: [folder], never: [] }));
    expect(shown.stdout.toString(), 'a bound folder would be seen').toContain(scene.runFolder);
  });

  it('H2: the task file that was made for it can be neither written nor put aside', async () => {
    for (const attempt of ['echo x > belay.json', 'mv belay.json other.json', 'rm belay.json', 'chmod 600 belay.json'])
      expect((await shell(attempt)).exitCode, attempt).not.toBe(0);
  });

  it('H2: leaves no mount point behind where the workspace has no repository', async () => {
    rmSync(join(scene.workspace, '.git'), { recursive: true });
    const outcome = await shell('ls -A');
    expect(outcome.stdout.toString().trim().split('\n').sort()).toEqual(['belay.json', 'out', 'tests']);
  });

  it('H2: hides the repository that a .git file or link points to within the workspace', async () => {
    renameSync(join(scene.workspace, '.git'), join(scene.workspace, 'store'));
    symlinkSync('store', join(scene.workspace, '.git'));
    expect((await shell('ls -A .git store; git log --all -p')).stdout.toString()).not.toContain(canary);
    rmSync(join(scene.workspace, '.git'));
    writeFileSync(join(scene.workspace, '.git'), `gitdir: ${join(scene.runFolder, 'gone')}\n`);
    expect((await shell('cat .git')).stdout.toString()).not.toContain('gitdir');
  });

  it('H2: refuses a workspace or a protected path that was replaced by a link', async () => {
    const shape = agentShape(scene);
    renameSync(join(scene.workspace, 'tests'), join(scene.workspace, 't2'));
    symlinkSync(scene.runFolder, join(scene.workspace, 'tests'));
    expect(await shell('ls tests', shape)).toMatchObject({
      endedBy: 'not-started',
      message: expect.stringContaining('symbolic link') as string,
    });
    renameSync(scene.workspace, `${scene.workspace}-moved`);
    symlinkSync(scene.runFolder, scene.workspace);
    expect(await shell('ls', shape)).toMatchObject({
      endedBy: 'not-started',
      message: expect.stringContaining('no longer the folder') as string,
    });
  });

  it('H2: refuses a shape that would show the run directory', async () => {
    const shown = agentShape(scene, { toolchains: [scene.root] });
    const { endedBy, message } = await shell('ls', shown);
    expect(endedBy).toBe('not-started');
    // H1: the agent reads it.
    expect(message).not.toContain(scene.runFolder);
    expect(shownSecret(shown)).toEqual({ folder: scene.root, secret: scene.runFolder });
    expect(shownSecret(agentShape(scene))).toBeNull();
  });

  it('H2: refuses a toolchain that is a link to what holds the run directory', async () => {
    const link = `${scene.workspace}-tools`;
    symlinkSync(scene.root, link);
    const shown = agentShape(scene, { toolchains: [link] });
    expect(await shell('ls', shown)).toMatchObject({ endedBy: 'not-started' });
  });

  it('H2: keeps a folder above a protected path in its place, from one command to the next', async () => {
    mkdirSync(join(scene.workspace, 'a/b/c'), { recursive: true });
    writeFileSync(join(scene.workspace, 'a/b/c/suite.jsonl'), '{}\n');
    const shape = agentShape(scene, {
      readOnly: ['a/b/c/suite.jsonl', 'a/b'],
      mask: { files: [join(scene.workspace, 'a/b/c/suite.jsonl')], folders: [] },
    });
    const outcome = await shell(
      'mv a a2; mv a/b a/b2; echo x > a/b/c/new; echo y > a/new && echo written; cat a/b/c/suite.jsonl',
      shape,
    );
    expect(outcome.stdout.toString()).toContain('written');
    expect(outcome.stdout.toString().match(/busy|Read-only|denied/gi)?.length).toBe(4);
  });
});

describe('other shapes', () => {
  const none = { mask: { files: [], folders: [] }, toolchains: [], never: [] };

  it('H5: a case sees its build read-only, a throwaway folder, and no workspace', async () => {
    const build = join(scene.root, 'build');
    mkdirSync(join(build, 'lib'), { recursive: true });
    writeFileSync(join(build, 'main.pl'), 'print "hello\\n"');
    const shape: Shape = { kind: 'case', build, entries: ['lib', 'main.pl'], folder: null, ...none };
    const outcome = await shell(
      `pwd; perl main.pl; echo x > here && echo kept; echo x > lib/new; echo x > main.pl; ls ${scene.workspace} ${scene.runFolder}; grep -r ${canary} / --include=secret -s`,
      shape,
    );
    const text = outcome.stdout.toString();
    expect(text).toMatch(/^\/belay\/case\nhello\nkept\n/);
    expect(text.match(/Read-only file system/g)?.length).toBe(2);
    expect(text.match(/No such file or directory/g)?.length).toBe(2);
    expect((await shell('ls', shape)).stdout.toString()).toBe('lib\nmain.pl\n'); // the file of the first is gone
  });

  it('H2: a reference outside /usr is shown to its own sandbox only', async () => {
    const program = join(scene.root, 'original.sh');
    writeFileSync(program, '#!/bin/sh\nread line; echo "got $line"; ls /tmp\n', { mode: 0o755 });
    const shape: Shape = { kind: 'reference', needs: [program], folder: null, ...none };
    const outcome = await runCommand({
      sandbox: sealed,
      shape,
      command: [program],
      stdin: 'abc\n',
      streams: 'separate',
      limits: plenty,
    });
    expect(outcome).toMatchObject({ endedBy: 'exit', exitCode: 0, sealed: true });
    expect(outcome.stdout.toString()).toMatch(/^got abc\n/);
    expect((await shell(`${program} || echo absent`)).stdout.toString()).toContain('absent');
  });
});

describe('the probe', () => {
  it('H2: says which bubblewrap there is', () => {
    expect(probe).toMatchObject({ available: true, version: expect.stringMatching(/^bubblewrap \d+\.\d+/) as string });
  });

  it('H2: fails closed: none installed, too old, or refusing to make a namespace', async () => {
    const fake = (name: string, body: string) => {
      const folder = join(scene.root, name);
      mkdirSync(folder);
      writeFileSync(join(folder, 'bwrap'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return folder;
    };
    const refusing = fake(
      'refusing',
      '[ "$1" = --version ] && echo "bubblewrap 0.8.0" && exit; echo "bwrap: Creating new namespace failed" >&2; exit 1',
    );
    const old = fake('old', 'echo "bubblewrap 0.4.1"');
    expect(await probeSandbox(scene.root)).toEqual({
      available: false,
      reason: expect.stringContaining('not installed') as string,
    });
    expect(await probeSandbox(old)).toEqual({ available: false, reason: expect.stringContaining('too old') as string });
    expect(await probeSandbox(refusing)).toEqual({
      available: false,
      reason: expect.stringContaining('Creating new namespace failed') as string,
    });
    expect(chooseSandbox(await probeSandbox(old), false)).toBeNull();
  });
});

/** How to start a program as another user, where that works and that user can read this folder; null otherwise. */
function unprivileged(): string[] | null {
  if (process.getuid?.() !== 0) return null;
  const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const tried = spawnSync(prefix[0] ?? '', [
    ...prefix.slice(1),
    process.execPath,
    '-e',
    `require('fs').readFileSync(${JSON.stringify(import.meta.filename)})`,
  ]);
  return tried.status === 0 ? prefix : null;
}
