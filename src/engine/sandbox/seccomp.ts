/**
 * Job: a filter of system calls that bubblewrap loads (`--seccomp`): kernel keyrings, which outlive a sandbox and would
 * carry state from one case to the next, wide interfaces of the kernel that no rebuilt program needs, what tells who else
 * reads the files of /usr, which all sandboxes share (watches, looks into the page cache or control of it), sockets to
 * the hypervisor, which no network namespace holds back, and keystrokes pushed into a terminal.
 * Boundary: bytes of classic BPF for x64 and arm64; other machines get none, which is no hole in the seal.
 * Rules: H1 no case is known by the files that its candidate opened. H5 nothing that a case writes survives it.
 */

interface Machine {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
  /**
   * add_key, request_key, keyctl, perf_event_open, bpf, userfaultfd, io_uring_{setup,enter,register}; then inotify_init (x64
   * alone has it), inotify_init1, fanotify_init, mincore, preadv2, cachestat, fadvise64. libc makes do without preadv2.
   */
  readonly denied: readonly number[];
  readonly socket: number;
  readonly ioctl: number;
}

const machines: Readonly<Partial<Record<string, Machine>>> = {
  x64: {
    audit: 0xc000003e,
    denied: [248, 249, 250, 298, 321, 323, 425, 426, 427, 253, 294, 300, 27, 327, 451, 221],
    socket: 41,
    ioctl: 16,
  },
  arm64: {
    audit: 0xc00000b7,
    denied: [217, 218, 219, 241, 280, 282, 425, 426, 427, 26, 262, 232, 286, 451, 223],
    socket: 198,
    ioctl: 29,
  },
};

const load = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jumpIfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const giveBack = 0x06; // BPF_RET | BPF_K
const allow = 0x7fff0000;
const hypervisor = 40; // AF_VSOCK
const [pushInput, steerConsole] = [0x5412, 0x541c]; // TIOCSTI, TIOCLINUX
const noSuchCall = 0x00050000 | 38; // SECCOMP_RET_ERRNO | ENOSYS
/** Numbers from here on are the x32 variants of x64's calls, which would pass a list of plain numbers. */
const x32 = 0x40000000;

/** The filter for this machine, or null where none is known. Foreign-architecture calls get ENOSYS too. */
export function seccompFilter(arch: string): Buffer | null {
  const machine = machines[arch];
  if (machine === undefined) return null;
  const tests = machine.denied.length;
  const last = 7; // instructions between the tests and `allow`
  const program: [code: number, yes: number, no: number, value: number][] = [
    [load, 0, 0, 4],
    [jumpIfEqual, 0, tests + last + 3, machine.audit],
    [load, 0, 0, 0],
    [jumpIfAtLeast, tests + last + 1, 0, x32],
    ...machine.denied.map((call, i): [number, number, number, number] => [jumpIfEqual, tests + last - i, 0, call]),
    [jumpIfEqual, 0, 2, machine.socket],
    [load, 0, 0, 16], // the lower half of its first argument, the family
    [jumpIfEqual, 5, 4, hypervisor],
    [jumpIfEqual, 0, 3, machine.ioctl],
    [load, 0, 0, 24], // the lower half of its second argument, all that the kernel looks at
    [jumpIfEqual, 2, 0, pushInput],
    [jumpIfEqual, 1, 0, steerConsole],
    [giveBack, 0, 0, allow],
    [giveBack, 0, 0, noSuchCall],
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
