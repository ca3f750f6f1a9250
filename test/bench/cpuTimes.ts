/**
 * Job: CPU time of a process and of what it has started, from /proc (Linux).
 * Boundary: reads. A process's own time is exact where the kernel keeps it for each thread (schedstat); all else ticks each
 *   10 ms.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { descendantsOf } from '../../src/engine/sandbox/descendants.ts';

/** What `getconf CLK_TCK` says on every Linux: the unit of /proc/<pid>/stat. */
const tickMs = 10;

/** Of the process itself, all its threads, user and system, ms. Quick, so that it can be asked at each entry. @throws when it is gone */
export function ownCpuMs(pid: number): number {
  return exactMs(pid) ?? timesOf(pid).ownMs;
}

/** Of the children that it waited for, with theirs, and of those that live now, ms. Looks through all of /proc. */
export function childCpuMs(pid: number): number {
  const living = descendantsOf(pid).map((child) => statTimes(child));
  return living.reduce((sum, times) => sum + (times?.ownMs ?? 0) + (times?.reapedMs ?? 0), timesOf(pid).reapedMs);
}

function timesOf(pid: number): Times {
  const times = statTimes(pid);
  if (times === null) throw new Error(`process ${pid} is gone`);
  return times;
}

interface Times {
  readonly ownMs: number;
  readonly reapedMs: number;
}

/** Of the threads that live, ms; null on a kernel that does not tell. */
function exactMs(pid: number): number | null {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const files = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1'));
    return files.reduce((sum, text) => sum + Number.parseInt(text, 10) / 1e6, 0);
  } catch {
    return null; // no such files here, or a thread ended while we looked
  }
}

/** Null when it is gone. Fields 14 to 17 of proc(5), counted from behind the name, which may hold anything. */
function statTimes(pid: number): Times | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null; // it ended while we looked
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, reapedUser = 0, reapedSystem = 0] = fields.slice(11, 15).map(Number);
  return { ownMs: (user + system) * tickMs, reapedMs: (reapedUser + reapedSystem) * tickMs };
}
