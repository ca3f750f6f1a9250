/**
 * Job: what verification may use of the machine while the agent works: seconds of CPU that come in with time and are paid out.
 * Boundary: pure; the caller has the clock and measured what was used. What a gate needs is not paid from here: the agent waits.
 * Rules: B3 over the hours no more than the share is used. A run of the whole suite that is due may cost more than is there: it is
 *   owed and paid back from half of what comes in, so that samples go on meanwhile. Of runs that are owed there are no more than
 *   could be saved up, and the one that passed that.
 */
import { limits } from './limits.ts';

export interface CpuBudget {
  /** CPU time that may be used now, ms; negative: more was used than was thought. */
  readonly leftMs: number;
  /** For runs of the whole suite that were due, ms. */
  readonly owedMs: number;
  /** As of when, ms since the epoch. */
  readonly at: number;
}

/** What is saved up at most: the share of `limits.cpuSavedMs` of time. */
const mostMs = (share: number): number => share * limits.cpuSavedMs;

/** A run begins with all that can be saved up. */
export function fullBudget(share: number, now: number): CpuBudget {
  return { leftMs: mostMs(share), owedMs: 0, at: now };
}

/** @param share of one core, more than 0. A clock that was put back brings nothing in. */
export function refilled({ leftMs, owedMs, at }: CpuBudget, share: number, now: number): CpuBudget {
  const income = share * Math.max(0, now - at);
  const back = Math.min(owedMs, income / 2);
  const saved = Math.min(mostMs(share), leftMs + income - back);
  // What can't be saved up pays back too.
  const surplus = leftMs + income - back - saved;
  return { leftMs: saved, owedMs: Math.max(0, owedMs - back - surplus), at: now };
}

export function paid(budget: CpuBudget, usedMs: number): CpuBudget {
  return { ...budget, leftMs: budget.leftMs - usedMs };
}

export function borrowed(budget: CpuBudget, usedMs: number): CpuBudget {
  return { ...budget, owedMs: budget.owedMs + usedMs };
}

/** How long until so much is there, ms; 0: it is. What is more than can be saved up is there when all is. */
export function waitFor({ leftMs, owedMs }: CpuBudget, share: number, wantedMs: number): number {
  const missing = Math.min(wantedMs, mostMs(share)) - leftMs;
  if (missing <= 0) return 0;
  const halved = Math.min(missing, owedMs); // comes in at half the share, as long as something is owed
  return halved / (share / 2) + (missing - halved) / share;
}

/** Whether another run of the whole suite may be owed. */
export function canBorrow({ owedMs }: CpuBudget, share: number): boolean {
  return owedMs < mostMs(share);
}
