/** Job: cases of a disk that is full, on a small file system of its own: bubblewrap mounts one, for which nobody has to be root. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Outcome, OwnCase } from './case.ts';
import type { Scene } from './scene.ts';

/** @param what whose part the small disk is: the run directory's for a checkpoint, the workspace's for a rollback */
async function onSmallDisk(what: 'take' | 'rollback', scene: Scene): Promise<Outcome> {
  const small = join(scene.root, 'small');
  mkdirSync(small);
  const mounts = ['--bind', '/', '/', '--dev-bind', '/dev', '/dev', '--size', String(smallBytes), '--tmpfs', small];
  const script = join(import.meta.dirname, 'diskFullChild.ts');
  const program = [process.execPath, script, what, small, scene.root];
  const { stdout } = await promisify(execFile)('bwrap', [...mounts, '--', ...program]);
  return JSON.parse(stdout) as Outcome;
}

const smallBytes = 8 * 1024 * 1024;

export const diskFullCases: readonly OwnCase[] = [
  {
    name: 'the disk is full in the middle of a checkpoint',
    does: 'The run pauses; nothing acknowledged is lost, no half file stays; with room again the checkpoint is taken',
    quick: true,
    perform: (scene) => onSmallDisk('take', scene),
  },
  {
    name: 'the disk is full in the middle of a rollback',
    does: 'Each file is as it was or as it shall be, never half; with room again the rollback is finished, and can be taken back',
    quick: true,
    perform: (scene) => onSmallDisk('rollback', scene),
  },
];
