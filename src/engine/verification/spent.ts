/**
 * Job: what one verification takes of the machine.
 * Boundary: adds up; the sandboxes tell what their cases used. What is not told, as of a build, counts with the time that it took.
 * What else this process does meanwhile, such as the agent's own test run, is counted too: the budget errs on its own cost.
 */
import type { VerificationCost } from '../../run/entry.ts';

export const noCost: VerificationCost = { buildCpuMs: 0, casesCpuMs: 0, casesWallMs: 0, ran: 0 };

/** Made when a verification begins. */
export class Spent {
  private readonly begunAt = performance.now();
  private builtAt = this.begunAt;
  private buildMs = 0;
  private usedThen = process.cpuUsage();
  private runs = 0;
  private runsMs = 0;

  /** The build is there; one that was kept has cost nothing. */
  built(made: boolean): void {
    this.builtAt = performance.now();
    this.buildMs = made ? this.builtAt - this.begunAt : 0;
    this.usedThen = process.cpuUsage();
  }

  /** A case was run. */
  ran(wallMs: number): void {
    this.runs += 1;
    this.runsMs += wallMs;
  }

  /** @param cpuMs what the cases used; the time that they took where that is not known */
  cost(cpuMs = this.runsMs): VerificationCost {
    const { user, system } = process.cpuUsage(this.usedThen);
    return {
      buildCpuMs: Math.round(this.buildMs),
      casesCpuMs: Math.round((user + system) / 1_000 + cpuMs),
      casesWallMs: Math.round(performance.now() - this.builtAt),
      ran: this.runs,
    };
  }
}
