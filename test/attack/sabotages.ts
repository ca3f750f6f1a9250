/**
 * Job: bubblewrap with one part of the profile taken away, each with the attacks that must then come through: they show that
 * the self-test notices, and that these attacks can succeed at all.
 * Boundary: a script in bubblewrap's place edits the arguments; Belay's code runs as it is. What it lets through stays in the
 * mount namespace of one command: the attacks only ask where more would be harmful.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programOn } from '../../src/engine/sandbox/probe.ts';

export interface Sabotage {
  readonly name: string;
  /** Bash that edits `args`, bubblewrap's own arguments, or the command in "$@". */
  readonly edit: string;
  /** Attacks that come through. */
  readonly caughtBy: readonly string[];
  /** For another user the part makes no difference: the system holds them back anyway. */
  readonly rootOnly?: true;
}

/** `drop OPTION COUNT [GLOB]`: removes the option with so many operands, where the last operand is as the glob says. */
const script = `
real=$REAL
[ "$1" = --args ] || exec "$real" "$@"
shift 3
mapfile -d '' -u 3 -t args
drop() {
  local i=0 kept=()
  while [ $i -lt \${#args[@]} ]; do
    local last=$((i + $2))
    if [ "\${args[i]}" = "$1" ] && { [ $# -lt 3 ] || [[ \${args[last]} == $3 ]]; }; then i=$((last + 1)); continue; fi
    kept+=("\${args[i]}"); i=$((i + 1))
  done
  args=("\${kept[@]}")
}
swap() { local i; for i in "\${!args[@]}"; do [ "\${args[i]}" = "$1" ] && [[ \${args[i + 2]} == $3 ]] && args[i]=$2; done; }
instead() { local i; for i in "\${!args[@]}"; do [ "\${args[i]}" = --ro-bind ] && [[ \${args[i + 2]} == $2 ]] && args[i + 1]=$1; done; }
show() { drop --remount-ro 1 /; args+=(--ro-bind "$1" "$1" --remount-ro /); }
unlimit() { local i; for i in "\${!words[@]}"; do words[i]=$(sed -E "s/ulimit -$1 [0-9]+/:/g" <<<"\${words[i]}"); done; }
words=("$@")
read -r _ _ _ engine _ </proc/$PPID/stat
inline=
$EDIT
if [ -n "$inline" ]; then exec 3<&-; exec "$real" "\${args[@]}" -- "\${words[@]}"; fi
exec 3< <(printf '%s\\0' "\${args[@]}")
exec "$real" --args 3 -- "\${words[@]}"
`;

/** Puts such a program into a folder, to be the first of a PATH. */
export function plantSabotaged(folder: string, { edit }: Sabotage): void {
  const real = programOn(process.env['PATH'] ?? '', 'bwrap');
  if (real === null) throw new Error('attacks need bubblewrap');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const text = script.replace('$REAL', real).replace('$EDIT', () => edit);
  writeFileSync(join(folder, 'bwrap'), `#!/bin/bash${text}`, { mode: 0o755 });
}

const gone = (what: string, edit: string, ...caughtBy: string[]): Sabotage => ({
  name: `without ${what}`,
  edit,
  caughtBy,
});
const goneForRoot = (what: string, edit: string, ...caughtBy: string[]): Sabotage => ({
  ...gone(what, edit, ...caughtBy),
  rootOnly: true,
});
const shown = (what: string, edit: string, ...caughtBy: string[]): Sabotage => ({
  name: `with ${what} shown`,
  edit,
  caughtBy,
});
const planted = '$(readlink "/proc/$engine/cwd")/../../..';
const bound = (path: string) => `show "$(realpath -- "${path}")"`;

const namespaces: readonly Sabotage[] = [
  gone('a process namespace', 'drop --unshare-pid 0', 'see the engine', 'signal the engine'),
  gone(
    'a network namespace',
    'drop --unshare-net 0',
    'a service on the loopback address',
    'an interface beyond loopback',
    'an abstract socket',
  ),
  gone(
    'an IPC namespace',
    'drop --unshare-ipc 0',
    'segments of shared memory',
    'a segment from one command to the next',
    'message queues of System V',
    'a message queue from one command to the next',
    'message queues of POSIX',
    'a POSIX message queue from one command to the next',
  ),
  gone('a host name of its own', 'drop --unshare-uts 0; drop --hostname 1', "the machine's name"),
  gone('a control group namespace', 'drop --unshare-cgroup-try 0', 'name the control group'),
  gone(
    'closed user namespaces',
    'drop --disable-userns 0',
    'a new user namespace',
    'a new user namespace as its root',
    'a new user namespace by system call',
    'bubblewrap in bubblewrap',
  ),
  goneForRoot('dropped capabilities', 'drop --cap-drop 1', 'capabilities', 'a new mount namespace', 'change the root'),
  goneForRoot(
    'dropped capabilities and closed namespaces',
    'drop --cap-drop 1; drop --disable-userns 0',
    'unmount the cover of the task file',
    'unmount the cover of the history',
    'unmount the cover of the reference',
    'unmount lazily',
    'remount /usr writable',
    'bind a folder elsewhere',
    'a file system in memory',
    'an overlay over the workspace',
    'a fresh /proc',
    'clone a mount',
    'open a file system',
    'enter the namespaces of process 1',
    'set the host name',
  ),
  goneForRoot(
    'namespaces of users and processes, and dropped capabilities',
    'drop --unshare-pid 0; drop --unshare-user 0; drop --disable-userns 0; drop --cap-drop 1',
    'through the folder of a process',
    'through the root of a process',
    'through the descriptors of a process',
    'environments of other processes',
    'open a file by its handle',
    'make a device',
    "the kernel's log",
  ),
  gone('a session of its own', 'drop --new-session 0', 'belong to a session outside'),
];

const mounts: readonly Sabotage[] = [
  goneForRoot('a read-only /usr', 'swap --ro-bind --bind /usr', 'write into /usr'),
  goneForRoot(
    'a read-only /proc/sys',
    'drop --ro-bind 2 /proc/sys',
    'core_pattern: a program of the host at the next crash',
    'kernel settings',
  ),
  ...['stat', 'vmstat', 'schedstat', 'interrupts', 'softirqs', 'diskstats']
    .filter((name) => existsSync(`/proc/${name}`))
    .map((name) =>
      gone(
        `the cover of /proc/${name}`,
        `drop --ro-bind 2 /proc/${name}`,
        name === 'stat' ? 'count the processes of the machine' : "count the machine's activity",
      ),
    ),
  goneForRoot('the cover of the keys', 'drop --ro-bind 2 /proc/keys', 'list the keys of the machine'),
  gone(
    'a /dev of its own',
    'drop --dev 1; drop --tmpfs 1 /dev/shm; drop --remount-ro 1 "/dev*"; drop --size 1 67108864; args=(--dev-bind /dev /dev "${args[@]}")',
    'disks',
    'files in shared memory',
  ),
  goneForRoot('a read-only /dev', 'drop --remount-ro 1 /dev', 'write a device'),
  goneForRoot('devices that are read-only', 'mount -o remount,bind,rw /dev', 'change the mode of a device'),
  gone('a read-only root', 'drop --remount-ro 1 /', 'write to the root'),
  shown('/var', bound('/var'), 'system logs', 'package archives', 'the lists of packages'),
  shown('/etc', bound('/etc'), 'account secrets'),
  shown('/sys', bound('/sys'), 'kernel settings in /sys'),
  shown('/run', bound('/run'), 'sockets and state in /run'),
  shown(
    'the run directory',
    bound('$(readlink "/proc/$engine/cwd")'),
    'read the run directory',
    'list the run directory',
    'an earlier symbolic link',
    'a new symbolic link',
    'the run directory in the table of mounts',
  ),
  shown(
    'the held-out file',
    bound(`${planted}/elsewhere`),
    'read the held-out file',
    'read a private file elsewhere',
    'a socket in a folder outside',
    'find the held-out file by its size',
    'search every file for a held-out token',
  ),
  shown(
    'the home folder',
    bound(`${planted}/home`),
    'shell history',
    'shell start files',
    'ssh keys',
    'cloud credentials',
    'editor history',
    'trash',
  ),
  shown('the folder above the workspace', bound(`${planted}/work`), 'list what lies beside the workspace'),
  gone(
    'the cover of the history',
    'drop --ro-bind 2 "*/project/.git"',
    'list the history',
    'read the history',
    'read every object',
    'settings and remotes of the repository',
    'write an object',
    'commit',
    'write a hook',
    'write the configuration of git',
  ),
  shown(
    "the run's checkpoints as the history",
    'instead "$(readlink "/proc/$engine/cwd")/store.git" "*/project/.git"',
    'read the task file in an object',
    'find the reference among the objects',
  ),
  gone(
    'the cover of a nested history',
    'drop --tmpfs 1 "*/nested/.git"; drop --remount-ro 1 "*/nested/.git"',
    "read a nested repository's history",
    'a hook in a nested repository',
  ),
  gone('the pins', 'drop --bind 2 "*/nested"; drop --bind 2 "*/vendor"', 'put a folder with a copy aside, look later'),
  gone(
    'the redacted task',
    'drop --perms 1; drop --ro-bind-data 2 "*/belay.json"',
    'read the whole task file',
    'write the task file',
    'put the task file aside',
    'put the task file aside, look later',
    'delete the task file',
  ),
  gone(
    'read-only tests',
    'drop --ro-bind 2 "*/tests"',
    'loosen a visible case',
    'put the tests aside',
    'add to the folder of the tests',
  ),
  gone('read-only settings of the editor', 'drop --ro-bind 2 "*/.vscode"', "write the editor's settings"),
  gone('read-only settings of a container', 'drop --ro-bind 2 "*/.devcontainer"', 'write the settings of a container'),
  gone('read-only toolchains', 'swap --ro-bind-try --bind "*/sdk/tool"', 'write into a toolchain'),
  gone(
    'the cover of the reference',
    'drop --ro-bind 2 "/usr/bin/*"',
    'run it',
    'run it by name',
    'read it',
    'copy it',
    'run it through the loader',
    'find it by name',
    'find it by content',
  ),
  gone(
    'the cover of a copy in a toolchain',
    'drop --ro-bind 2 "*/tool/bin/helper"',
    'a copy under another name in a toolchain',
  ),
  gone(
    'the cover of a copy in the workspace',
    'drop --ro-bind 2 "*/vendor/helper"',
    'a copy under another name in the workspace',
  ),
];

const starts: readonly Sabotage[] = [
  gone(
    'a clean environment',
    'BELAY_API_KEY=$(cat "/proc/$engine/cwd/secret"); export BELAY_API_KEY',
    'a key in the environment',
    'agents and tokens in the environment',
    'environment of process 1',
  ),
  gone(
    'a clean environment for bubblewrap itself',
    'BELAY_API_KEY=$(cat "/proc/$engine/cwd/secret"); export BELAY_API_KEY; args=(--unsetenv BELAY_API_KEY "${args[@]}")',
    'environment of process 1',
  ),
  gone('arguments by descriptor', 'inline=yes', 'arguments of process 1'),
  gone(
    'closed descriptors',
    'exec 77<"/proc/$engine/cwd"',
    'descriptors that were left open',
    'a folder through a descriptor',
  ),
  gone(
    'a filter of system calls',
    'drop --seccomp 1',
    'calls that no filter sees',
    'the session keyring',
    'io_uring',
    'bpf',
    'performance counters',
    'push keystrokes into a terminal',
    'userfaultfd',
    'watch the files of /usr',
    'watch a whole mount',
    'ask which pages of a file are in memory',
    'read only what is in memory',
    'ask for the state of the page cache',
    'drop pages from memory',
    'count processes by the number of a handle',
    'count processes by the handle of a child',
    'count processes by the handle of a child, in the newer way',
    'count processes by the handle of a peer',
    'count mounts by the number of one',
    'count mounts by the handle of a file',
    'count mount namespaces by the number of one',
    'count network namespaces by the number of one',
  ),
  gone('a limit for core dumps', 'unlimit c', 'leave a core dump'),
  gone('a limit for files', 'unlimit f', 'unlimited files'),
  gone('a limit for processes', 'unlimit p', 'unlimited processes'),
];

export const sabotages: readonly Sabotage[] = [...namespaces, ...mounts, ...starts];
