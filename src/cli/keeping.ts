/**
 * Job: the commands that look after what a run keeps: thin its checkpoints, say what they don't cover and which visible cases
 *   fail, delete a run.
 * Boundary: what goes is the engine's to say; without --yes nothing is changed.
 */
import type { RunConnection } from '../client/connection.ts';
import { deleteRun, whatDeleting } from '../client/deleteRun.ts';
import type { LaunchOptions } from '../client/launch.ts';
import type { FoundRun } from '../client/runs.ts';
import { formatBytes, formatCounted } from '../run/forDisplay.ts';
import { failingOf, failingText } from '../run/failingCases.ts';
import { keptWords, rangesOf, thinningSentence } from '../run/thinning.ts';
import { notCoveredText } from '../run/notCoveredText.ts';
import { UsageError, type Command } from './args.ts';
import { served, type ServedPorts } from './served.ts';

export type Keeping = Extract<Command, { kind: 'thin' | 'show-not-covered' | 'delete' | 'failing' }>;

/** What is printed. @throws UsageError, RequestRefused, StartFailed */
export async function keep(command: Keeping, found: FoundRun, ports: ServedPorts): Promise<string> {
  if (command.kind === 'delete') return deleted(command.yes, found, ports.launch);
  const connection = await served(found, ports);
  try {
    if (command.kind === 'failing') return await failing(command, connection);
    return command.kind === 'thin' ? await thinned(command, connection) : await notCovered(command, connection);
  } finally {
    connection.dispose();
  }
}

async function thinned(
  { keep: last, yes }: Extract<Keeping, { kind: 'thin' }>,
  connection: RunConnection,
): Promise<string> {
  const plan = await connection.request('planThinning', { last });
  const sentence = thinningSentence(plan, connection.state.checkpoints.length);
  if (plan.checkpoints.length === 0) return sentence;
  const told = `${sentence}\n    ${rangesOf(plan.checkpoints)}\n${keptWords}`;
  if (!yes) return `${told}\nNothing was changed. To do it, for good, add --yes`;
  const { freedBytes } = await connection.request('thin', { last, checkpoints: plan.checkpoints });
  return `${sentence}\nThinned; ${formatBytes(freedBytes)} are free`;
}

async function failing({ json }: Extract<Keeping, { kind: 'failing' }>, connection: RunConnection): Promise<string> {
  const told = await connection.request('visibleCases', {});
  return json ? JSON.stringify({ checkpoint: told.checkpoint, ...failingOf(told) }) : failingText(told);
}

async function notCovered(
  { checkpoint }: Extract<Keeping, { kind: 'show-not-covered' }>,
  connection: RunConnection,
): Promise<string> {
  const { head } = connection.state;
  const number = checkpoint ?? head;
  if (number === null) throw new UsageError('The run has no checkpoint yet');
  return notCoveredText(number, await connection.request('notCovered', { checkpoint: number })).trimEnd();
}

async function deleted(yes: boolean, found: FoundRun, launch: LaunchOptions): Promise<string> {
  const { bytes, files, words } = await whatDeleting(found);
  const told = `${words} It frees ${formatBytes(bytes)} in ${formatCounted(files, 'file')} of ${found.folder}.`;
  if (!yes) return `${told}\nNothing was changed. To delete it for good, add --yes`;
  await deleteRun(found, launch);
  return `Deleted ${found.runId}: ${formatBytes(bytes)} are free`;
}
