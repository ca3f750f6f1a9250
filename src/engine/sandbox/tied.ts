/**
 * Job: tie a command to the life of this process from its first moment on.
 * Why: bubblewrap's --die-with-parent takes effect once bubblewrap has read its arguments. An engine that dies before that
 * would leave a command behind that writes into the workspace while the next engine works there.
 * Rules: S1, H2.
 */

/** Asks for death with the parent, and only then looks whether the parent still lives: in this order nothing slips through. */
export function tiedToThisProcess(argv: readonly string[]): string[] {
  const checked = ['/bin/sh', '-c', '[ "$PPID" = "$0" ] || exit 125; exec "$@"', String(process.pid), ...argv];
  return ['setpriv', '--pdeathsig', 'KILL', '--', ...checked];
}
