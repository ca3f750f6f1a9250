/**
 * Job: what one verification takes of the machine: CPU time of this process and of all that it started.
 * Boundary: reads /proc; on other systems the time that cases took stands in for what they used.
 * What else the process does meanwhile, such as the agent's own test run, is counted too: the budget errs on its own cost.
 */
import { readFileSync } from 'node:fs';
import type { VerificationCost } from '../../run/entry.ts';

/** Clock ticks a second as the kernel tells them: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

export const noCost: VerificationCost = { buildCpuMs: 0, casesCpuMs: 0, casesWallMs: 0, ran: 0 };

/** Made when a verification begins. */
export class Spent {
  private readonly begunAt = performance.now();
  private readonly atFirst = cpuTimeMs();
  private build: { readonly cpuMs: number; readonly at: number; readonly cpuAt: number | null } | null = null;
  private runs = 0;
  private runsMs = 0;

  /** The build is there; one that was kept has cost nothing. */
  built(made: boolean): void {
    const [at, cpuAt] = [performance.now(), cpuTimeMs()];
    this.build = { at, cpuAt, cpuMs: made ? (between(this.atFirst, cpuAt) ?? at - this.begunAt) : 0 };
  }

  /** A case was run. */
  ran(wallMs: number): void {
    this.runs += 1;
    this.runsMs += wallMs;
  }

  /** Asked for when all that was started has ended: only then the kernel tells what it used. */
  cost(): VerificationCost {
    const { cpuMs = 0, cpuAt = null, at = this.begunAt } = this.build ?? {};
    return {
      buildCpuMs: Math.round(cpuMs),
      casesCpuMs: Math.round(between(cpuAt, cpuTimeMs()) ?? this.runsMs),
      casesWallMs: Math.round(performance.now() - at),
      ran: this.runs,
    };
  }
}

const between = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : after - before;

/** ms, of children with all of theirs from their end on; null where that can't be known. */
function cpuTimeMs(): number | null {
  let stat: string;
  try {
    stat = readFileSync('/proc/self/stat', 'latin1');
  } catch {
    return null; // no /proc
  }
  // The name in parentheses may hold anything; after it the fields from the third on: cutime and cstime are 16th and 17th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]);
  const { user, system } = process.cpuUsage();
  return Number.isFinite(ticks) ? (user + system) / 1000 + (ticks * 1000) / ticksPerSecond : null;
}
