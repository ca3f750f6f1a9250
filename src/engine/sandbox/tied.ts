/**
 * Job: tie a command to the life of this process from its first moment on.
 * Why: bubblewrap's --die-with-parent takes effect only once the sandbox stands. An engine that is killed before that would
 * leave a command behind that writes into the workspace while the next engine works there, or a sandbox that waits for ever.
 * One without a sandbox (which the supervisor allowed) is not held by anything else at all.
 * Boundary: Linux with util-linux's setpriv and bash; the command must lead a group of its own.
 * Rules: S1, H2.
 */
import { spawnSync } from 'node:child_process';
import { sayWhenMissing } from './descriptors.ts';

/** The guard begins when a line comes here: by then it is in the control group that holds all that it starts. */
export const beginDescriptor = 5;
/** The same for a command without a sandbox, which is given no other descriptors. */
export const beginUnsealed = 3;

/**
 * A small guard is asked to end with this process, and only then looks whether it still lives: in this order nothing slips
 * through. When it is told, it holds what it has started still, kills what that has made, and then its whole group.
 */
const guard = (begin: number, whenMissing: string) =>
  [
    `read -r begin <&${String(begin)} && [ "$PPID" = "$0" ] || exit 125`,
    'end() { kill -STOP "$!"; read -r made <"/proc/$!/task/$!/children"; kill -KILL $made; kill -KILL 0; } 2>/dev/null',
    'trap end TERM',
    whenMissing,
    `"$@" <&0 ${String(begin)}<&- & wait "$!"`,
  ].join('\n');

/** As prlimit says it in a sandbox. */
const sayNoProgram =
  'command -v -- "$1" >/dev/null || { echo "prlimit: failed to execute $1: No such file or directory" >&2; exit 127; }';

let possible: boolean | undefined;

/** Whether the small programs are there: without a sandbox a command is run all the same. Tried once. */
export function canTie(): boolean {
  possible ??= spawnSync('setpriv', ['--pdeathsig', 'TERM', '--', '/bin/bash', '-c', ':']).status === 0;
  return possible;
}

/** @param argv begins with bubblewrap. */
export function tiedToThisProcess(argv: readonly string[]): string[] {
  return guarded(guard(beginDescriptor, sayWhenMissing), argv);
}

/** What such a command puts into sessions of its own is out of the guard's reach. */
export function tiedWithoutSandbox(argv: readonly string[]): string[] {
  return guarded(guard(beginUnsealed, sayNoProgram), argv);
}

function guarded(script: string, argv: readonly string[]): string[] {
  return ['setpriv', '--pdeathsig', 'TERM', '--', '/bin/bash', '-c', script, String(process.pid), ...argv];
}
