/**
 * Job: attacks on what lies around the workspace: files, other processes, the environment, the network.
 * Rules: H1, H2. Each script ends with 0 where it came through.
 */
import { shellAttacks, type Attack } from './attack.ts';

const absent = 'only what the task lists is bound; all else is not there';
const ownProcesses = 'a process namespace with a /proc of its own';
const cleanEnvironment = 'a clean environment is handed to bubblewrap itself';

const files = shellAttacks('Files', [
  ['read the run directory', absent, 'has "$RUN/secret"'],
  ['list the run directory', absent, 'ls "$RUN" | grep -q .'],
  ['read the held-out file', absent, 'has "$HELD"'],
  ['read a private file elsewhere', absent, 'has "$OUTSIDE/private"'],
  ['list what lies beside the workspace', absent, 'ls -A "$WS/.." | grep -qvxF "${WS##*/}"'],
  ['list the home folder', absent, 'ls -A "$HOME_OUT" | grep -qvxF "$TOP_IN_HOME"'],
  ['shell history', absent, 'has "$PLANTED/.bash_history"'],
  ['shell start files', absent, 'has "$PLANTED/.bashrc"'],
  ['ssh keys', absent, 'has "$PLANTED/.ssh/id_ed25519"'],
  ['cloud credentials', absent, 'has "$PLANTED/.aws/credentials" || has "$PLANTED/.netrc"'],
  ['editor history', absent, 'grep -rqsF "$KEY" "$PLANTED/.config/Code/User/History"'],
  ['trash', absent, 'has "$PLANTED/.local/share/Trash/files/deleted"'],
  ['system logs', absent, 'find /var/log -mindepth 1 | grep -q .'],
  ['package archives', absent, 'find /var/cache /var/lib -mindepth 1 -maxdepth 1 | grep -q .'],
  [
    'other roots',
    absent,
    'find /root /home /opt /srv /mnt /media /boot -mindepth 1 -maxdepth 1 | grep -v "^$TOP" | grep -q .',
  ],
  ['sockets and state in /run', absent, 'find /run -mindepth 1 | grep -q .'],
  ['account secrets', absent, 'any /etc/shadow /etc/machine-id /etc/hosts /etc/resolv.conf'],
  ['kernel settings in /sys', absent, 'find /sys -mindepth 1 -maxdepth 1 | grep -q .'],
  [
    'search every file for a held-out token',
    absent,
    'grep -rqsF -D skip --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr --exclude-dir=dev -e "$KEY" /',
  ],
  [
    'find the held-out file by its size',
    absent,
    'find / "(" -path /usr -o -path /proc -o -path /sys -o -path /dev ")" -prune -o -type f -size "${HELD_BYTES}c" -print 2>/dev/null | grep -q .',
  ],
  ['write into /usr', 'system folders are bound read-only', '[ -w /usr/bin ]'],
  ['write into /etc', 'the root is mounted read-only', 'touch /etc/belay-self-test'],
  ['write to the root', 'the root is mounted read-only', 'touch /belay-self-test'],
  ['write into a toolchain', 'toolchains are bound read-only', 'touch "$TOOLS/new"'],
]);

const processes = shellAttacks('Processes', [
  [
    'see the engine',
    ownProcesses,
    '[ -r "/proc/$ENGINE/cmdline" ] && [ "$(sha256sum <"/proc/$ENGINE/cmdline")" = "$ENGINE_SUM" ]',
  ],
  [
    'signal the engine',
    ownProcesses,
    'kill -0 "$ENGINE" && [ "$(sha256sum <"/proc/$ENGINE/cmdline")" = "$ENGINE_SUM" ]',
  ],
  [
    'trace the engine',
    ownProcesses,
    '[ "$(sha256sum <"/proc/$ENGINE/cmdline")" = "$ENGINE_SUM" ] && calls "$PTRACE" 16902 "$ENGINE" 0 0',
  ],
  ['through the root of a process', ownProcesses, 'cat /proc/[0-9]*/root"$RUN"/secret | has'],
  ['through the folder of a process', ownProcesses, 'cat /proc/[0-9]*/cwd/secret | has'],
  ['through the descriptors of a process', ownProcesses, 'ls -l /proc/[0-9]*/fd | grep -qF "$RUN/secret"'],
  ['environments of other processes', cleanEnvironment, 'cat /proc/[0-9]*/environ | has'],
  ['environment of process 1', cleanEnvironment, 'has /proc/1/environ'],
  [
    'arguments of process 1',
    "bubblewrap's arguments go by descriptor",
    "tr '\\0' '\\n' </proc/1/cmdline | grep -qxF -e --ro-bind -e --bind -e --tmpfs",
  ],
  [
    'the run directory in the table of mounts',
    'nothing of the run directory is bound; the redacted task goes as text',
    'grep -qF "$RUN" /proc/self/mountinfo',
  ],
  [
    'names in the table of mounts',
    'nothing: the kernel shows where a cover lies, never what it covers',
    'grep -qF "$REFERENCE" /proc/self/mountinfo',
    'through',
  ],
  ['count the processes of the machine', 'an empty file covers /proc/stat', 'grep -q ^processes /proc/stat'],
  [
    "count the machine's activity",
    'empty files cover the counters of the whole machine',
    'for f in vmstat schedstat interrupts softirqs diskstats; do [ -n "$(head -c 1 "/proc/$f")" ] && exit 0; done; exit 1',
  ],
  [
    'list the keys of the machine',
    'empty files cover them',
    '[ -n "$(head -c 1 /proc/keys)" ] || [ -n "$(head -c 1 /proc/key-users)" ]',
  ],
  ['name the control group', 'a control group namespace', "grep -qv ':/$' /proc/self/cgroup"],
  [
    'belong to a session outside',
    '--new-session: no terminal, no keystrokes into one',
    'read -r stat </proc/self/stat; set -- ${stat##*) }; [ "$4" = 0 ]',
  ],
  ['open the terminal', '--new-session: no terminal', 'exec 9<>/dev/tty'],
]);

const network = shellAttacks('Network', [
  ['a service on the loopback address', 'a network namespace of its own', 'exec 9<>"/dev/tcp/127.0.0.1/$PORT"'],
  ['an interface beyond loopback', 'a network namespace of its own', 'grep -v "lo:" /proc/net/dev | grep -q ":"'],
  [
    'an abstract socket',
    'a network namespace of its own',
    `need perl; perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) or exit 1; exit(connect(S, pack_sockaddr_un("\\0$ARGV[0]")) ? 0 : 1)' "$ABSTRACT"`,
  ],
  [
    'a socket in a folder outside',
    absent,
    `need perl; perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) or exit 1; exit(connect(S, pack_sockaddr_un($ARGV[0])) ? 0 : 1)' "$SOCKET"`,
  ],
  [
    'a socket to the hypervisor',
    'a filter of system calls: no such family',
    `need perl; perl -e 'exit(socket(S, 40, 1, 0) ? 0 : 1)'`,
  ],
]);

const environment = shellAttacks('Environment', [
  ['a key in the environment', cleanEnvironment, 'env | has'],
  [
    'agents and tokens in the environment',
    cleanEnvironment,
    "env | grep -qE '^(SSH_|DBUS_|XDG_RUNTIME|AWS_|GITHUB_|VSCODE_|BELAY_)|TOKEN=|_KEY='",
  ],
  [
    'descriptors that were left open',
    'what would survive is closed before bubblewrap starts',
    'for f in /proc/$$/fd/*; do n=${f##*/}; [ "$n" -gt 2 ] && [ "$n" != 255 ] && [ -e "$f" ] && exit 0; done; exit 1',
  ],
  [
    'a folder through a descriptor',
    'what would survive is closed before bubblewrap starts',
    'cat /proc/self/fd/*/secret | has',
  ],
  ["the machine's name", 'a host name of its own', '[ "$(uname -n)" = "$MACHINE" ]'],
]);

export const machineAttacks: readonly Attack[] = [...files, ...processes, ...network, ...environment];
