/**
 * Job: attacks on the kernel's interfaces, and on the walls that bubblewrap puts up.
 * Rules: H1, H2, H5. What would change the machine is only asked for (`[ -w … ]`), never done.
 */
import { shellAttacks, type Attack } from './attack.ts';

const filter = 'a filter of system calls answers ENOSYS';
const ownDevices = 'a /dev of its own: null, zero, full, random, tty';
const readOnlyProc = '/proc/sys is bound read-only';
const ownQueues = 'an IPC namespace of its own';
const limits = 'hard limits, set in the sandbox';
const noCapabilities = 'all capabilities are dropped';
const noNamespaces = '--disable-userns: no namespace in the namespace';

const kernel = shellAttacks('Kernel', [
  ['core_pattern: a program of the host at the next crash', readOnlyProc, '[ -w /proc/sys/kernel/core_pattern ]'],
  ['kernel settings', readOnlyProc, '[ -w /proc/sys/vm/drop_caches ] || [ -w /proc/sys/kernel/hostname ]'],
  ['the magic key', 'bubblewrap covers it', '[ -w /proc/sysrq-trigger ]'],
  ["the kernel's memory", ownDevices, 'any /dev/mem /dev/port || head -c 1 /proc/kcore | grep -qa .'],
  ["the kernel's log", noCapabilities, 'need dmesg; dmesg | grep -q . || [ -e /dev/kmsg ]'],
  ['disks', ownDevices, 'find /dev -type b | grep -q .'],
  [
    'devices of virtual machines and file systems',
    ownDevices,
    'any /dev/fuse /dev/kvm /dev/net/tun /dev/vsock /dev/vhost-vsock /dev/loop-control',
  ],
  ['write a device', '/dev is mounted read-only', 'touch /dev/belay-self-test'],
  [
    'change the mode of a device',
    'to root the devices are mounts that are read-only; to others they do not belong',
    'chmod "$(stat -c %a /dev/null)" /dev/null',
  ],
  ['files in shared memory', ownDevices, '[ -e "/dev/shm/$SHM" ]'],
  [
    'segments of shared memory',
    'an IPC namespace of its own',
    'need ipcs; [ -n "$SEGMENT" ] || exit 77; ipcs -m | grep -qw "$SEGMENT"',
  ],
  [
    'a segment from one command to the next',
    'an IPC namespace of its own',
    [
      "need ipcmk; ipcmk -M 64 | grep -o '[0-9]*$' >segment",
      'id=$(cat segment); rm segment; ipcs -m | grep -qw "$id" && ipcrm -m "$id"',
    ],
  ],
  [
    'message queues of System V',
    ownQueues,
    'need ipcs; [ -n "$QUEUE" ] || exit 77; ipcs -q | awk \'$2 == id { found = 1 } END { exit !found }\' id="$QUEUE"',
  ],
  [
    'a message queue from one command to the next',
    ownQueues,
    [
      "need ipcmk; ipcmk -Q | grep -o '[0-9]*$' >queue",
      'id=$(cat queue); rm queue; ipcs -q | awk \'$2 == id { found = 1 } END { exit !found }\' id="$id" && ipcrm -q "$id"',
    ],
  ],
  ['message queues of POSIX', ownQueues, '[ -n "$POSIX_QUEUE" ] || exit 77; calls "$MQ_OPEN" "$POSIX_QUEUE" 0 0 0'],
  [
    'a POSIX message queue from one command to the next',
    ownQueues,
    [
      'calls "$MQ_OPEN" belay-self-test 66 384 0',
      'calls "$MQ_OPEN" belay-self-test 0 0 0; r=$?; calls "$MQ_UNLINK" belay-self-test; exit $r',
    ],
  ],
  ['push keystrokes into a terminal', filter, 'reaches "$IOCTL" -1 21522 0'],
  ['the session keyring', filter, 'calls "$KEYCTL" 0 -3 0'],
  [
    'a key from one command to the next',
    filter,
    [
      'calls "$ADD_KEY" user belay-self-test x 1 -3',
      `need perl; perl -e 'my $k = syscall($ARGV[0] + 0, 10, -3, "user", "belay-self-test", 0); exit 1 if $k < 0; syscall($ARGV[0] + 0, 3, $k)' "$KEYCTL"`,
    ],
  ],
  ['io_uring', filter, 'reaches "$IO_URING" 0 0'],
  ['bpf', filter, 'reaches "$BPF" 0 0 0'],
  ['performance counters', filter, 'reaches "$PERF" 0 0 -1 -1 0'],
  ['userfaultfd', filter, 'reaches "$USERFAULT" 0'],
  ['watch the files of /usr', filter, 'reaches "$INOTIFY" 0'],
  ['watch a whole mount', filter, 'reaches "$FANOTIFY" 0 0'],
  ['ask which pages of a file are in memory', filter, 'reaches "$MINCORE" 0 0 0'],
  ['read only what is in memory', filter, 'reaches "$PREADV2" -1 0 0 0 0 0'],
  ['ask for the state of the page cache', filter, 'reaches "$CACHESTAT" -1 0 0 0'],
  ['drop pages from memory', filter, 'reaches "$FADVISE" -1 0 0 4'],
  ['count processes by the number of a handle', filter, 'reaches "$PIDFD_OPEN" 1 0'],
  ['count processes by the handle of a child', filter, 'reaches "$CLONE" 4113 0 0 0 0'],
  ['count processes by the handle of a child, in the newer way', filter, 'reaches "$CLONE3" 0 0'],
  ['count processes by the handle of a peer', filter, 'reaches "$GETSOCKOPT" -1 1 77 0 0'],
  ['count mounts by the number of one', filter, 'reaches "$STATX" -100 / 0 16384 0'],
  ['count mounts by the handle of a file', filter, 'reaches "$NAME_TO_HANDLE" -100 / 0 0 1'],
  ['count mounts by asking for one', filter, 'reaches "$STATMOUNT" 0 0 0 0'],
  ['count mount namespaces by the number of one', filter, 'reaches "$IOCTL" -1 2148054789 0'],
  ['count network namespaces by the number of one', filter, 'reaches "$GETSOCKOPT" -1 1 71 0 0'],
  ['leave a core dump', limits, 'ulimit -c unlimited && [ "$(ulimit -c)" = unlimited ]'],
  ['unlimited files', limits, '[ "$(ulimit -f)" = unlimited ]'],
  ['unlimited processes', limits, '[ "$(ulimit -u)" = unlimited ] || [ "$(ulimit -u)" -gt 5000 ]'],
  ['gain rights from a set-user-ID program', 'no_new_privs', "grep -q '^NoNewPrivs:[[:space:]]*0' /proc/self/status"],
  ['capabilities', noCapabilities, "grep -E '^Cap(Prm|Eff|Bnd|Amb):' /proc/self/status | grep -qv '0000000000000000'"],
  ['calls that no filter sees', filter, "grep -q '^Seccomp:[[:space:]]*0' /proc/self/status"],
]);

const handle = `need perl; perl -e '
my $h = pack("L L x128", 128, 0); my $m = pack("i", 0);
syscall($ARGV[0] + 0, -100, $ARGV[2], $h, $m, 0) == 0 or exit 1;
open(my $f, "<", $ARGV[2]) or exit 1;
exit(syscall($ARGV[1] + 0, fileno($f), $h, 0) >= 0 ? 0 : 1)' "$NAME_TO_HANDLE" "$OPEN_BY_HANDLE" "$WS"`;

const namespaces = shellAttacks('Namespaces and mounts', [
  ['a new user namespace', noNamespaces, 'need unshare; unshare -U true'],
  ['a new user namespace as its root', noNamespaces, 'need unshare; unshare -Ur true'],
  ['a new user namespace by system call', noNamespaces, 'calls "$UNSHARE" 268435456'],
  ['a new mount namespace', noCapabilities, 'need unshare; unshare -m true'],
  ['bubblewrap in bubblewrap', noNamespaces, 'need bwrap; bwrap --ro-bind / / true'],
  ['unmount the cover of the task file', noCapabilities, 'need umount; umount "$WS/belay.json"'],
  ['unmount the cover of the history', noCapabilities, 'need umount; umount "$WS/.git"'],
  ['unmount the cover of the reference', noCapabilities, 'need umount; umount "$REFERENCE"'],
  ['unmount lazily', noCapabilities, 'need umount; umount -l /proc/sys'],
  ['remount /usr writable', noCapabilities, 'need mount; mount -o remount,rw,bind /usr'],
  ['bind a folder elsewhere', noCapabilities, 'need mount; mkdir -p /tmp/m; mount --bind "$WS" /tmp/m'],
  ['a file system in memory', noCapabilities, 'need mount; mkdir -p /tmp/m; mount -t tmpfs none /tmp/m'],
  [
    'an overlay over the workspace',
    noCapabilities,
    'need mount; mkdir -p /tmp/u /tmp/w /tmp/m; mount -t overlay -o "lowerdir=$WS,upperdir=/tmp/u,workdir=/tmp/w" none /tmp/m',
  ],
  ['a fresh /proc', noCapabilities, 'need mount; mkdir -p /tmp/p; mount -t proc none /tmp/p'],
  ['control groups', noCapabilities, '[ -e /sys/fs/cgroup ] || { mkdir -p /tmp/c; mount -t cgroup2 none /tmp/c; }'],
  ['clone a mount', noCapabilities, 'calls "$OPEN_TREE" -100 / 1'],
  ['open a file system', noCapabilities, 'calls "$FSOPEN" tmpfs 0'],
  ['open a file by its handle', noCapabilities, handle],
  ['enter the namespaces of process 1', noCapabilities, 'need nsenter; nsenter --target 1 --mount --uts true'],
  ['change the root', noCapabilities, 'chroot / true'],
  ['make a device', noCapabilities, 'mknod /tmp/d b 254 0'],
  ['set the host name', noCapabilities, 'need hostname; hostname belay-self-test'],
]);

export const kernelAttacks: readonly Attack[] = [...kernel, ...namespaces];
