/**
 * Job: which processes a test has started, directly or not, and whether they are gone.
 * Boundary: reads /proc (Linux); ends nothing.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { descendantsOf } from '../../src/engine/sandbox/descendants.ts';

/** A process that no later one with the same pid is taken for. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks since the boot. */
  readonly startedAt: string;
  readonly command: string;
}

/** The process and all below it that live now. */
export function familyOf(pid: number): ProcessMark[] {
  return [pid, ...descendantsOf(pid)].map(markOf).filter((mark) => mark !== null);
}

/** Living processes that name `text` in their arguments, their environment or their folder; this one is left out. */
export function processesNaming(text: string): ProcessMark[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const names = (pid: string) =>
    read(`/proc/${pid}/cmdline`).includes(text) ||
    read(`/proc/${pid}/environ`).includes(text) ||
    folderOf(pid).includes(text);
  return pids
    .filter(names)
    .map((pid) => markOf(Number(pid)))
    .filter((mark) => mark !== null);
}

export function lives(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.startedAt === mark.startedAt;
}

/** Those that still live when `withinMs` is over; empty as soon as none does. */
export async function outliving(marks: readonly ProcessMark[], withinMs = 5_000): Promise<readonly ProcessMark[]> {
  const stepMs = 20;
  for (let waitedMs = 0; waitedMs < withinMs && marks.some(lives); waitedMs += stepMs) await wait(stepMs);
  return marks.filter(lives);
}

function markOf(pid: number): ProcessMark | null {
  const stat = read(`/proc/${String(pid)}/stat`);
  // The name in parentheses may hold anything: fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startedAt = fields[19];
  if (stat === '' || state === 'Z' || startedAt === undefined) return null;
  return {
    pid,
    startedAt,
    command: read(`/proc/${String(pid)}/cmdline`)
      .replaceAll('\0', ' ')
      .slice(0, 200),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it ended while we looked
  }
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // it ended while we looked
  }
}
