/**
 * Job: every number of a system call that the sandbox is built with is the kernel's, on machines too that no test runs on; and the
 * filter answers what it is meant to, run instruction by instruction.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seccompFilter } from '../../../src/engine/sandbox/seccomp.ts';
import { callNumber } from '../../../src/engine/selfTest/words.ts';

const machines = ['x64', 'arm64'] as const;
type Machine = (typeof machines)[number];

/** By name; null where the machine has no such call. */
const published = new Map(
  readFileSync(join(import.meta.dirname, 'systemCalls.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', ...numbers] = line.split(' ');
      const [x64, arm64] = numbers.map((number) => (number === '-' ? null : Number(number)));
      return [name, { x64: x64 ?? null, arm64: arm64 ?? null }] as const;
    }),
);

function numberOf(name: string, machine: Machine): number | null {
  const numbers = published.get(name);
  if (numbers === undefined) throw new Error(`the table has no ${name}`);
  return numbers[machine];
}

/** AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 of linux/audit.h. */
const audit = { x64: 0xc000003e, arm64: 0xc00000b7 };
const [allowed, noSuchCall] = [0x7fff0000, 0x00050026];

interface Call {
  readonly audit: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** Classic BPF as far as the filter uses it: a load of a word, jumps, a return. */
function answer(filter: Buffer, { audit, number, args = [0, 0, 0, 0, 0, 0] }: Call): number {
  const words = new Map([[0, number], [4, audit], ...args.map((value, i): [number, number] => [16 + 8 * i, value])]);
  let loaded = 0;
  for (let at = 0; at * 8 < filter.length; at++) {
    const [code, yes, no] = [filter.readUInt16LE(at * 8), filter.readUInt8(at * 8 + 2), filter.readUInt8(at * 8 + 3)];
    const value = filter.readUInt32LE(at * 8 + 4);
    if (code === 0x06) return value;
    if (code === 0x20) {
      const word = words.get(value);
      if (word === undefined) throw new Error(`loads from ${String(value)}`);
      loaded = word;
    } else if (code === 0x54) loaded &= value;
    else if (code === 0x15) at += loaded === value ? yes : no;
    else if (code === 0x35) at += loaded >= value ? yes : no;
    else throw new Error(`instruction ${String(code)}`);
  }
  throw new Error('runs over its end');
}

const denied = [
  ...['add_key', 'request_key', 'keyctl', 'perf_event_open', 'bpf', 'userfaultfd'],
  ...['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'inotify_init', 'inotify_init1', 'fanotify_init'],
  ...['mincore', 'preadv2', 'cachestat', 'fadvise64', 'pidfd_open', 'clone3', 'statmount', 'listmount'],
];

describe.each(machines)('the filter of system calls for %s', (machine) => {
  const filter = seccompFilter(machine) ?? Buffer.alloc(0);
  const ask = (number: number, args?: readonly number[]) =>
    answer(filter, { audit: audit[machine], number, ...(args && { args }) });

  it('H1, H5: denies the calls that it names, by the numbers of the kernel, and no other', () => {
    const numbers = denied.map((name) => numberOf(name, machine)).filter((number) => number !== null);
    const found = Array.from({ length: 1024 }, (_, number) => number).filter((number) => ask(number) !== allowed);
    expect(found).toEqual(numbers.sort((a, b) => a - b));
    expect(ask(numbers[0] ?? 0)).toBe(noSuchCall);
  });

  it('H2: denies sockets to the hypervisor and keystrokes for a terminal, and no others', () => {
    const [socket, ioctl] = [numberOf('socket', machine) ?? 0, numberOf('ioctl', machine) ?? 0];
    for (const family of [1, 2, 10, 16]) expect(ask(socket, [family, 40])).toBe(allowed);
    expect(ask(socket, [40, 1])).toBe(noSuchCall);
    for (const request of [0x5401, 0x5413, 40]) expect(ask(ioctl, [40, request])).toBe(allowed);
    for (const request of [0x5412, 0x541c]) expect(ask(ioctl, [0, request])).toBe(noSuchCall);
  });

  it.each<[name: string, denied: readonly (readonly number[])[], allowed: readonly (readonly number[])[]]>([
    ['clone', [[0x1011], [0x1000]], [[0x11], [0x003d0f00]]],
    ['statx', [[0, 0, 0, 0x4fff]], [[0x4000, 0, 0x4000, 0x1fff]]],
    ['name_to_handle_at', [[0, 0, 0, 0, 0x401]], [[1, 1, 1, 1, 0x400]]],
    [
      'ioctl',
      [
        [0, 0xb701],
        [0, 0x8008b705],
      ],
      [[0xb701, 0x5401]],
    ],
    ['getsockopt', [[3, 1, 77], [3, 1, 71]], [[3, 41, 77], [3, 1, 17], [77, 1, 4]]], // prettier-ignore
    ['setsockopt', [[3, 1, 76]], [[3, 41, 76], [3, 1, 77]]], // prettier-ignore
  ])(
    'H1: denies of %s what counts processes, mounts or namespaces of the machine, and nothing else',
    (name, no, yes) => {
      const call = numberOf(name, machine) ?? 0;
      const padded = (args: readonly number[]) => [...args, 0, 0, 0, 0, 0];
      for (const args of no) expect(ask(call, padded(args)), String(args)).toBe(noSuchCall);
      for (const args of yes) expect(ask(call, padded(args)), String(args)).toBe(allowed);
    },
  );

  it('H2: denies every call of another machine, and of its older kinds', () => {
    for (const other of [0x40000003, audit[machine === 'x64' ? 'arm64' : 'x64']])
      expect(answer(filter, { audit: other, number: 1 })).toBe(noSuchCall);
    expect(ask(0x40000001)).toBe(noSuchCall);
  });

  it('H2: a filter with another number lets its call through (sabotaged: the check can fail)', () => {
    const [call = 0] = denied.map((name) => numberOf(name, machine) ?? 0);
    const changed = Buffer.from(filter);
    for (let at = 0; at < changed.length; at += 8)
      if (changed.readUInt16LE(at) === 0x15 && changed.readUInt32LE(at + 4) === call)
        changed.writeUInt32LE(1000, at + 4);
    expect(answer(changed, { audit: audit[machine], number: call })).toBe(allowed);
  });
});

describe('numbers of system calls elsewhere', () => {
  it.each(machines)('those of the self-test are the kernel’s for %s', (machine) => {
    const names = {
      ...{ ADD_KEY: 'add_key', KEYCTL: 'keyctl', PERF: 'perf_event_open', BPF: 'bpf', USERFAULT: 'userfaultfd' },
      ...{ IO_URING: 'io_uring_setup', INOTIFY: 'inotify_init1', FANOTIFY: 'fanotify_init', MINCORE: 'mincore' },
      ...{ PREADV2: 'preadv2', CACHESTAT: 'cachestat', FADVISE: 'fadvise64', PTRACE: 'ptrace', UNSHARE: 'unshare' },
      ...{ OPEN_TREE: 'open_tree', FSOPEN: 'fsopen', NAME_TO_HANDLE: 'name_to_handle_at' },
      ...{ OPEN_BY_HANDLE: 'open_by_handle_at', IOCTL: 'ioctl', MQ_OPEN: 'mq_open', MQ_UNLINK: 'mq_unlink' },
      ...{ PIDFD_OPEN: 'pidfd_open', CLONE: 'clone', CLONE3: 'clone3', STATX: 'statx', STATMOUNT: 'statmount' },
      ...{ GETSOCKOPT: 'getsockopt' },
    };
    const told = Object.keys(names).map((name) => callNumber(name, machine));
    expect(told).toEqual(Object.values(names).map((name) => numberOf(name, machine)));
  });

  it.each(['guard.pl', 'caseSupervisor.pl'])('those of %s are the kernel’s', (file) => {
    const text = readFileSync(join(import.meta.dirname, '../../../src/engine/sandbox', file), 'utf8');
    const longer: Readonly<Record<string, string>> = { exit: 'exit_group', prlimit: 'prlimit64' };
    for (const machine of machines) {
      const row = new RegExp(`^ +${machine} +=> \\{(.*)\\},$`, 'm').exec(text)?.[1] ?? '';
      const pairs = [...row.matchAll(/(\w+) => (\d+)/g)].map(
        ([, name = '', number]) => [name, Number(number)] as const,
      );
      expect(pairs.length).toBeGreaterThan(2);
      for (const [name, number] of pairs)
        expect([name, number]).toEqual([name, numberOf(longer[name] ?? name, machine)]);
    }
  });
});
