/**
 * Job: start bubblewrap for a shape, with a clean environment and nothing but the descriptors that it is meant to have.
 * Boundary: starts and hands over; who asked watches it and ends it.
 * Rules: H2 what a mask hides stands in no command line, and no descriptor of this process passes in. S1 but for a single case it
 *   is tied to the life of this process from its first moment on.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { assert } from '../../base/assert.ts';
import { pathBytes } from '../checkpoint/paths.ts';
import { leakingDescriptors, withoutDescriptors } from './descriptors.ts';
import { cleanEnvironment, profileOf } from './profile.ts';
import { seccompFilter } from './seccomp.ts';
import type { Shape } from './shape.ts';
import { tiedToThisProcess } from './tied.ts';

/** 3 has bubblewrap's arguments, 4 the filter of system calls; from here on what bubblewrap shows as files. */
const firstHandedDescriptor = 5;

export interface SealedStart {
  /** bubblewrap. */
  readonly program: string;
  readonly shape: Shape;
  /** What runs inside. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is given a standard input. */
  readonly input: boolean;
  /** The file that a process enters its control group by. */
  readonly group?: string | null;
}

/** @throws SandboxRefused */
export function startSealedProcess(start: SealedStart): ChildProcess {
  const { shape } = start;
  const filter = seccompFilter(process.arch);
  const { args, handed } = profileOf(shape, firstHandedDescriptor);
  if (filter !== null) args.push('--seccomp', '4');
  for (const [name, value] of Object.entries(start.env ?? {})) args.push('--setenv', name, value);
  const sealed = [start.program, '--args', '3', '--', ...start.command];
  // below these are the child's own, whatever this process holds there
  const own = firstHandedDescriptor + handed.length;
  // One of thousands of cases is spared the guard: the verifier's process ends what it started when its engine goes, and what
  // stands by then dies with the verifier. But as root each needs what the guard does about devices.
  const tied = shape.kind !== 'case' || process.getuid?.() === 0;
  const [first, ...rest] = tied
    ? tiedToThisProcess(sealed, start.group ?? null, own)
    : withoutDescriptors(leakingDescriptors(own), sealed);
  assert(first !== undefined, 'the program is there');
  const files = handed.map(({ file }) => (file === undefined ? null : openSync(file, 'r')));
  let child: ChildProcess;
  try {
    child = spawn(first, rest, {
      cwd: '/',
      env: cleanEnvironment(shape.toolchains),
      detached: true, // a group of its own, to be killed whole
      stdio: [
        start.input ? 'pipe' : 'ignore',
        'pipe',
        'pipe',
        'pipe',
        filter === null ? 'ignore' : 'pipe',
        ...files.map((file) => file ?? ('pipe' as const)),
      ],
    });
  } finally {
    for (const file of files) if (file !== null) closeSync(file);
  }
  const streams = child.stdio as readonly unknown[] as readonly (Writable | null)[];
  feed(streams[3], pathBytes(`${args.join('\0')}\0`));
  if (filter !== null) feed(streams[4], filter);
  handed.forEach(({ text }, i) => {
    if (text !== undefined) feed(streams[firstHandedDescriptor + i], text);
  });
  return child;
}

/** Gives a child all of an input. */
export function feed(stream: Writable | null | undefined, content: Uint8Array | string): void {
  // a command that ends or closes its input before it has read all of it is no failure
  stream?.on('error', () => undefined);
  stream?.end(content);
}
