/**
 * Job: hold the number of a command's processes by the kernel where root runs it: root is exempt from RLIMIT_NPROC, and
 * a bomb outgrows a watcher that counts five times a second.
 * Boundary: Linux control groups, version 1 and 2, below this process's own group. Where they cannot be made the watcher
 * alone counts.
 * Rules: B3.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Room for bubblewrap itself, and for the watcher to see that the limit was passed. */
const room = 8;
const releaseRetryMs = 50;
const releaseTries = 40;

let parent: string | null | undefined;
let made = 0;

/**
 * Makes a group for a command: at most `processes` of it, and who enters it counts too.
 * @returns null where there are no such groups, or none is needed.
 */
export function confineProcesses(processes: number): ControlGroup | null {
  if (process.getuid?.() !== 0) return null; // RLIMIT_NPROC holds for others
  if (parent === undefined) parent = findParent();
  if (parent === null) return null;
  const group = join(parent, `belay-${String(process.pid)}-${String(made++)}`);
  try {
    mkdirSync(group);
  } catch {
    parent = null; // not ours to make, as in most containers
    return null;
  }
  try {
    writeFileSync(join(group, 'pids.max'), String(processes + room));
  } catch {
    // no pids controller here: the watcher alone counts
    remove(group, 0);
    return null;
  }
  // Where it takes single threads the kernel need not wait for all of the machine's forks, as it does for whole processes.
  const threads = join(group, 'tasks');
  return {
    entrance: existsSync(threads) ? threads : join(group, 'cgroup.procs'),
    take: (pid) => {
      try {
        writeFileSync(join(group, 'cgroup.procs'), String(pid));
      } catch {
        // it ended, or this hierarchy takes none here: the watcher alone counts
      }
    },
    members: () => membersOf(group),
    release: () => {
      remove(group, releaseTries);
    },
  };
}

export interface ControlGroup {
  /** The file that a process enters it by, writing 0. */
  readonly entrance: string;
  /** Puts another process into it, or this one, which has threads; tens of milliseconds. One that has ended is no failure. */
  take(pid: number): void;
  /** Process ids of the command and of all that it started: one read, where a search would read all of /proc. */
  members(): number[];
  /** Removes the group; to be called when all its processes have ended. */
  release(): void;
}

function membersOf(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  } catch {
    return []; // removed
  }
}

/** The last members may still be on their way out. */
function remove(group: string, tries: number): void {
  try {
    rmdirSync(group);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || tries === 0) return; // an empty group that stays costs nothing, and the next engine sweeps it
    setTimeout(() => {
      remove(group, tries - 1);
    }, releaseRetryMs).unref();
  }
}

function findParent(): string | null {
  let groups: string;
  try {
    groups = readFileSync('/proc/self/cgroup', 'utf8');
  } catch {
    return null; // not Linux
  }
  const first = /^\d+:(?:[^:]*,)?pids(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1];
  const second = /^0::(.*)$/m.exec(groups)?.[1];
  const candidates = [
    ...(first === undefined ? [] : [join('/sys/fs/cgroup/pids', first)]),
    ...(second === undefined ? [] : [join('/sys/fs/cgroup', second)]),
  ];
  const found = candidates.find((path) => existsSync(join(path, 'cgroup.procs'))) ?? null;
  if (found !== null) sweep(found);
  return found;
}

/** Groups of engines that were killed. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = /^belay-(\d+)-\d+$/.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) remove(join(folder, name), 0);
  }
}
