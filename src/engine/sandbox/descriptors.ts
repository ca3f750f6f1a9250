/**
 * Job: find the file descriptors that a child of this process would inherit by accident.
 * Why: bubblewrap hands every descriptor on that is not closed at exec. Node opens all of its own so that they close,
 * but one that this process itself inherited (an editor's, a service manager's) passes, and a folder's descriptor is a door.
 * Rules: H2.
 */
import { readdirSync, readFileSync } from 'node:fs';

const closeOnExec = 0o2000000; // O_CLOEXEC in /proc/self/fdinfo

/** Descriptors from `own` on that survive an exec, ascending. Empty where there is no /proc. */
export function leakingDescriptors(own = 3): number[] {
  const leaking: number[] = [];
  for (const name of namesOfDescriptors()) {
    const descriptor = Number(name);
    if (descriptor >= own && survivesExec(descriptor)) leaking.push(descriptor);
  }
  return leaking.sort((a, b) => a - b);
}

function namesOfDescriptors(): string[] {
  try {
    return readdirSync('/proc/self/fd');
  } catch {
    return []; // no /proc: not Linux, so no bubblewrap either
  }
}

function survivesExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${String(descriptor)}`, 'latin1'))?.[1];
    return flags !== undefined && (parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    return false; // closed since it was listed, as the listing's own descriptor always is
  }
}

/**
 * For shells that start bubblewrap, as "$1": where it is gone that is said as bubblewrap says that it failed. The shell's own
 * "not found" would pass for the command's.
 */
export const sayWhenMissing =
  'command -v -- "$1" >/dev/null || { echo "bwrap: $1 is not there or cannot be run" >&2; exit 1; }';

/** The program and arguments that start `argv` without the given descriptors. bash, as dash knows only one-digit ones. */
export function withoutDescriptors(leaking: readonly number[], argv: readonly string[]): string[] {
  if (leaking.length === 0) return [...argv];
  const close = leaking.map((descriptor) => `${String(descriptor)}>&-`).join(' ');
  return ['/bin/bash', '-c', `exec ${close}; ${sayWhenMissing}; exec "$@"`, 'belay', ...argv];
}
