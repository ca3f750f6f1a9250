/**
 * Job: `npm run demo`: a long rebuild from end to end, without a key: cmark in Perl with the loopback model, every step,
 * checkpoint, test and gate for real.
 * Boundary: makes its own workspace, held-out folder and state folder in a new temporary folder, and leaves them there to be
 * looked at. Headless each gate is accepted; with `--ui` a person decides in VS Code.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printRun } from '../../src/cli/terminal.ts';
import type { RunConnection } from '../../src/client/connection.ts';
import { startRun } from '../../src/client/launch.ts';
import { runToEnd } from '../../src/client/runToEnd.ts';
import type { SuiteFigure } from '../../src/run/state.ts';
import { inexactCheckpoints } from './exact.ts';
import { ModelServer } from './modelServer.ts';
import { createCmarkWorkspace, type CmarkWorkspace } from './workspace.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { ui: { type: 'boolean', default: false } } });
  const folder = await mkdtemp(join(tmpdir(), 'belay-cmark-'));
  const server = await ModelServer.start({ key: null, ...(values.ui && { chunkDelayMs: 40 }) });
  const task = await createCmarkWorkspace(join(folder, 'cmark'), {
    heldOutDir: join(folder, 'heldOut'),
    modelUrl: server.url,
    gates: { everySteps: 10, visibleRegression: 5 },
  });
  console.log(`Workspace ${task.dir}\nModel     ${server.url} (loopback, no key of yours, no cost)\n`);
  try {
    if (values.ui) {
      const { showInEditor } = await import('../host/showInEditor.ts');
      return await showInEditor({ folder, workspace: task.dir });
    }
    return await headless(folder, task);
  } finally {
    await server.stop();
  }
}

async function headless(folder: string, task: CmarkWorkspace): Promise<number> {
  const connection = await startRun({
    state: join(folder, 'state'),
    engineBundle: join(import.meta.dirname, '..', '..', 'dist', 'engine'),
    client: 'npm run demo',
    taskFile: task.taskFile,
    workspace: task.dir,
    unsealed: false,
    supervisor: 'npm run demo',
  });
  const printing = printRun(connection, process.stdout, false);
  const end = await runToEnd(connection, { gates: 'accept', stopWhenPaused: true });
  printing.dispose();
  const figures = await figuresOf(connection, task);
  connection.dispose();
  if (end.kind !== 'ended') console.error(`The run did not end: ${JSON.stringify(end)}`);
  console.log(JSON.stringify({ name: 'demo', figures }));
  return end.kind === 'ended' && figures.exact === 1 ? 0 : 1;
}

async function figuresOf(connection: RunConnection, task: CmarkWorkspace) {
  const { state } = connection;
  const differences = await inexactCheckpoints(connection.run, task.dir, state.checkpoints.slice());
  for (const difference of differences) console.error(difference);
  return {
    steps: state.stepsFinished,
    checkpoints: state.checkpoints.length,
    visiblePassRate: rate(state.figures.visible.last),
    heldOutPassRate: rate(state.figures.heldOut.last),
    spentUsd: Number(state.budget.spentUsd.toFixed(4)),
    gates: state.gatesDecided,
    exact: differences.length === 0 ? 1 : 0,
  };
}

function rate(figure: SuiteFigure | null): number {
  return figure === null || figure.total === 0 ? 0 : Number((figure.pass / figure.total).toFixed(4));
}

process.exitCode = await main();
