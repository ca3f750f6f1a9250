/**
 * Job: what would leave the held-out cases readable before the first command, and what a start says of it.
 * Boundary: small folders of their own beside the scene; nothing is run.
 * Rules: H2 each is refused or told as a reason why the run is NOT sealed.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../sandbox/runCommand.ts';
import { placeOf } from '../sandbox/profile.ts';
import { SandboxRefused } from '../sandbox/shape.ts';
import { surveySuites } from '../verification/seal.ts';
import { makeWorld } from '../world.ts';
import type { Attack } from './attack.ts';
import { caseLine } from './plant.ts';
import type { Scene } from './scene.ts';

const told = 'the start looks for it and says NOT sealed';
const refused = 'the start refuses it';

interface SealScene {
  readonly workspace: string;
  readonly heldOut: string;
  readonly visible: string;
  readonly runFolder: string;
  readonly tools: string;
}

/** Gives what it put elsewhere. */
type Change = (scene: SealScene) => Partial<SealScene>;

const inGit = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=belay', '-c', 'user.email=belay@localhost', ...args], {
    stdio: 'pipe',
  });

const copying =
  (into: (scene: SealScene) => string): Change =>
  (scene) => {
    copyFileSync(scene.heldOut, join(into(scene), 'copy'));
    return {};
  };

const surveyed: readonly (readonly [name: string, change: Change])[] = [
  ['a copy of the held-out file in the workspace', copying(({ workspace }) => workspace)],
  [
    'a hard link to the held-out file',
    ({ workspace, heldOut }) => {
      linkSync(heldOut, join(workspace, 'hard'));
      return {};
    },
  ],
  [
    'the held-out file in the workspace itself',
    ({ workspace, heldOut }) => {
      const inside = join(workspace, 'heldOut.jsonl');
      renameSync(heldOut, inside);
      return { heldOut: inside };
    },
  ],
  ['a copy of the held-out file in a toolchain', copying(({ tools }) => tools)],
  [
    'some of the held-out cases in another file',
    ({ workspace, heldOut }) => {
      const line = readFileSync(heldOut, 'utf8').split('\n')[2] ?? '';
      writeFileSync(join(workspace, 'notes.txt'), `as I remember:\n${line}\n`);
      return {};
    },
  ],
  [
    'the held-out file in an earlier commit',
    ({ workspace, heldOut }) => {
      inGit(workspace, 'init', '-q');
      copyFileSync(heldOut, join(workspace, 'once'));
      inGit(workspace, 'add', 'once');
      inGit(workspace, 'rm', '-q', '--cached', 'once');
      renameSync(join(workspace, 'once'), join(workspace, '..', 'once'));
      return {};
    },
  ],
  [
    'an earlier version of the held-out file in an earlier commit',
    ({ workspace, heldOut }) => {
      inGit(workspace, 'init', '-q');
      writeFileSync(join(workspace, 'once'), readFileSync(heldOut, 'utf8').replace(/^[^\n]*\n/, ''));
      inGit(workspace, 'add', 'once');
      inGit(workspace, 'rm', '-q', '-f', '--cached', 'once');
      renameSync(join(workspace, 'once'), join(workspace, '..', 'earlier'));
      return {};
    },
  ],
  ['the run directory in the workspace', ({ workspace }) => ({ runFolder: join(workspace, 'runs') })],
];

export const sealAttacks: readonly Attack[] = [
  ...surveyed.map(([name, change], index): Attack => ({
    name,
    group: 'Sealing',
    stoppedBy: told,
    expected: 'flagged',
    attempt: async (scene) => {
      const made = sealScene(scene, `seal-${String(index)}`);
      const { workspace, heldOut, visible, runFolder, tools } = { ...made, ...change(made) };
      const survey = await surveySuites({
        workspace,
        suites: { visible, heldOut },
        heldOutFolder: runFolder,
        toolchains: [tools],
      });
      return survey.reasons.length > 0 ? 'flagged' : 'through';
    },
  })),
  refusedWorld('a toolchain that holds the run directory', ({ planted }) => [join(planted.run, '..')]),
  refusedWorld('a toolchain that is a link to it', ({ planted, folder }) => {
    const link = join(folder, 'link-to-run');
    symlinkSync(planted.run, link);
    return [link];
  }),
  refusedWorld('the home folder as a toolchain', ({ folder }) => [folder]),
  {
    name: 'another folder in the place of the workspace',
    group: 'Sealing',
    stoppedBy: 'before each command device and inode are compared',
    expected: 'blocked',
    attempt: async ({ world, folder, planted }) => {
      const stand = join(folder, 'stand');
      mkdirSync(stand);
      const shape = { ...world.agentShape, workspace: placeOf(stand) };
      renameSync(stand, `${stand}-before`);
      symlinkSync(planted.run, stand);
      const { sandbox, commandLimits: limits } = world;
      const { exitCode } = await runCommand({
        sandbox,
        shape,
        command: ['cat', 'secret'],
        streams: 'together',
        limits,
      });
      return exitCode === 0 ? 'through' : 'blocked';
    },
  },
];

function sealScene({ folder }: Scene, name: string): SealScene {
  const root = join(folder, name);
  const [workspace, tools] = [join(root, 'workspace'), join(root, 'tools')];
  for (const one of [workspace, tools]) mkdirSync(one, { recursive: true });
  const [heldOut, visible] = [join(root, 'heldOut.jsonl'), join(workspace, 'visible.jsonl')];
  const lines = ['one', 'two', 'three', 'four'].map((word) => caseLine(`${name}-${word}`, `${word} `.repeat(20)));
  writeFileSync(heldOut, lines.join(''));
  writeFileSync(visible, caseLine('seen', 'seen'));
  return { workspace, heldOut, visible, tools, runFolder: join(root, 'runs') };
}

function refusedWorld(name: string, toolchains: (scene: Scene) => string[]): Attack {
  return {
    name,
    group: 'Sealing',
    stoppedBy: refused,
    expected: 'blocked',
    attempt: async (scene) => {
      const { run, workspace, taskFile } = scene.planted;
      const { task } = scene.world;
      const changed = { ...task, sandbox: { ...task.sandbox, toolchains: toolchains(scene) } };
      try {
        await makeWorld({ state: scene.folder, run, workspace, taskFile, task: changed, unsealedAllowed: false });
        return 'through';
      } catch (error) {
        if (error instanceof SandboxRefused) return 'blocked';
        throw error;
      }
    },
  };
}
