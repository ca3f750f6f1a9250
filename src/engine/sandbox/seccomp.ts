/**
 * Job: a filter of system calls that bubblewrap loads (`--seccomp`): kernel keyrings, which outlive a sandbox and would
 * carry state from one case to the next, wide interfaces of the kernel that no rebuilt program needs, what tells who else
 * reads the files of /usr, which all sandboxes share (watches, looks into the page cache or control of it), numbers that count
 * the processes, mounts and namespaces of the whole machine, sockets to the hypervisor, which no network namespace holds back,
 * and keystrokes pushed into a terminal.
 * Boundary: bytes of classic BPF for x64 and arm64; other machines get none, which is no hole in the seal.
 * Rules: H1 no case is known by the files that its candidate opened, nor are cases counted by what running them used up.
 *   H5 nothing that a case writes survives it.
 */

/** Numbers of one machine. */
interface Machine {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
  /**
   * add_key, request_key, keyctl, perf_event_open, bpf, userfaultfd, io_uring_{setup,enter,register}; then inotify_init (x64
   * alone has it), inotify_init1, fanotify_init, mincore, preadv2, cachestat, fadvise64; then pidfd_open, clone3, statmount,
   * listmount. libc makes do without preadv2 and clone3.
   */
  readonly denied: readonly number[];
  readonly socket: number;
  readonly ioctl: number;
  readonly clone: number;
  readonly statx: number;
  readonly nameToHandle: number;
  readonly getsockopt: number;
  readonly setsockopt: number;
}

const counting = [434, 435, 457, 458] as const;
const machines: Readonly<Partial<Record<string, Machine>>> = {
  x64: {
    audit: 0xc000003e,
    denied: [248, 249, 250, 298, 321, 323, 425, 426, 427, 253, 294, 300, 27, 327, 451, 221, ...counting],
    socket: 41,
    ioctl: 16,
    clone: 56,
    statx: 332,
    nameToHandle: 303,
    getsockopt: 55,
    setsockopt: 54,
  },
  arm64: {
    audit: 0xc00000b7,
    denied: [217, 218, 219, 241, 280, 282, 425, 426, 427, 26, 262, 232, 286, 451, 223, ...counting],
    socket: 198,
    ioctl: 29,
    clone: 220,
    statx: 291,
    nameToHandle: 264,
    getsockopt: 209,
    setsockopt: 208,
  },
};

/** What an argument of a call must be: `value`, where only the bits of `mask` are looked at. */
type Condition = readonly [argument: number, value: number, mask?: number];

const hypervisor = 40; // AF_VSOCK
const [pushInput, steerConsole] = [0x5412, 0x541c]; // TIOCSTI, TIOCLINUX
const [ofNamespaces, ioctlType] = [0xb700, 0xff00]; // NSIO
const withPidfd = 0x1000; // CLONE_PIDFD
const uniqueMountId = 0x4000; // STATX_MNT_ID_UNIQUE
const uniqueMountIdOfHandle = 1; // AT_HANDLE_MNT_ID_UNIQUE
const [ofSockets, netCookie, passPidfd, peerPidfd] = [1, 71, 76, 77]; // SOL_SOCKET, SO_NETNS_COOKIE, SO_PASSPIDFD, SO_PEERPIDFD

/** Calls that are denied where their arguments are such. */
const deniedWhere = (machine: Machine): readonly (readonly [call: number, ...conditions: Condition[]])[] => [
  [machine.socket, [0, hypervisor]],
  [machine.ioctl, [1, pushInput]],
  [machine.ioctl, [1, steerConsole]],
  [machine.ioctl, [1, ofNamespaces, ioctlType]],
  [machine.clone, [0, withPidfd, withPidfd]],
  [machine.statx, [3, uniqueMountId, uniqueMountId]],
  [machine.nameToHandle, [4, uniqueMountIdOfHandle, uniqueMountIdOfHandle]],
  [machine.getsockopt, [1, ofSockets], [2, netCookie]],
  [machine.getsockopt, [1, ofSockets], [2, peerPidfd]],
  [machine.setsockopt, [1, ofSockets], [2, passPidfd]],
];

const load = 0x20; // BPF_LD | BPF_W | BPF_ABS
const and = 0x54; // BPF_ALU | BPF_AND | BPF_K
const jumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jumpIfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const giveBack = 0x06; // BPF_RET | BPF_K
const allow = 0x7fff0000;
const noSuchCall = 0x00050000 | 38; // SECCOMP_RET_ERRNO | ENOSYS
/** Numbers from here on are the x32 variants of x64's calls, which would pass a list of plain numbers. */
const x32 = 0x40000000;
/** Where struct seccomp_data has them; of an argument the lower half, which is all that the kernel looks at in these. */
const [callAt, machineAt] = [0, 4];
const argumentAt = (argument: number) => 16 + 8 * argument;

type Instruction = readonly [code: number, yes: number, no: number, value: number];

/** The filter for this machine, or null where none is known. Foreign-architecture calls get ENOSYS too. */
export function seccompFilter(arch: string): Buffer | null {
  const machine = machines[arch];
  if (machine === undefined) return null;
  const deny: Instruction = [giveBack, 0, 0, noSuchCall];
  const program: Instruction[] = [
    [load, 0, 0, machineAt],
    [jumpIfEqual, 1, 0, machine.audit],
    deny,
    [load, 0, 0, callAt],
    [jumpIfAtLeast, 0, 1, x32],
    deny,
    ...machine.denied.flatMap((call): Instruction[] => [[jumpIfEqual, 0, 1, call], deny]),
    ...deniedWhere(machine).flatMap(([call, ...conditions]) => [
      ...whereAll([[callAt, call, null] as const, ...conditions.map(atOffset)]),
      deny,
    ]),
    [giveBack, 0, 0, allow],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, yes, no, value], i) => {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(yes, i * 8 + 2);
    bytes.writeUInt8(no, i * 8 + 3);
    bytes.writeUInt32LE(value, i * 8 + 4);
  });
  return bytes;
}

type WordTest = readonly [offset: number, value: number, mask: number | null];

const atOffset = ([argument, value, mask]: Condition): WordTest => [argumentAt(argument), value, mask ?? null];

/** Goes on with the next instruction where all hold, else with the one after it. */
function whereAll(tests: readonly WordTest[]): Instruction[] {
  let program: Instruction[] = [];
  for (const [offset, value, mask] of tests.toReversed()) {
    const masked: Instruction[] = mask === null ? [] : [[and, 0, 0, mask]];
    program = [[load, 0, 0, offset], ...masked, [jumpIfEqual, 0, program.length + 1, value], ...program];
  }
  return program;
}
