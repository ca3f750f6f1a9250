/**
 * Job: what each command does, through the client layer.
 * Boundary: streams, environment and folders are given; returns an exit code, never exits.
 * Rules: exit 0 finished, 1 failure, 2 wrong usage or a refusal to start, 3 waits at a gate. Ctrl+C detaches; the run goes on.
 *   The key comes from BELAY_API_KEY and goes over the socket only.
 */
import { dirname, resolve } from 'node:path';
import { unreachable } from '../base/assert.ts';
import { auditRun } from '../client/auditRun.ts';
import { RunConnection } from '../client/connection.ts';
import { resumeRun, startRun, StartFailed, type LaunchOptions } from '../client/launch.ts';
import type { NodePlaces } from '../client/nodeForEngine.ts';
import { findRuns, readStoredState, type FoundRun } from '../client/runs.ts';
import { runToEnd, type GateConduct, type RunEnd } from '../client/runToEnd.ts';
import { UsageError, type Command } from './args.ts';
import { helpOf } from './help.ts';
import { auditText } from './auditText.ts';
import { byHand, type ByHand } from './byHand.ts';
import { bisect } from './bisect.ts';
import { diffText } from './changes.ts';
import { forecastText } from './forecast.ts';
import { forked } from './fork.ts';
import { namedRun } from './findRun.ts';
import { keep } from './keeping.ts';
import { policyHolds } from './policy.ts';
import { record } from './recordSuite.ts';
import { sandboxHolds } from './sandbox.ts';
import { reportOf, reportText } from './report.ts';
import { served } from './served.ts';
import { steered, type Steering } from './steer.ts';
import { standingJson, standingLines, standingOf, type RunStanding } from './status.ts';
import { taskFileAt } from './taskFileAt.ts';
import { usage } from './usage.ts';
import { printData, printJson, printRun, printText, type Output } from './terminal.ts';

export interface CliPorts {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: NodeJS.ReadableStream;
  readonly cwd: string;
  /** The state folder. */
  readonly state: string;
  readonly engineBundle: string;
  /** Where a Node for the engine is looked for. */
  readonly nodePlaces?: NodePlaces;
  /** "anna@host" */
  readonly person: string;
  readonly version: string;
  readonly key?: string;
  /** Aborts at the first Ctrl+C. */
  readonly interrupt: AbortSignal;
}

export const exitCodes = { finished: 0, failure: 1, refused: 2, gate: 3 } as const;

/** How long `belay stop` waits for the call in progress to end. */
const stopWallMs = 60_000;

const clientName = (ports: CliPorts) => `${ports.person} (command line)`;

/** @throws UsageError, StartFailed, RequestRefused, EngineGone; `exitCodeOf` tells their codes. */
export async function perform(command: Command, ports: CliPorts): Promise<number> {
  switch (command.kind) {
    case 'help':
      ports.stdout.write(command.of === null ? usage : helpOf(command.of));
      return exitCodes.finished;
    case 'version':
      printText(ports.stdout, ports.version);
      return exitCodes.finished;
    case 'run':
      return run(command, ports);
    case 'status':
      return status(command, ports);
    case 'attach':
      return attach(command, ports);
    case 'resume':
      return resume(command, ports);
    case 'stop':
      return stop(command.run, ports);
    case 'report':
    case 'forecast':
      return report(command, ports);
    case 'verify-audit':
      return verifyAudit(command, ports);
    case 'check-sandbox':
    case 'policy':
      return ofMachine(command, ports);
    case 'pause':
    case 'dismiss':
    case 'compact':
    case 'fresh':
    case 'switch-model':
    case 'diff':
    case 'accept':
    case 'redirect':
    case 'reject':
    case 'rollback':
    case 'undo':
    case 'undo-accept':
      return steer(command, ports);
    case 'bisect':
      return looking(command.run, ports, async (connection) => {
        const onMove = (words: string) => {
          printText(ports.stderr, words);
        };
        printText(ports.stdout, await bisect(command.id, connection, { onMove, interrupt: ports.interrupt }));
      });
    case 'fork':
      return looking(command.run, ports, async (connection) => {
        printText(ports.stdout, await forked(command, connection, ports.cwd));
      });
    case 'failing':
    case 'thin':
    case 'show-not-covered':
    case 'delete': {
      const [found, launch] = [await namedRun(ports.state, command.run, ports.cwd), launchOptions(ports)];
      printText(ports.stdout, await keep(command, found, { launch, open: (run) => open(run, ports) }));
      return exitCodes.finished;
    }
    case 'record-suite':
      await record(command, { ...ports, launch: launchOptions(ports) });
      return exitCodes.finished;
    case 'question':
    case 'answer':
    case 'export-recording':
      return answerByHand(command, ports);
    default:
      return unreachable(command, 'command');
  }
}

/** What a failure means for whoever called the command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.refused;
  if (!(error instanceof StartFailed)) return exitCodes.failure;
  return error.code === 'failure' || error.code === 'journal-damaged' ? exitCodes.failure : exitCodes.refused;
}

async function run(command: Extract<Command, { kind: 'run' }>, ports: CliPorts): Promise<number> {
  const taskFile = await taskFileAt(resolve(ports.cwd, command.path));
  const connection = await startRun({
    ...launchOptions(ports),
    taskFile,
    workspace: dirname(taskFile),
    unsealed: command.unsealed,
    ...(command.storeQuotaBytes !== null && { storeQuotaBytes: command.storeQuotaBytes }),
    supervisor: ports.person,
  }).catch((error: unknown) => {
    throw withUnsealedHint(error);
  });
  return follow(connection, command, ports);
}

function launchOptions(ports: CliPorts): LaunchOptions & { readonly key?: string } {
  const { state, engineBundle, nodePlaces, key } = ports;
  return {
    state,
    engineBundle,
    client: clientName(ports),
    ...(nodePlaces !== undefined && { nodePlaces }),
    ...(key !== undefined && { key }),
  };
}

function withUnsealedHint(error: unknown): unknown {
  if (!(error instanceof StartFailed) || error.code !== 'no-sandbox' || error.message.includes('--unsealed'))
    return error;
  return new StartFailed(
    'no-sandbox',
    `${error.message}\nTo run without a sandbox all the same: belay run --unsealed`,
    error,
  );
}

async function status({ run: name, json }: Extract<Command, { kind: 'status' }>, ports: CliPorts): Promise<number> {
  const runs = name === null ? await findRuns(ports.state) : [await namedRun(ports.state, name, ports.cwd)];
  if (runs.length === 0 && !json) printText(ports.stdout, 'No run yet. Start one with: belay run <folder>');
  for (const found of runs) {
    const standing = await standingOf(found, clientName(ports));
    printStanding(standing, json, ports);
  }
  return exitCodes.finished;
}

function printStanding(standing: RunStanding, json: boolean, { stdout }: CliPorts): void {
  if (json) printJson(stdout, standingJson(standing));
  else printText(stdout, standingLines(standing).join('\n'));
}

async function attach({ run: name, json }: Extract<Command, { kind: 'attach' }>, ports: CliPorts): Promise<number> {
  const found = await namedRun(ports.state, name, ports.cwd);
  if (found.alive) return follow(await open(found, ports), { json, gates: 'wait' }, ports);
  const standing = await standingOf(found, clientName(ports));
  printStanding(standing, json, ports);
  return standing.state?.ended ? exitCodes.finished : exitCodes.failure;
}

async function resume(command: Extract<Command, { kind: 'resume' }>, ports: CliPorts): Promise<number> {
  const found = await namedRun(ports.state, command.run, ports.cwd);
  const connection = await resumeRun(found.runId, launchOptions(ports));
  const { paused, ended } = connection.state;
  if (paused && !ended) await connection.request('resume', {});
  return follow(connection, command, ports);
}

async function stop(name: string | null, ports: CliPorts): Promise<number> {
  const found = await namedRun(ports.state, name, ports.cwd);
  if (!found.alive) {
    printText(ports.stdout, `No engine serves ${found.runId}: there is nothing to stop`);
    return exitCodes.finished;
  }
  const connection = await open(found, ports);
  try {
    if (!connection.state.ended) await connection.request('stop', {});
    const waited = AbortSignal.any([ports.interrupt, AbortSignal.timeout(stopWallMs)]);
    const end = await runToEnd(connection, { gates: 'wait', stopWhenPaused: false, signal: waited });
    if (end.kind === 'ended') {
      printText(ports.stdout, `${found.runId}: ${end.message}`);
      return exitCodes.finished;
    }
    const pid = found.engine === null ? '' : ` (process ${String(found.engine.pid)})`;
    printText(
      ports.stderr,
      `The stop is in the journal, but the engine${pid} has not ended: look again with "belay status"`,
    );
    return exitCodes.failure;
  } finally {
    connection.dispose();
  }
}

function answerByHand(command: ByHand, ports: CliPorts): Promise<number> {
  return looking(command.run, ports, async (connection) => {
    printData(ports.stdout, await byHand(command, connection, ports));
  });
}

async function looking(
  name: string | null,
  ports: CliPorts,
  work: (connection: RunConnection) => Promise<void>,
): Promise<number> {
  const found = await namedRun(ports.state, name, ports.cwd);
  const connection = await served(found, { launch: launchOptions(ports), open: (run) => open(run, ports) });
  try {
    await work(connection);
    return exitCodes.finished;
  } finally {
    connection.dispose();
  }
}

async function ofMachine(
  command: Extract<Command, { kind: 'check-sandbox' | 'policy' }>,
  ports: CliPorts,
): Promise<number> {
  const holds = command.kind === 'policy' ? policyHolds(command.json, ports) : sandboxHolds(command, ports);
  return (await holds) ? exitCodes.finished : exitCodes.failure;
}

async function report(command: Extract<Command, { kind: 'report' | 'forecast' }>, ports: CliPorts): Promise<number> {
  const found = await namedRun(ports.state, command.run, ports.cwd);
  const made = await reportOf(found, clientName(ports));
  if (command.kind === 'forecast') {
    const { run, forecast } = made;
    if (command.json) printJson(ports.stdout, { runId: run?.runId ?? null, ...(forecast ?? { forecast: null }) });
    else printText(ports.stdout, forecastText(made));
  } else if (command.json) printJson(ports.stdout, made);
  else printData(ports.stdout, reportText(made, command.markdown));
  return exitCodes.finished;
}

async function verifyAudit(
  { run: name, json, full }: Extract<Command, { kind: 'verify-audit' }>,
  ports: CliPorts,
): Promise<number> {
  const found = await namedRun(ports.state, name, ports.cwd);
  const audit = await auditRun(found.folder, { ...ports, full });
  const code = audit.ok ? exitCodes.finished : exitCodes.failure;
  if (json) {
    printJson(ports.stdout, { runId: found.runId, ...audit });
    return code;
  }
  printText(ports.stdout, auditText(found, audit));
  return code;
}

async function steer(command: Steering, ports: CliPorts): Promise<number> {
  const found = await namedRun(ports.state, command.run, ports.cwd);
  if (!found.alive) {
    const stored = await readStoredState(found.folder);
    if (stored?.ended) throw new UsageError('This run has ended.');
    throw new UsageError(`No engine serves ${found.runId}. Go on with: belay resume ${found.runId}`);
  }
  const connection = await open(found, ports);
  try {
    if (command.kind === 'diff') {
      // Drawn already, line by line; only the colours are left for the terminal to obey.
      ports.stdout.write(`${await diffText(connection, command, ports.stdout.isTTY === true)}\n`);
    } else printText(ports.stdout, await steered(command, connection, ports));
    return exitCodes.finished;
  } finally {
    connection.dispose();
  }
}

function open(found: FoundRun, ports: CliPorts): Promise<RunConnection> {
  return RunConnection.open({ run: found.folder, client: clientName(ports) });
}

interface FollowCommand {
  readonly json: boolean;
  readonly gates: GateConduct;
}

/** Prints the run as it goes until it ends, waits for somebody, or the person detaches. */
async function follow(connection: RunConnection, command: FollowCommand, ports: CliPorts): Promise<number> {
  const { json } = command;
  const gates = command.gates === 'recorded' ? await playFast(connection, ports) : command.gates;
  const printing = printRun(connection, ports.stdout, json);
  const somebodyWatches = ports.stdout.isTTY === true && gates === 'wait';
  try {
    const end = await runToEnd(connection, { gates, stopWhenPaused: !somebodyWatches, signal: ports.interrupt });
    printing.dispose();
    if (json) printJson(ports.stdout, { end });
    return endCode(end, connection, ports);
  } finally {
    printing.dispose();
    connection.dispose();
  }
}

/** Nobody watches a run that decides by itself. */
async function playFast(connection: RunConnection, { stderr }: CliPorts): Promise<GateConduct> {
  if (connection.state.run?.task.recording === undefined) {
    printText(stderr, 'This run plays no recording: its gates wait for you');
    return 'wait';
  }
  if (!connection.state.ended) await connection.request('setPace', { factor: 1000 });
  return 'recorded';
}

function endCode(end: RunEnd, connection: RunConnection, ports: CliPorts): number {
  const { state } = connection;
  const id = state.run?.runId ?? '';
  switch (end.kind) {
    case 'ended':
      return end.outcome === 'finished' ? exitCodes.finished : exitCodes.failure;
    case 'gate':
      return exitCodes.gate;
    case 'paused':
      return exitCodes.failure; // the log has said why and how to go on
    case 'lost':
      printText(ports.stderr, `${end.message}. What it had done is safe; go on with: belay resume ${id}`);
      return exitCodes.failure;
    case 'detached':
      printText(ports.stderr, `Detached; the run goes on. belay attach ${id}   belay stop ${id}`);
      return state.gate ? exitCodes.gate : exitCodes.finished;
    default:
      return unreachable(end, 'end');
  }
}
