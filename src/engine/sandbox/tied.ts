/**
 * Job: start a command behind a small guard that ties it to the life of this process from its first moment on.
 * Why: bubblewrap's --die-with-parent takes effect only once the sandbox stands. An engine that is killed before that would
 * leave a command behind that writes into the workspace while the next engine works there, or a sandbox that waits for ever.
 * One without a sandbox (which the supervisor allowed) is not held by anything else at all.
 * Boundary: Linux with Perl, or else util-linux's setpriv and bash; the command must lead a group of its own.
 * Rules: S1, H2.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { leakingDescriptors, sayWhenMissing, withoutDescriptors } from './descriptors.ts';

/**
 * A small guard is asked to end with this process, and only then looks whether it still lives: in this order nothing slips
 * through. When it is told, it holds what it has started still, kills what that has made, and then its whole group.
 * The first argument behind this process's id is the file of a control group, which it enters itself: moving another process
 * takes the kernel ten milliseconds and more.
 */
const guard = (whenMissing: string) =>
  [
    '[ "$PPID" = "$0" ] || exit 125',
    '[ -z "$1" ] || echo 0 2>/dev/null >"$1"',
    'shift',
    'end() { kill -STOP "$!"; read -r made <"/proc/$!/task/$!/children"; kill -KILL $made; kill -KILL 0; } 2>/dev/null',
    'trap end TERM',
    whenMissing,
    '"$@" <&0 & wait "$!"',
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

const perl = '/usr/bin/perl';
let guardProgram: readonly string[] | undefined;

/**
 * @param argv begins with bubblewrap. @param group the file that takes who enters a control group; null: none
 * @param own the descriptors that it is given; what else it inherits is closed
 */
export function tiedToThisProcess(argv: readonly string[], group: string | null, own: number): string[] {
  guardProgram ??= existsSync(perl) ? [perl, fileURLToPath(new URL('guard.pl', import.meta.url))] : [];
  if (guardProgram.length === 0 || !['x64', 'arm64'].includes(process.arch))
    return withoutDescriptors(leakingDescriptors(own), tiedByShell(argv, group));
  return [...guardProgram, String(process.pid), process.arch, group ?? '', String(own), ...argv];
}

/** The same where there is no Perl: nothing is done about devices. */
export const tiedByShell = (argv: readonly string[], group: string | null): string[] =>
  guarded(guard(sayWhenMissing), argv, group);

/** What such a command puts into sessions of its own is out of the guard's reach. */
export function tiedWithoutSandbox(argv: readonly string[]): string[] {
  return guarded(guard(sayNoProgram), argv, null);
}

function guarded(script: string, argv: readonly string[], group: string | null): string[] {
  const start = ['setpriv', '--pdeathsig', 'TERM', '--', '/bin/bash', '-c', script];
  return [...start, String(process.pid), group ?? '', ...argv];
}
