/**
 * Job: what a run did while nobody looked: the difference between two moments of it, and in words.
 * Boundary: pure. Who was away, and when, is the window's to know; what was seen last is kept by it, not journalled.
 */
import { formatCounted, formatDuration, formatUsd } from './forDisplay.ts';
import { isUnpriced } from './providers.ts';
import { standingFigure } from './standing.ts';
import type { RunState } from './state.ts';

/** A run as it was when somebody last looked. */
export interface LastSeen {
  readonly runId: string;
  /** Ms since the epoch. */
  readonly at: number;
  readonly steps: number;
  /** Visible cases that passed; null: none was verified. */
  readonly pass: number | null;
  readonly spentUsd: number;
}

export interface AwayNews {
  readonly awayMs: number;
  readonly steps: number;
  /** Visible cases gained, less those lost; null where one side is not known. */
  readonly cases: number | null;
  /** null: not known to Belay, or estimated only. */
  readonly spentUsd: number | null;
}

/** Away for less than this is not away: the screen still tells what happened. */
const awayLeastMs = 15 * 60_000;

export function lastSeenOf(state: RunState, at: number): LastSeen | null {
  if (state.run === null) return null;
  const pass = standingFigure(state, 'visible')?.pass ?? null;
  return { runId: state.run.runId, at, steps: state.stepsFinished, pass, spentUsd: state.budget.spentUsd };
}

/** What to tell who comes back; null: not long away, another run, or nothing was done. */
export function newsSince(seen: LastSeen, state: RunState, now: number): AwayNews | null {
  const here = lastSeenOf(state, now);
  if (here?.runId !== seen.runId || now - seen.at < awayLeastMs || here.steps <= seen.steps) return null;
  const { provider, price } = state.run?.task.model ?? { provider: undefined, price: null };
  return {
    awayMs: now - seen.at,
    steps: here.steps - seen.steps,
    cases: here.pass === null || seen.pass === null ? null : here.pass - seen.pass,
    spentUsd: price === null || isUnpriced(provider) ? null : here.spentUsd - seen.spentUsd,
  };
}

/** "3 h away: 41 steps, +12 cases, $4.10." */
export function awayWords({ awayMs, steps, cases, spentUsd }: AwayNews): string {
  const parts = [
    formatCounted(steps, 'step'),
    ...(cases === null ? [] : [cases === 0 ? 'no case more' : signed(cases)]),
    ...(spentUsd === null ? [] : [formatUsd(spentUsd)]),
  ];
  return `${formatDuration(awayMs)} away: ${parts.join(', ')}.`;
}

function signed(cases: number): string {
  return (cases > 0 ? '+' : '−') + formatCounted(Math.abs(cases), 'case');
}
