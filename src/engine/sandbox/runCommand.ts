/**
 * Job: run one command in its sandbox, within its limits, and end everything that it started.
 * Boundary: failures are in the outcome; it throws on a programmer's error only.
 * Rules: H2 a command runs inside bubblewrap or not at all, unless the supervisor allowed a run without (`unsealed`, and the
 *   outcome says so). B3 time, output, memory and processes are bounded; what passes a bound is killed whole.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, messageOf } from '../../base/assert.ts';
import { CommandWatch, reasonFor } from './commandWatch.ts';
import { confineProcesses } from './controlGroup.ts';
import { diskGuard, writtenFolder } from './diskGuard.ts';
import { descendantsOf, endAll, endSandbox } from './descendants.ts';
import { cleanEnvironment, joinedCommand, limitedCommand } from './profile.ts';
import { feed, startSealedProcess } from './sealedProcess.ts';
import { canTie, tiedWithoutSandbox } from './tied.ts';
import { SandboxRefused, type CommandOutcome, type CommandRequest, type EndedBy, type Shape } from './shape.ts';

/** How long output pipes may stay open after an unsealed command and all its kin were killed. */
const drainMs = 1000;
const mark = 'BELAY_COMMAND';

/** Runs the command to its end. Never rejects for what the command, the sandbox or the disk does. */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  assert(request.command.length > 0, 'a command names a program');
  if (request.signal?.aborted) return notStarted(request, 'abort', 'cancelled before it began');
  let started: Started;
  try {
    started =
      request.sandbox.kind === 'bubblewrap' ? startSealed(request, request.sandbox.program) : startUnsealed(request);
  } catch (error) {
    if (error instanceof SandboxRefused) return notStarted(request, 'not-started', error.message);
    return notStarted(request, 'not-started', `the command could not be started: ${messageOf(error)}`);
  }
  return new Promise((resolve) => {
    watch(request, started, resolve);
  });
}

interface Started {
  readonly child: ChildProcess;
  /** Ends the command and all its kin. */
  readonly end: () => void;
  /** Process ids of the command and all its kin, as far as they can be found. */
  readonly members: () => readonly number[];
  /** Releases what the start made. */
  readonly release: () => void;
}

function startSealed(request: CommandRequest, program: string): Started {
  const { shape, command, env, limits } = request;
  // Thousands of cases share the group of the verifier's process.
  const group = shape.kind === 'case' ? null : confineProcesses(limits.processes);
  let child: ChildProcess;
  try {
    child = startSealedProcess({
      program,
      shape,
      command: request.streams === 'together' ? joinedCommand(command, limits) : limitedCommand(command, limits),
      ...(env && { env }),
      input: request.stdin !== undefined,
      group: group?.entrance ?? null,
    });
  } catch (error) {
    group?.release();
    throw error;
  }
  const end = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endSandbox(child.pid);
  };
  const members = () => {
    const entered = group?.members() ?? [];
    return entered.length > 0 ? entered : kinOf(child);
  };
  return { child, end, members, release: () => group?.release() };
}

function startUnsealed(request: CommandRequest): Started {
  const { folder, release } = plainFolder(request.shape);
  const token = randomUUID();
  const tied = request.shape.kind !== 'case' && canTie();
  const [first, ...rest] = tied ? tiedWithoutSandbox(joined(request)) : joined(request);
  assert(first !== undefined, 'a command names a program');
  try {
    const child = spawn(first, rest, {
      cwd: folder,
      env: { ...cleanEnvironment(request.shape.toolchains), HOME: folder, ...request.env, [mark]: token },
      detached: true,
      stdio: [request.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const end = () => {
      if (child.pid !== undefined) endAll(child.pid, `${mark}=${token}`);
    };
    return { child, end, members: () => kinOf(child), release };
  } catch (error) {
    release();
    throw error;
  }
}

const kinOf = (child: ChildProcess) => (child.pid === undefined ? [] : descendantsOf(child.pid));

/** Where an unsealed command stands. A case without a prepared folder needs one, as nothing can be kept in memory. */
function plainFolder(shape: Shape): { readonly folder: string; readonly release: () => void } {
  if (shape.kind === 'agent') return { folder: shape.workspace.path, release: () => undefined };
  assert(shape.kind !== 'cases', 'a sandbox for cases is sealed');
  const given = shape.folder;
  if (given !== null) return { folder: given, release: () => undefined };
  assert(shape.kind === 'reference', 'an unsealed case has a prepared folder');
  const folder = mkdtempSync(join(tmpdir(), 'belay-'));
  return {
    folder,
    release: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** With both streams together the shell joins them before the command begins, so that their order is true. */
function joined(request: CommandRequest): readonly string[] {
  return request.streams === 'together'
    ? ['/bin/sh', '-c', 'exec "$@" 2>&1', 'sh', ...request.command]
    : request.command;
}

/** Holds the limits and resolves when the last pipe is closed. */
function watch(
  request: CommandRequest,
  { child, end, members, release }: Started,
  resolve: (outcome: CommandOutcome) => void,
): void {
  const { limits, signal, onOutput, sandbox } = request;
  let failure: string | null = null;
  const over = () => child.exitCode !== null || child.signalCode !== null;
  const isDiskTaken = diskGuard(writtenFolder(request.shape), limits.diskBytes);
  const held = new CommandWatch({ limits, signal, onOutput, members, isDiskTaken, end, over });
  child.stdout?.on('data', (chunk: Buffer) => {
    held.take('stdout', chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    held.take('stderr', chunk);
  });
  child.on('error', (error) => (failure = messageOf(error)));
  child.on('exit', () => {
    if (sandbox.kind !== 'unsealed') return;
    end(); // without a pid namespace what it left behind goes on until it is found
    held.later(drainMs, () => void (child.stdout?.destroy(), child.stderr?.destroy()));
  });
  child.on('close', () => {
    release();
    const kept = held.finish();
    const ended = howItEnded(child, held.endedBy, failure, kept.stderr, request);
    resolve({ ...ended, ...kept, sealed: sandbox.kind === 'bubblewrap' });
  });
  if (request.stdin !== undefined) feed(child.stdin, request.stdin);
}

type Ending = Pick<CommandOutcome, 'endedBy' | 'exitCode' | 'message'>;

function howItEnded(
  child: ChildProcess,
  endedBy: EndedBy,
  failure: string | null,
  stderr: Buffer,
  request: CommandRequest,
): Ending {
  if (failure !== null)
    return { endedBy: 'not-started', exitCode: null, message: `the command could not be started: ${failure}` };
  if (endedBy !== 'exit') return { endedBy, exitCode: null, message: reasonFor(endedBy, request.limits) };
  const exitCode = child.exitCode ?? (child.signalCode === null ? null : 128 + constants.signals[child.signalCode]);
  // bubblewrap ends with 1 and prlimit with 126 or 127 when they could not start what they were given
  const said = stderr.subarray(0, 400).toString('utf8').trim();
  const setupFailed = request.sandbox.kind === 'bubblewrap' && exitCode === 1 && said.startsWith('bwrap: ');
  const noProgram = (exitCode === 126 || exitCode === 127) && said.startsWith('prlimit: failed to execute');
  if (setupFailed) return { endedBy: 'not-started', exitCode: null, message: `the sandbox could not be made: ${said}` };
  if (noProgram) {
    const message = `the program could not be started: ${said.replace('prlimit: failed to execute ', '')}`;
    return { endedBy: 'not-started', exitCode, message };
  }
  return { endedBy: 'exit', exitCode, message: null };
}

function notStarted(request: CommandRequest, endedBy: EndedBy, message: string): CommandOutcome {
  const none = Buffer.alloc(0);
  const sealed = request.sandbox.kind === 'bubblewrap';
  return { endedBy, exitCode: null, stdout: none, stderr: none, message, wallMs: 0, sealed };
}
