/**
 * Job: collect what a command puts out and hold it to its limits: time, output, memory, processes, disk, cancelling.
 * Boundary: looks and decides; ending the command is the starter's, through `end`.
 * Rules: B3 what passes a bound is stopped once, and the first reason is kept.
 */
import { unreachable } from '../../base/assert.ts';
import { formatBytes } from '../../run/forDisplay.ts';
import { limits as runLimits } from '../../run/limits.ts';
import { useOf } from './descendants.ts';
import type { CommandLimits, EndedBy } from './shape.ts';

/** The first looks come sooner, each twice as late as the one before, as most commands are over by then. */
const firstLookMs = 50;
const lookMs = 200;

export interface WatchedCommand {
  readonly limits: CommandLimits;
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
  /** Process ids of the command and all its kin, as far as they can be found. */
  readonly members: () => readonly number[];
  /** Whether it has taken more of the disk than it may. */
  readonly isDiskTaken?: () => boolean;
  /** Ends the command and all its kin; called once at most. */
  readonly end: () => void;
  /** Whether it has ended by itself, though its output may still be on its way. */
  readonly over: () => boolean;
}

export class CommandWatch {
  /** Why it is or will be over; 'exit' while nobody stopped it. */
  endedBy: EndedBy = 'exit';
  private readonly command: WatchedCommand;
  private readonly startedAt = performance.now();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly kept = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0 };
  private nextLookMs = firstLookMs;

  constructor(command: WatchedCommand) {
    this.command = command;
    command.signal?.addEventListener('abort', this.abort, { once: true });
    this.later(command.limits.wallMs, () => {
      this.stop('timeout');
    });
    this.later(firstLookMs, this.look);
  }

  take(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const room = this.command.limits.outputBytes - this.kept.bytes;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    if (part.length > 0) {
      this.kept.bytes += part.length;
      this.kept[stream].push(part);
      this.command.onOutput?.(part);
    }
    if (chunk.length > room) this.stop('output'); // also where the chunk before had filled the room to the last byte
  }

  stop(why: EndedBy): void {
    if (this.endedBy !== 'exit' || this.command.over()) return;
    this.endedBy = why;
    this.command.end();
  }

  /** Runs something later, unless the command is over by then. */
  later(ms: number, act: () => void): void {
    this.timers.push(setTimeout(act, ms));
  }

  /** Lets go of everything. */
  finish(): { readonly stdout: Buffer; readonly stderr: Buffer; readonly wallMs: number } {
    for (const timer of this.timers) clearTimeout(timer);
    this.command.signal?.removeEventListener('abort', this.abort);
    const { stdout, stderr } = this.kept;
    const wallMs = Math.round(performance.now() - this.startedAt);
    return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), wallMs };
  }

  private readonly abort = () => {
    this.stop('abort');
  };

  private readonly look = () => {
    if (this.endedBy !== 'exit') return;
    const { limits, members, isDiskTaken } = this.command;
    const use = useOf(members(), limits.processes);
    if (use.processes > limits.processes) this.stop('processes');
    else if (use.memoryMb > limits.memoryMb) this.stop('memory');
    else if (isDiskTaken?.() === true) this.stop('disk');
    else {
      this.nextLookMs = Math.min(this.nextLookMs * 2, lookMs);
      this.later(this.nextLookMs, this.look);
    }
  };
}

/** Why a command was stopped, for a person. */
export function reasonFor(endedBy: EndedBy, limits: CommandLimits): string {
  switch (endedBy) {
    case 'timeout':
      return `stopped after ${String(limits.wallMs / 1000)} s`;
    case 'output':
      return `stopped: it wrote more than ${String(limits.outputBytes)} bytes`;
    case 'memory':
      return `stopped: it used more than ${String(limits.memoryMb)} MB of memory`;
    case 'processes':
      return `stopped: it had more than ${String(limits.processes)} processes`;
    case 'disk':
      return `stopped: it filled the disk, of which a command may take ${formatBytes(limits.diskBytes ?? runLimits.commandDiskBytes)} and leaves ${formatBytes(runLimits.commandRoomBytes)} free`;
    case 'abort':
    case 'exit':
    case 'not-started':
      return 'cancelled';
    default:
      return unreachable(endedBy, 'end of a command');
  }
}
