/**
 * Job: what every script of the self-test begins with: where things lie as shell variables, and a few functions.
 * Boundary: text. The canary stands in two pieces, so that a search does not find the script that searches.
 */
/** What a script ends with where the machine lacks what it needs. */
export const notTriedExit = 77;

/** Values for the scripts, by variable. */
export type ScriptValues = Readonly<Record<string, string>>;

/** System calls that Perl makes by number: x64 and arm64. */
const calls: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  ADD_KEY: [248, 217],
  KEYCTL: [250, 219],
  PERF: [298, 241],
  BPF: [321, 280],
  USERFAULT: [323, 282],
  IO_URING: [425, 425],
  INOTIFY: [294, 26],
  FANOTIFY: [300, 262],
  MINCORE: [27, 232],
  PREADV2: [327, 286],
  CACHESTAT: [451, 451],
  FADVISE: [221, 223],
  PTRACE: [101, 117],
  UNSHARE: [272, 97],
  OPEN_TREE: [428, 428],
  FSOPEN: [430, 430],
  NAME_TO_HANDLE: [303, 264],
  OPEN_BY_HANDLE: [304, 265],
  IOCTL: [16, 29],
  MQ_OPEN: [240, 180],
  MQ_UNLINK: [241, 181],
  PIDFD_OPEN: [434, 434],
  CLONE: [56, 220],
  CLONE3: [435, 435],
  STATX: [332, 291],
  STATMOUNT: [457, 457],
  GETSOCKOPT: [55, 209],
};

/** `reaches`: the kernel knows the call, whatever it says of the arguments. `calls`: the call succeeds. */
const functions = `
has() { grep -qaF -e "$KEY" "$@"; }
any() { for f; do [ -r "$f" ] && return 0; done; return 1; }
need() { for p; do command -v "$p" >/dev/null || exit ${String(notTriedExit)}; done; }
reaches() { need perl; [ -n "$1" ] || exit ${String(notTriedExit)}; perl -e 'my ($n, @a) = map { /^-?\\d+$/ ? $_ + 0 : $_ } @ARGV; $! = 0; syscall($n, @a); exit($! + 0 == 38 ? 1 : 0)' -- "$@"; }
calls() { need perl; [ -n "$1" ] || exit ${String(notTriedExit)}; perl -e 'my ($n, @a) = map { /^-?\\d+$/ ? $_ + 0 : $_ } @ARGV; exit(syscall($n, @a) >= 0 ? 0 : 1)' -- "$@"; }
`;

/** null where the machine's numbers are not known. */
export function callNumber(name: string, arch: string): number | null {
  const [x64, arm64] = calls[name] ?? [null, null];
  return arch === 'x64' ? x64 : arch === 'arm64' ? arm64 : null;
}

export function scriptWith(values: ScriptValues, arch: string, script: string): string {
  const numbers = Object.keys(calls).map((name) => [name, String(callNumber(name, arch) ?? '')]);
  const named = [...Object.entries(values), ...numbers].map(([name = '', value = '']) => `${name}=${quoted(value)}`);
  return `exec 2>&1\n${named.join('\n')}\nKEY="$KEY_A$KEY_B"\n${functions}\n${script}`;
}

export const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
