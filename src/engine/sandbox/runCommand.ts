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
import type { Writable } from 'node:stream';
import { assert, messageOf } from '../../base/assert.ts';
import { confineProcesses } from './controlGroup.ts';
import { descendantsOf, endAll, endSandbox, useOf } from './descendants.ts';
import { leakingDescriptors, withoutDescriptors } from './descriptors.ts';
import { cleanEnvironment, limitedCommand, profileOf } from './profile.ts';
import { seccompFilter } from './seccomp.ts';
import { beginDescriptor, beginUnsealed, canTie, tiedToThisProcess, tiedWithoutSandbox } from './tied.ts';
import { SandboxRefused, type CommandOutcome, type CommandRequest, type EndedBy, type Shape } from './shape.ts';

/** The first looks come sooner, each twice as late as the one before, as most commands are over by then. */
const firstLookMs = 50;
const lookMs = 200;
/** How long output pipes may stay open after an unsealed command and all its kin were killed. */
const drainMs = 1000;
const mark = 'BELAY_COMMAND';
/** 3 has bubblewrap's arguments, 4 the filter of system calls, 5 the guard's start; from here on what bubblewrap shows as files. */
const firstTextDescriptor = 6;

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
  const filter = seccompFilter(process.arch);
  const { args, texts } = profileOf(request.shape, firstTextDescriptor);
  if (filter !== null) args.push('--seccomp', '4');
  for (const [name, value] of Object.entries(request.env ?? {})) args.push('--setenv', name, value);
  const limited = limitedCommand(joined(request), request.limits);
  const sealed = [program, '--args', '3', '--', ...limited];
  // One of thousands of cases is spared the small programs: the verifier's process ends what it started when its engine
  // goes, and what stands by then dies with the verifier.
  const tied = request.shape.kind !== 'case';
  const argv = tied ? tiedToThisProcess(sealed) : sealed;
  assert(tied || texts.length === 0, 'a case, whose descriptors end before the texts, is shown none');
  // below these are the child's own, whatever this process holds there
  const own = (tied ? firstTextDescriptor : beginDescriptor) + texts.length;
  const leaking = leakingDescriptors().filter((descriptor) => descriptor >= own);
  const [first, ...rest] = withoutDescriptors(leaking, argv);
  assert(first !== undefined, 'the program is there');
  const child = spawn(first, rest, {
    cwd: '/',
    env: cleanEnvironment(request.shape.toolchains),
    detached: true, // a group of its own, to be killed whole
    stdio: [
      request.stdin === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      'pipe',
      filter === null ? 'ignore' : 'pipe',
      ...(tied ? (['pipe'] as const) : []),
      ...texts.map(() => 'pipe' as const),
    ],
  });
  // Bubblewrap waits for its arguments and has started nothing yet. Moving a process into a group takes the kernel tens of
  // milliseconds: too long for each of thousands of cases, which share the group of the verifier's process.
  const group =
    child.pid === undefined || request.shape.kind === 'case'
      ? null
      : confineProcesses(child.pid, request.limits.processes);
  const streams = child.stdio as readonly unknown[] as readonly (Writable | null)[];
  if (tied) feed(streams[beginDescriptor], 'begin\n');
  feed(streams[3], args.join('\0') + '\0');
  if (filter !== null) feed(streams[4], filter);
  texts.forEach((text, i) => {
    feed(streams[firstTextDescriptor + i], text);
  });
  const end = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endSandbox(child.pid);
  };
  return {
    child,
    end,
    members: () => group?.members() ?? kinOf(child),
    release: () => group?.release(),
  };
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
      stdio: [request.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(tied ? (['pipe'] as const) : [])],
    });
    if (tied) feed((child.stdio as readonly unknown[] as readonly (Writable | null)[])[beginUnsealed], 'begin\n');
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

function feed(stream: Writable | null | undefined, content: Uint8Array | string): void {
  // a command that ends or closes its input before it has read all of it is no failure
  stream?.on('error', () => undefined);
  stream?.end(content);
}

/** Collects output, holds the limits and resolves when the last pipe is closed. */
function watch(
  request: CommandRequest,
  { child, end, members, release }: Started,
  resolve: (outcome: CommandOutcome) => void,
): void {
  const { limits, signal, sandbox } = request;
  const startedAt = performance.now();
  const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0 };
  let endedBy: EndedBy = 'exit';
  let failure: string | null = null;
  const timers: NodeJS.Timeout[] = [];
  const stop = (why: EndedBy) => {
    if (endedBy !== 'exit' || child.exitCode !== null || child.signalCode !== null) return;
    endedBy = why;
    end();
  };
  const abort = () => {
    stop('abort');
  };
  const take = (to: Buffer[]) => (chunk: Buffer) => {
    const room = limits.outputBytes - kept.bytes;
    if (room <= 0) return;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    kept.bytes += part.length;
    to.push(part);
    request.onOutput?.(part);
    if (chunk.length > room) stop('output');
  };
  let nextLookMs = firstLookMs;
  const look = () => {
    if (endedBy !== 'exit') return;
    const use = useOf(members(), limits.processes);
    if (use.processes > limits.processes) stop('processes');
    else if (use.memoryMb > limits.memoryMb) stop('memory');
    else {
      nextLookMs = Math.min(nextLookMs * 2, lookMs);
      timers.push(setTimeout(look, nextLookMs));
    }
  };
  const finish = () => {
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    release();
    const stdout = Buffer.concat(kept.stdout);
    const stderr = Buffer.concat(kept.stderr);
    const wallMs = Math.round(performance.now() - startedAt);
    const ended = howItEnded(child, endedBy, failure, stderr, request);
    resolve({ ...ended, stdout, stderr, wallMs, sealed: sandbox.kind === 'bubblewrap' });
  };

  child.stdout?.on('data', take(kept.stdout));
  child.stderr?.on('data', take(kept.stderr));
  child.on('error', (error) => (failure = messageOf(error)));
  child.on('exit', () => {
    if (sandbox.kind !== 'unsealed') return;
    end(); // without a pid namespace what it left behind goes on until it is found
    timers.push(setTimeout(() => void (child.stdout?.destroy(), child.stderr?.destroy()), drainMs));
  });
  child.on('close', finish);
  signal?.addEventListener('abort', abort, { once: true });
  timers.push(
    setTimeout(() => {
      stop('timeout');
    }, limits.wallMs),
    setTimeout(look, firstLookMs),
  );
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
  if (endedBy !== 'exit') return { endedBy, exitCode: null, message: reasonFor(endedBy, request) };
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

function reasonFor(endedBy: EndedBy, { limits }: CommandRequest): string {
  switch (endedBy) {
    case 'timeout':
      return `stopped after ${String(limits.wallMs / 1000)} s`;
    case 'output':
      return `stopped: it wrote more than ${String(limits.outputBytes)} bytes`;
    case 'memory':
      return `stopped: it used more than ${String(limits.memoryMb)} MB of memory`;
    case 'processes':
      return `stopped: it had more than ${String(limits.processes)} processes`;
    default:
      return 'cancelled';
  }
}

function notStarted(request: CommandRequest, endedBy: EndedBy, message: string): CommandOutcome {
  const none = Buffer.alloc(0);
  const sealed = request.sandbox.kind === 'bubblewrap';
  return { endedBy, exitCode: null, stdout: none, stderr: none, message, wallMs: 0, sealed };
}
