/**
 * Job: bubblewrap's arguments for a shape. Deny by default: a fresh root that holds /usr, a few files of /etc, and what the
 * shape lists.
 * Boundary: looks at the disk (what exists, what is a link), starts nothing.
 * Rules: H2 neither run directory, nor held-out cases, nor the reference are there; what would bring them in is refused.
 *   H5 a build sees no case, a case sees a read-only build. B3 the folders in memory have sizes.
 */
import { readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unreachable } from '../../base/assert.ts';
import { agentArguments } from './agentArguments.ts';
import { maskCovers, type HandText } from './covers.ts';
import { isWithin, kindOf, realPathOrNull } from './look.ts';
import {
  inside,
  nothingMasked,
  SandboxRefused,
  type CommandLimits,
  type Place,
  type Shape,
  type View,
} from './shape.ts';

const mebibyte = 1024 * 1024;
export const temporaryBytes = {
  agent: 1024 * mebibyte,
  build: 1024 * mebibyte,
  case: 64 * mebibyte,
  cases: 64 * mebibyte,
  reference: 64 * mebibyte,
};
/** Per file; what is written in all is bounded only where the folder is in memory. */
const fileBytes = 1024 * mebibyte;
/** So that the watcher sees the limit passed and can name it, before the kernel refuses. */
const processesRoom = 8;
/** Address space is no measure of memory (Node needs 2 GiB to start): a backstop for one fast process between two looks. */
const addressBytesLeast = 8 * 1024 * mebibyte;

/** Small files are copied into the sandbox's own memory: a mount takes bubblewrap three times as long. */
const filesOfEtc = [
  ...['passwd', 'group', 'nsswitch.conf', 'ld.so.cache', 'ld.so.conf', 'localtime', 'ssl/openssl.cnf', 'mime.types'],
  ...['profile', 'bash.bashrc'],
].map((name) => `/etc/${name}`);
const foldersOfEtc = ['ld.so.conf.d', 'alternatives', 'ssl/certs', 'ca-certificates', 'perl'].map(
  (name) => `/etc/${name}`,
);

/** They count what the whole machine does (every process, every switch between two), so how many cases run (H1); its keys. */
const machineFacts = ['stat', 'vmstat', 'schedstat', 'interrupts', 'softirqs', 'diskstats', 'keys', 'key-users'].map(
  (name) => `/proc/${name}`,
);

/** The environment of every command, and of bubblewrap itself: its pid 1 shows the one that it was started with. */
export function cleanEnvironment(toolchains: readonly string[]): Record<string, string> {
  const programs = toolchains.map((folder) => join(folder, 'bin')).filter((folder) => kindOf(folder) === 'folder');
  return {
    PATH: [...programs, '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'].join(':'),
    HOME: inside.home,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    TMPDIR: '/tmp',
    NO_COLOR: '1',
  };
}

/** What bubblewrap is given beside the command. */
export interface Profile {
  /** Up to `--`. They go by descriptor, so that no name of a mask stands in a command line. */
  readonly args: string[];
  /** What it reads from the descriptors beginning with `firstHanded`, in this order. */
  readonly handed: readonly Handed[];
}

/** A text, or a file of this machine by its path. */
export type Handed =
  { readonly text: string; readonly file?: never } | { readonly file: string; readonly text?: never };

/** @throws SandboxRefused when the shape would show what must not be seen, or a path was replaced by a link. */
export function profileOf(shape: Shape, firstHanded: number): Profile {
  if (shape.kind === 'agent') refuseMovedPlace(shape.workspace);
  const shown = shownSecret(shape);
  // H1: the agent reads this message, so it does not say what would be shown.
  if (shown)
    throw new SandboxRefused(
      `a command may not be given ${shown.folder}: it holds or leads to what no command may see`,
    );
  const handed: Handed[] = [];
  const hand = (one: Handed) => String(firstHanded + handed.push(one) - 1);
  const args = [
    ...baseArguments(),
    ...filesOfEtc.filter(isThere).flatMap((file) => ['--perms', '0444', '--file', hand({ file }), file]),
    ...(shape.kind === 'cases' ? nestingArguments() : sealedKernel()),
    '--size',
    String(temporaryBytes[shape.kind]),
    '--tmpfs',
    '/tmp',
    '--dir',
    inside.home,
  ];
  args.push(...variableTemporary(shape), '--dir', '/run');
  // one that is not there was told as a warning; it must not stop every command
  for (const folder of shape.toolchains) args.push('--ro-bind-try', folder, folder);
  args.push(...ownArguments(shape, (text) => hand({ text })));
  // last, when every mount point exists; the folders in memory above stay as they are, being mounts of their own
  args.push('--remount-ro', '/');
  return { args, handed };
}

/** A link to /tmp, but a folder in memory of its own where something is bound below it: nothing is made through a link. */
function variableTemporary(shape: Shape): string[] {
  if (!boundFolders(shape).some((path) => isWithin(path, '/var/tmp'))) return ['--symlink', '/tmp', '/var/tmp'];
  return ['--size', String(temporaryBytes[shape.kind]), '--tmpfs', '/var/tmp'];
}

/** A limit that the kernel holds for each process: its name for prlimit, its number, its value. */
type KernelLimit = readonly [
  name: 'cpu' | 'as' | 'nproc' | 'fsize' | 'nofile' | 'core',
  resource: number,
  value: number,
];

/** The sums are watched from outside. */
export function kernelLimits(limits: CommandLimits): readonly KernelLimit[] {
  return [
    ['cpu', 0, Math.ceil(limits.wallMs / 1000) + 1],
    ['as', 9, Math.max(addressBytesLeast, limits.memoryMb * 4 * mebibyte)],
    ['nproc', 6, limits.processes + processesRoom],
    ['fsize', 1, fileBytes],
    ['nofile', 7, 1024],
    ['core', 4, 0],
  ];
}

/** Runs the command under these limits. */
export function limitedCommand(command: readonly string[], limits: CommandLimits): string[] {
  return ['prlimit', ...kernelLimits(limits).map(([name, , value]) => `--${name}=${String(value)}`), '--', ...command];
}

const shell = '/bin/sh';
let shellLimits: boolean | undefined;

/** The same with standard error going where standard output goes, in true order; by one shell, where that can set limits. */
export function joinedCommand(command: readonly string[], limits: CommandLimits): string[] {
  const join = 'exec "$@" 2>&1';
  shellLimits ??= ['dash', 'bash'].includes(basename(realPathOrNull(shell) ?? ''));
  if (!shellLimits) return limitedCommand([shell, '-c', join, 'sh', ...command], limits);
  const set = kernelLimits(limits).map(([name, , value]) => shellLimit(name, value));
  const script = `{ ${set.join(' && ')}; } || { echo "bwrap: the limits could not be set" >&2; exit 1; }; ${join}`;
  return [shell, '-c', script, 'sh', ...command];
}

/** dash knows the number of processes as -p, bash as -u; sizes are in KiB, of files in 512 bytes. */
function shellLimit(name: KernelLimit[0], value: number): string {
  const ulimit = (letter: string, number: number) => `ulimit -${letter} ${String(number)}`;
  switch (name) {
    case 'cpu':
      return ulimit('t', value);
    case 'as':
      return ulimit('v', Math.ceil(value / 1024));
    case 'nproc':
      return `{ ${ulimit('p', value)} 2>/dev/null || ${ulimit('u', value)}; }`;
    case 'fsize':
      return ulimit('f', Math.ceil(value / 512));
    case 'nofile':
      return ulimit('n', value);
    case 'core':
      return ulimit('c', value);
    default:
      return unreachable(name, 'limit');
  }
}

/** The folder as it is now, to be compared with before each command. */
export function placeOf(path: string): Place {
  const real = realpathSync(path);
  const { dev, ino } = statSync(real);
  return { path: real, device: dev, inode: ino };
}

/** What of the profile no task changes, as a text: where it is another one, what was found about it holds no more. */
export function profileText(): string {
  const shape = { kind: 'reference', mask: nothingMasked, toolchains: [], never: [], needs: [], folder: null } as const;
  const limits = { wallMs: 1000, outputBytes: 1, memoryMb: 1, processes: 1 };
  return JSON.stringify([profileOf(shape, 0).args, joinedCommand([], limits), cleanEnvironment([])]);
}

const isThere = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

let base: readonly string[] | undefined;

/** What no shape changes; looked up once, as the system's own folders stay. */
function baseArguments(): readonly string[] {
  base ??= [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--hostname',
    'box',
    '--ro-bind',
    '/usr',
    '/usr',
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap(systemFolder),
    ...foldersOfEtc.flatMap((path) => ['--ro-bind-try', path, path]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--size',
    String(64 * mebibyte),
    '--tmpfs',
    '/dev/shm',
    ...['/dev', '/dev/pts'].flatMap((path) => ['--remount-ro', path]),
  ];
  return base;
}

/** What closes the kernel's own doors; where cases have namespaces of their own, the supervisor closes them for each. */
const sealedKernel = (): string[] => [
  '--disable-userns',
  ...['--ro-bind', '/proc/sys', '/proc/sys'],
  ...maskedOfProc().flatMap((path) => ['--ro-bind', '/dev/null', path]),
];

/** What stands masked in each /proc. */
export const maskedOfProc = (): readonly string[] => machineFacts.filter((path) => kindOf(path) !== null);

/**
 * The kernel lets a new /proc be mounted only beside one that nothing covers, and maps root only for who may set file
 * capabilities. bubblewrap covers parts of /proc for root, so that a whole one has to be there, out of reach.
 */
function nestingArguments(): string[] {
  if (process.getuid?.() !== 0) return [];
  const out = '/belay/out';
  return ['--cap-add', 'CAP_SETFCAP', '--ro-bind', '/proc', `${out}/proc`, '--tmpfs', out, '--remount-ro', out];
}

/** /bin and the like: links into /usr on a merged system, folders of their own on others. */
function systemFolder(path: string): string[] {
  const kind = kindOf(path);
  if (kind === 'link') return ['--symlink', readlinkSync(path), path];
  return kind === 'folder' ? ['--ro-bind', path, path] : [];
}

function ownArguments(shape: Shape, hand: HandText): string[] {
  switch (shape.kind) {
    case 'agent':
      return agentArguments(shape, hand);
    case 'build':
      return ['--bind', shape.folder, inside.build, ...maskArguments(shape), '--chdir', inside.build];
    case 'case': {
      const own =
        shape.folder === null
          ? [...folderInMemory(), ...shape.entries.flatMap(linkToBuild)]
          : ['--bind', shape.folder, inside.case];
      return ['--ro-bind', shape.build, inside.build, ...own, ...maskArguments(shape), '--chdir', inside.case];
    }
    case 'cases': {
      const prepared = ['--bind', shape.folders, inside.cases];
      return ['--ro-bind', shape.build, inside.build, '--dir', inside.case, ...prepared, ...maskArguments(shape)];
    }
    case 'reference': {
      const own = shape.folder === null ? folderInMemory() : ['--bind', shape.folder, inside.case];
      return [...shape.needs.flatMap((path) => ['--ro-bind', path, path]), ...own, '--chdir', inside.case];
    }
    default:
      return unreachable(shape, 'shape');
  }
}

const maskArguments = (shape: View) => maskCovers(shape, []).flatMap((cover) => cover.args);

const folderInMemory = () => ['--size', String(temporaryBytes.case), '--tmpfs', inside.case];
const linkToBuild = (name: string) => ['--symlink', `${inside.build}/${name}`, `${inside.case}/${name}`];

function boundFolders(shape: Shape): string[] {
  const own = shape.kind === 'agent' ? [shape.workspace.path] : shape.kind === 'reference' ? shape.needs : [];
  return ['/usr', ...shape.toolchains, ...own];
}

/** What of `never` a bound folder would show, for the supervisor's eyes; null: nothing. */
export function shownSecret(shape: Shape): { readonly folder: string; readonly secret: string } | null {
  const real = (path: string) => realPathOrNull(path) ?? path; // bubblewrap follows links when it binds
  for (const bound of boundFolders(shape)) {
    for (const folder of [bound, real(bound)]) {
      const secret = [...shape.never, ...shape.never.map(real)].find((s) => isWithin(s, folder) || isWithin(folder, s));
      if (secret !== undefined) return { folder: bound, secret };
    }
  }
  return null;
}

function refuseMovedPlace(place: Place): void {
  const stat = realPathOrNull(place.path) === place.path ? statSync(place.path) : null;
  if (stat?.dev === place.device && stat.ino === place.inode) return;
  throw new SandboxRefused(`${place.path} is no longer the folder that the run began in`);
}
