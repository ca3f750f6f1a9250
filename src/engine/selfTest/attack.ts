/**
 * Job: what an attack of the self-test is, and the few words that all attacks share.
 * Boundary: types; the attacks stand in the catalogues beside this file, `selfTest.ts` makes them.
 * Rules: H2 each says what is tried and what stops it, so that the list in the documentation is the list that is run.
 *   An attack that would harm the machine if it came through only asks whether it could.
 */
import type { AttackOutcome } from '../../run/sandboxCheck.ts';
import type { Scene } from './scene.ts';
import { notTriedExit } from './words.ts';

/** In the order of the list. */
export const attackGroups = [
  'Files',
  'Processes',
  'Kernel',
  'Namespaces and mounts',
  'Network',
  'Environment',
  'Workspace',
  'Reference',
  'File tools',
  'Sealing',
] as const;
export type AttackGroup = (typeof attackGroups)[number];

export interface Attack {
  /** Short and unique: "environ of process 1". */
  readonly name: string;
  readonly group: AttackGroup;
  /** What of Belay stops it, a phrase: "a clean environment is handed to the sandbox". */
  readonly stoppedBy: string;
  /** What is expected of a good sandbox: `through` only for the names in the table of mounts, which nothing can hide. */
  readonly expected: Exclude<AttackOutcome, 'not tried'>;
  /** What it runs, where that is one command and no more than its exit code is looked at. */
  readonly script?: string;
  attempt(scene: Scene): Promise<AttackOutcome>;
}

/** One row of a catalogue of shell attacks; of several commands the last one tells. */
export type ShellRow = readonly [
  name: string,
  stoppedBy: string,
  script: string | readonly string[],
  expected?: Attack['expected'],
];

/** Attacks that are shell commands of the agent: exit 0 means that it came through. */
export function shellAttacks(group: AttackGroup, rows: readonly ShellRow[]): Attack[] {
  return rows.map(([name, stoppedBy, script, expected = 'blocked']) => ({
    name,
    group,
    stoppedBy,
    expected,
    ...(typeof script === 'string' && { script }),
    attempt: async (scene) => {
      let exitCode: number | undefined;
      for (const command of typeof script === 'string' ? [script] : script) {
        const answer = await scene.shell(command);
        if (answer.quarantined !== undefined) return 'flagged';
        exitCode = answer.exitCode;
      }
      return outcomeOf(exitCode);
    },
  }));
}

export function outcomeOf(exitCode: number | undefined): AttackOutcome {
  return exitCode === 0 ? 'through' : exitCode === notTriedExit ? 'not tried' : 'blocked';
}
