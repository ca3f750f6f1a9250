/**
 * Job: bubblewrap's arguments for a shape. Deny by default: a fresh root that holds /usr, a few files of /etc, and what the
 * shape lists.
 * Boundary: looks at the disk (what exists, what is a link), starts nothing.
 * Rules: H2 neither run directory, nor held-out cases, nor the reference are there; what would bring them in is refused.
 *   H5 a build sees no case, a case sees a read-only build. B3 the folders in memory have sizes.
 */
import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { assert, unreachable } from '../../base/assert.ts';
import {
  inside,
  nothingMasked,
  SandboxRefused,
  type AgentShape,
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

const filesOfEtc = [
  'passwd',
  'group',
  'nsswitch.conf',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'localtime',
  'ssl/certs',
  'ssl/openssl.cnf',
  'ca-certificates',
  'mime.types',
  'profile',
  'bash.bashrc',
  'perl',
];

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
  /** Texts that it reads from the descriptors beginning with `firstText`, in this order. */
  readonly texts: readonly string[];
}

/** @throws SandboxRefused when the shape would show what must not be seen, or a path was replaced by a link. */
export function profileOf(shape: Shape, firstText: number): Profile {
  if (shape.kind === 'agent') refuseMovedPlace(shape.workspace);
  const shown = shownSecret(shape);
  // H1: the agent reads this message, so it does not say what would be shown.
  if (shown)
    throw new SandboxRefused(
      `a command may not be given ${shown.folder}: it holds or leads to what no command may see`,
    );
  const args = [
    ...baseArguments(),
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
  const texts: string[] = [];
  args.push(
    ...ownArguments(shape, (text) => {
      texts.push(text);
      return String(firstText + texts.length - 1);
    }),
  );
  // last, when every mount point exists; the folders in memory above stay as they are, being mounts of their own
  args.push('--remount-ro', '/');
  return { args, texts };
}

/** A link to /tmp, but a folder in memory of its own where something is bound below it: nothing is made through a link. */
function variableTemporary(shape: Shape): string[] {
  if (!boundFolders(shape).some((path) => isWithin(path, '/var/tmp'))) return ['--symlink', '/tmp', '/var/tmp'];
  return ['--size', String(temporaryBytes[shape.kind]), '--tmpfs', '/var/tmp'];
}

/** A limit that the kernel holds for each process: its name for prlimit, its number, its value. */
type KernelLimit = readonly [name: string, resource: number, value: number];

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
  return JSON.stringify([profileOf(shape, 0).args, limitedCommand([], limits), cleanEnvironment([])]);
}

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
    ...filesOfEtc.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
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

/** Gives a text to bubblewrap; returns the descriptor to name. */
type HandText = (text: string) => string;

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

const folderInMemory = () => ['--size', String(temporaryBytes.case), '--tmpfs', inside.case];
const linkToBuild = (name: string) => ['--symlink', `${inside.build}/${name}`, `${inside.case}/${name}`];

function agentArguments(shape: AgentShape, hand: HandText): string[] {
  const root = shape.workspace.path;
  const steering = new Set(['.git', ...(shape.steering ?? [])]);
  const covers = [...[...steering].flatMap((path) => steeringCover(root, path)), ...maskCovers(shape, [root])];
  for (const { path, text } of shape.replaced) {
    const target = join(root, path);
    refuseLinks(root, target);
    // a file of the run directory would be named by its path in /proc/self/mountinfo
    if (kindOf(target) === 'file')
      covers.push({ path: target, args: ['--perms', '0444', '--ro-bind-data', hand(text), target] });
  }
  for (const path of shape.readOnly) {
    const target = join(root, path);
    refuseLinks(root, target);
    const kind = kindOf(target);
    if (kind === null) continue;
    // the folder, not the file: moving the folder away would leave the file's cover behind
    const bound = kind === 'file' && dirname(target) !== root ? dirname(target) : target;
    covers.push({ path: bound, args: ['--ro-bind', bound, bound] });
  }
  const within = covers.filter((cover) => isWithin(cover.path, root));
  const outside = covers.filter((cover) => !isWithin(cover.path, root));
  const pins = pinsFor(root, within);
  // pins first and shallow covers before deep ones: a later mount hides what an earlier one put below it
  const ordered = [...within.sort((a, b) => a.path.length - b.path.length), ...outside];
  return ['--bind', root, root, ...pins, ...ordered.flatMap((cover) => cover.args), '--chdir', root];
}

/** One path that is hidden or write-protected, with the arguments that do it. */
interface Cover {
  readonly path: string;
  readonly args: readonly string[];
}

/**
 * A `.git` holds every version that was ever committed, held-out files perhaps among them: an empty read-only folder stands
 * in its place. What else steers the editor is read-only. Where there is none nothing is made, as bubblewrap would leave the
 * mount point behind.
 */
function steeringCover(workspace: string, path: string): Cover[] {
  const target = join(workspace, path);
  const kind = kindOf(target);
  if (kind === null) return [];
  const real = realPathOrNull(target);
  // a link that leads out of the workspace leads nowhere, seen from inside
  if (real === null || !isWithin(real, workspace)) return [];
  if (basename(path).toLowerCase() === '.git') return [hidden(real)];
  return [{ path: real, args: ['--ro-bind', real, real] }];
}

/** Covers for the masked paths, of those that the sandbox would show. */
function maskCovers(shape: View, alsoBound: readonly string[]): Cover[] {
  const roots = ['/usr', ...shape.toolchains, ...alsoBound];
  const shown = (path: string) => roots.some((root) => isWithin(path, root)) && kindOf(path) !== null;
  return [...shape.mask.folders, ...shape.mask.files].filter(shown).map(hidden);
}

const maskArguments = (shape: View) => maskCovers(shape, []).flatMap((cover) => cover.args);

function hidden(path: string): Cover {
  const args = kindOf(path) === 'folder' ? ['--tmpfs', path, '--remount-ro', path] : ['--ro-bind', '/dev/null', path];
  return { path, args };
}

/** Makes each folder between the root and a cover a mount point, so that none can be moved away from inside. */
function pinsFor(root: string, covers: readonly Cover[]): string[] {
  const folders = new Set<string>();
  for (const { path } of covers) {
    for (let folder = dirname(path); folder !== root && isWithin(folder, root); folder = dirname(folder))
      folders.add(folder);
  }
  return [...folders].sort((a, b) => a.length - b.length).flatMap((folder) => ['--bind', folder, folder]);
}

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

/** bubblewrap follows links when it binds; a link that the agent left in the way would open another folder. */
function refuseLinks(root: string, path: string): void {
  assert(isWithin(path, root), `${path} is not in ${root}`);
  for (let part = path; part !== root; part = dirname(part)) {
    if (kindOf(part) === 'link')
      throw new SandboxRefused(`${part} is a symbolic link now; put the file or folder back`);
  }
}

function isWithin(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return rest === '' || (rest !== '..' && !rest.startsWith('../') && !rest.startsWith('/'));
}

/** Without following a link; null where nothing is. */
function kindOf(path: string): 'file' | 'folder' | 'link' | null {
  try {
    const stat = lstatSync(path);
    return stat.isSymbolicLink() ? 'link' : stat.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

function realPathOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

const isAbsence = (error: unknown) =>
  ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
