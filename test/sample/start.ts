/**
 * Job: `npm start`: play the bundled sample from end to end, without a key: every tool call, test, checkpoint and gate for real,
 * every gate decided as it was recorded; then say whether it came to the recorded tree.
 * Boundary: a copy in a new temporary folder, with a state folder of its own; both are left there to be looked at. With `--ui` a
 * person plays it in VS Code.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/base/assert.ts';
import { printRun } from '../../src/cli/terminal.ts';
import { copySample, SampleFailed, type SampleFolder } from '../../src/client/copySample.ts';
import { startRun, StartFailed } from '../../src/client/launch.ts';
import { runToEnd } from '../../src/client/runToEnd.ts';
import type { RunState, SuiteFigure } from '../../src/run/state.ts';
import { isRecordedEnd } from '../../src/run/playback.ts';

const root = join(import.meta.dirname, '..', '..');

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { ui: { type: 'boolean', default: false } } });
  const folder = await mkdtemp(join(tmpdir(), 'belay-start-'));
  try {
    const copy = await copySample(join(root, 'media', 'sample'), folder);
    console.log(
      `Sample ${copy.workspace}\nA recording: no key, no cost; tools, tests, checkpoints and gates are real.\n`,
    );
    if (!values.ui) return await headless(folder, copy);
    const { showInEditor } = await import('../host/showInEditor.ts');
    return await showInEditor({ folder, workspace: copy.workspace });
  } catch (error) {
    if (!(error instanceof SampleFailed || error instanceof StartFailed)) throw error;
    console.error(messageOf(error));
    return 1;
  }
}

async function headless(folder: string, { workspace, taskFile }: SampleFolder): Promise<number> {
  const began = performance.now();
  const connection = await startRun({
    state: join(folder, 'state'),
    engineBundle: join(root, 'dist', 'engine'),
    client: 'npm start',
    taskFile,
    workspace,
    unsealed: false,
    supervisor: 'npm start',
  });
  const printing = printRun(connection, process.stdout, false);
  await connection.request('setPace', { factor: 1000 });
  const end = await runToEnd(connection, { gates: 'recorded', stopWhenPaused: true });
  printing.dispose();
  const { state } = connection;
  connection.dispose();
  if (end.kind !== 'ended') console.error(`The run did not end: ${JSON.stringify(end)}`);
  const figures = figuresOf(state, (performance.now() - began) / 1000);
  console.log(JSON.stringify({ name: 'sample', figures }));
  return figures.digestMatches === 1 ? 0 : 1;
}

function figuresOf(state: RunState, seconds: number) {
  return {
    digestMatches: isRecordedEnd(state) ? 1 : 0,
    steps: state.stepsFinished,
    visiblePassRate: rate(state.figures.visible.last),
    heldOutPassRate: rate(state.figures.heldOut.last),
    gates: state.gatesDecided,
    seconds: Number(seconds.toFixed(1)),
  };
}

function rate(figure: SuiteFigure | null): number {
  return figure === null || figure.total === 0 ? 0 : Number((figure.pass / figure.total).toFixed(4));
}

process.exitCode = await main();
