// Job: a stage whose model is a script on loopback, and the answers that more than one story tells.

import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import type { RunState } from '../../src/run/state.ts';
import { ModelServer } from '../cmark/modelServer.ts';
import { say, script, writes } from '../contract/harness.ts';
import { Stage } from './stage.ts';

type Answer = NonNullable<NonNullable<Parameters<typeof ModelServer.start>[0]>['answer']>;

/** Three steps: a first try with a stray file, a better one, and one that a redirect asked for. */
export const threeTries = (): Answer =>
  script(
    say(
      'Capitals, to begin with.',
      writes('upper.sh', 'tr a-z A-Z | cat\n'),
      writes('notes.md', '# Notes\n\nUses `tr`.\n'),
    ),
    say('Without the second process.', writes('upper.sh', 'tr a-z A-Z\n')),
    say('As you say: only a to z.', writes('upper.sh', 'LC_ALL=C tr a-z A-Z\n')),
  );

export interface ScriptedStage {
  readonly stage: Stage;
  readonly model: ModelServer;
  /** The folder of the window. */
  readonly dir: string;
  close(): Promise<void>;
}

/** A window on a folder of its own. @param settings of the user */
export async function openScriptedStage(
  story: string,
  answer: Answer,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<ScriptedStage> {
  const model = await ModelServer.start({ key: null, answer });
  const stage = await Stage.open(story, { first: 'upper', settings });
  return {
    stage,
    model,
    dir: join(stage.host.folder, 'upper'),
    close: async () => {
      await stage.close();
      await model.stop();
    },
  };
}

/** The task of the folder: a gate after each step. */
export function writeGatedTask({ stage, model, dir }: ScriptedStage): void {
  stage.host.writeTask(dir, { modelUrl: model.url, overrides: { gates: { everySteps: 1 } } });
}

/**
 * Asks in the Checkpoints view for a rollback. The tree is drawn anew for an open gate, and a click on a row that is being
 * replaced goes nowhere: the gate's own row is waited for.
 */
export async function askRollback({ host }: Stage, { gate }: RunState, to: number): Promise<void> {
  const row = (checkpoint: number, more = '') => new RegExp(`^\\s*${String(checkpoint)}\\s${more}`);
  if (gate !== null) await host.workbench.treeRow('Checkpoints', row(gate.checkpoint, '.*gate')).first().waitFor();
  await host.workbench.treeAction('Checkpoints', row(to), 'Roll Back…');
}

export async function press(panel: Frame, name: string | RegExp): Promise<void> {
  await panel
    .getByRole('button', { name, exact: typeof name === 'string' })
    .first()
    .click();
}
