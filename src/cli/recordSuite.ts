/**
 * Job: `belay record-suite`: where the suites go, how far it is, what came of it.
 * Boundary: the client's process records; words of the summary are run/suiteMaking's.
 * Rules: a file that is there is replaced only with --replace.
 */
import { dirname, resolve } from 'node:path';
import type { LaunchOptions } from '../client/launch.ts';
import { recordSuite } from '../client/recordSuite.ts';
import { summaryText } from '../run/suiteMaking/summary.ts';
import { UsageError, type Command } from './args.ts';
import { taskFileAt } from './taskFileAt.ts';
import { printJson, printText, type Output } from './terminal.ts';

export interface RecordingPorts {
  readonly launch: LaunchOptions;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly cwd: string;
  readonly interrupt: AbortSignal;
}

/** @throws UsageError where it was refused, with what to do; StartFailed */
export async function record(
  command: Extract<Command, { kind: 'record-suite' }>,
  ports: RecordingPorts,
): Promise<void> {
  const { launch, stdout, stderr, cwd, interrupt } = ports;
  const taskFile = await taskFileAt(resolve(cwd, command.path));
  const workspace = dirname(taskFile);
  let told = 0;
  const recorded = await recordSuite(
    {
      taskFile,
      workspace,
      inputs: command.inputs === null ? null : resolve(cwd, command.inputs),
      cases: command.cases,
      seed: command.seed,
      visible: command.visible === null ? null : resolve(cwd, command.visible),
      heldOut: command.heldOut === null ? null : resolve(cwd, command.heldOut),
      replace: command.replace,
    },
    {
      ...launch,
      signal: interrupt,
      onProgress: (done, total) => {
        const tenth = Math.floor((done / total) * 10);
        if (tenth > told) printText(stderr, `${String(done)} of ${String(total)} questions asked`);
        told = Math.max(told, tenth);
      },
    },
  );
  if (!recorded.ok)
    throw new UsageError(
      recorded.exists.length > 0
        ? `${recorded.message} Allow it with --replace, or name other files.`
        : recorded.message,
    );
  if (command.json) printJson(stdout, recorded.summary);
  else printText(stdout, summaryText(recorded.summary));
}
