/**
 * Job: start bubblewrap for a shape, with a clean environment and nothing but the descriptors that it is meant to have.
 * Boundary: starts and hands over; who asked watches it and ends it.
 * Rules: H2 what a mask hides stands in no command line, and no descriptor of this process passes in. S1 but for a single case it
 *   is tied to the life of this process from its first moment on.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { assert } from '../../base/assert.ts';
import { leakingDescriptors, withoutDescriptors } from './descriptors.ts';
import { cleanEnvironment, profileOf } from './profile.ts';
import { seccompFilter } from './seccomp.ts';
import type { Shape } from './shape.ts';
import { beginDescriptor, tiedToThisProcess } from './tied.ts';

/** 3 has bubblewrap's arguments, 4 the filter of system calls, 5 the guard's start; from here on what bubblewrap shows as files. */
const firstTextDescriptor = 6;

export interface SealedStart {
  /** bubblewrap. */
  readonly program: string;
  readonly shape: Shape;
  /** What runs inside. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is given a standard input. */
  readonly input: boolean;
}

/**
 * @param beforeItBegins is called with the process id while bubblewrap still waits for its arguments and has started nothing.
 * @throws SandboxRefused
 */
export function startSealedProcess(start: SealedStart, beforeItBegins: (pid: number) => void): ChildProcess {
  const { shape } = start;
  const filter = seccompFilter(process.arch);
  const { args, texts } = profileOf(shape, firstTextDescriptor);
  if (filter !== null) args.push('--seccomp', '4');
  for (const [name, value] of Object.entries(start.env ?? {})) args.push('--setenv', name, value);
  const sealed = [start.program, '--args', '3', '--', ...start.command];
  // One of thousands of cases is spared the small programs: the verifier's process ends what it started when its engine
  // goes, and what stands by then dies with the verifier.
  const tied = shape.kind !== 'case';
  const argv = tied ? tiedToThisProcess(sealed) : sealed;
  assert(tied || texts.length === 0, 'a case, whose descriptors end before the texts, is shown none');
  // below these are the child's own, whatever this process holds there
  const own = (tied ? firstTextDescriptor : beginDescriptor) + texts.length;
  const leaking = leakingDescriptors().filter((descriptor) => descriptor >= own);
  const [first, ...rest] = withoutDescriptors(leaking, argv);
  assert(first !== undefined, 'the program is there');
  const child = spawn(first, rest, {
    cwd: '/',
    env: cleanEnvironment(shape.toolchains),
    detached: true, // a group of its own, to be killed whole
    stdio: [
      start.input ? 'pipe' : 'ignore',
      'pipe',
      'pipe',
      'pipe',
      filter === null ? 'ignore' : 'pipe',
      ...(tied ? (['pipe'] as const) : []),
      ...texts.map(() => 'pipe' as const),
    ],
  });
  if (child.pid !== undefined) beforeItBegins(child.pid);
  const streams = child.stdio as readonly unknown[] as readonly (Writable | null)[];
  if (tied) feed(streams[beginDescriptor], 'begin\n');
  feed(streams[3], args.join('\0') + '\0');
  if (filter !== null) feed(streams[4], filter);
  texts.forEach((text, i) => {
    feed(streams[firstTextDescriptor + i], text);
  });
  return child;
}

/** Gives a child all of an input. */
export function feed(stream: Writable | null | undefined, content: Uint8Array | string): void {
  // a command that ends or closes its input before it has read all of it is no failure
  stream?.on('error', () => undefined);
  stream?.end(content);
}
