/**
 * Job: tie a command to the life of this process from its first moment on.
 * Why: bubblewrap's --die-with-parent takes effect only once the sandbox stands. An engine that is killed before that would
 * leave a command behind that writes into the workspace while the next engine works there, or a sandbox that waits for ever.
 * Boundary: Linux with util-linux's setpriv and bash; the command must lead a group of its own.
 * Rules: S1, H2.
 */

import { sayWhenMissing } from './descriptors.ts';

/** The guard begins when a line comes here: by then it is in the control group that holds all that it starts. */
export const beginDescriptor = 5;

/**
 * A small guard is asked to end with this process, and only then looks whether it still lives: in this order nothing slips
 * through. When it is told, it holds bubblewrap still, kills what bubblewrap has made, and then its whole group.
 */
const guard = [
  `read -r begin <&${String(beginDescriptor)} && [ "$PPID" = "$0" ] || exit 125`,
  'end() { kill -STOP "$!"; read -r made <"/proc/$!/task/$!/children"; kill -KILL $made; kill -KILL 0; } 2>/dev/null',
  'trap end TERM',
  sayWhenMissing,
  `"$@" <&0 ${String(beginDescriptor)}<&- & wait "$!"`,
].join('\n');

export function tiedToThisProcess(argv: readonly string[]): string[] {
  return ['setpriv', '--pdeathsig', 'TERM', '--', '/bin/bash', '-c', guard, String(process.pid), ...argv];
}
