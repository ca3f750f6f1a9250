/**
 * Job: roll back from a terminal: the plan in rows, and with --yes the rollback of the workspace or of the named parts.
 * Boundary: asks the engine, which queues it behind a step in progress.
 * Rules: C4 planned first, and what is planned is shown; without --yes nothing changes.
 */
import type { RunConnection } from '../client/connection.ts';
import { rollbackSentence } from '../run/forDisplay.ts';
import { somePathsInWords } from '../run/pathWords.ts';
import { shownOf } from '../run/shown.ts';
import type { Command } from './args.ts';
import { pathInWorkspace } from './changes.ts';
import { printText, type Output } from './terminal.ts';

interface Where {
  readonly cwd: string;
  readonly stderr: Output;
}

/** What it would do; with `yes` also that it is done. */
export async function rolledBack(
  { to, yes, reason: why, paths }: Extract<Command, { kind: 'rollback' }>,
  connection: RunConnection,
  { cwd, stderr }: Where,
): Promise<string> {
  const { gate, run, step, paused } = connection.state;
  const named = paths.map((path) => pathInWorkspace(path, cwd, run?.workspace ?? ''));
  const plan = await connection.request('planRollback', { to, ...(paths.length > 0 && { only: { paths: named } }) });
  const rows = plan.paths.map(
    ({ action, path, reason }) =>
      `    ${action.padEnd(8)} ${path.replaceAll('\n', '^J')}${reason === undefined ? '' : `  (${reason})`}`,
  );
  const told = [rollbackSentence(plan), ...rows].join('\n');
  if (!yes) return `${told}\nNothing was changed. To do it, add --yes`;
  const { only } = plan;
  const wanted = { to, planDigest: plan.digest, ...(why.trim() !== '' && { reason: why.trim() }) };
  if (step && !paused) printText(stderr, `Applies after step ${String(step.step)}`);
  if (only) {
    const { checkpoint } = await connection.request('rollBack', { ...wanted, only });
    return `${told}\nRolled ${somePathsInWords(only.paths)} back to ${String(to)}, as checkpoint ${String(checkpoint)}. Take it back with: belay undo`;
  }
  if (gate) {
    const shown = shownOf(connection.state, null);
    await connection.request('decide', { gate: gate.gate, decision: 'rollback', shown, ...wanted });
  } else await connection.request('rollBack', wanted);
  return `${told}\nRolled back to ${String(to)}. Take it back with: belay undo`;
}
