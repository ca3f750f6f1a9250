/**
 * Job: what a process and all that it started use, and how to end them where no pid namespace does it.
 * Boundary: reads /proc; on other systems it sees nothing and ends the process group only.
 * Rules: B3 processes and memory are bounded although root is exempt from RLIMIT_NPROC and no limit adds up memory.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface Use {
  readonly processes: number;
  readonly memoryMb: number;
}

/** Living descendants of `root`, itself left out. */
export function descendantsOf(root: number): number[] {
  if (!existsSync(`/proc/${String(root)}`)) return []; // its children have another parent by now
  const children = new Map<number, number[]>();
  for (const pid of livingProcesses()) {
    const parent = parentOf(pid);
    if (parent === null) continue;
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  const found: number[] = [];
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const below = children.get(next) ?? [];
    found.push(...below);
    waiting.push(...below);
  }
  return found;
}

/** What these processes use now. Memory is not read once there are more than `processesMost`. */
export function useOf(pids: readonly number[], processesMost: number): Use {
  if (pids.length > processesMost) return { processes: pids.length, memoryMb: 0 };
  let kilobytes = 0;
  for (const pid of pids) kilobytes += residentKilobytes(pid);
  return { processes: pids.length, memoryMb: kilobytes / 1024 };
}

/** Processes whose environment holds `mark`: finds those that left the group and lost their parent. */
export function markedProcesses(mark: string): number[] {
  return livingProcesses().filter((pid) => readProc(pid, 'environ')?.includes(mark) ?? false);
}

/** Kills the group, the descendants and the marked, until none is left or `rounds` are over. */
export function endAll(root: number, mark: string, rounds = 10): void {
  for (let round = 0; round < rounds; round++) {
    const pids = new Set([...descendantsOf(root), ...markedProcesses(mark)]);
    kill(-root);
    pids.delete(process.pid);
    if (pids.size === 0) return;
    for (const pid of pids) kill(pid);
  }
}

/**
 * Kills a sandbox that leads a group of its own. bubblewrap must not be killed alone while it starts: what it has just made
 * would wait for it for ever, or go on without it. So the group is held still, what has left it is found below it, and only
 * then everything is killed.
 */
export function endSandbox(root: number): void {
  kill(-root, 'SIGSTOP');
  for (const pid of descendantsOf(root)) kill(pid);
  kill(-root);
}

/**
 * Kills a process that leads a group and may have started sandboxes in groups of their own. Each is held still as soon as it
 * is found, until a look finds nothing new: only then nothing can be made between the last look and the kill.
 */
export function endTree(root: number, rounds = 10): void {
  const held = new Set<number>();
  kill(-root, 'SIGSTOP');
  for (let round = 0; round < rounds; round++) {
    const found = descendantsOf(root).filter((pid) => !held.has(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      kill(pid, 'SIGSTOP');
      held.add(pid);
    }
  }
  for (const pid of held) kill(pid);
  kill(-root);
}

function kill(pid: number, signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone already is what was wanted
  }
}

function livingProcesses(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return []; // no /proc on this system
  }
}

/** null for one that is gone or a zombie, which uses nothing but its number. */
function parentOf(pid: number): number | null {
  const stat = readProc(pid, 'stat');
  if (stat === null) return null;
  // the name in parentheses may hold anything, so count from the last parenthesis: state, then parent
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || parent === undefined ? null : Number(parent);
}

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, 'status') ?? '')?.[1] ?? 0);
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'latin1');
  } catch {
    return null; // it ended while we looked, or it is another user's
  }
}
