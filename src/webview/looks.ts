/**
 * Job: "since you last looked": which figures the supervisor saw last, so that a change is shown against those.
 * Boundary: no DOM, no clock; the page says when it was left and when it was seen again. What was seen is kept by the
 *   window, not journalled: it is not a fact of the run. (A look at held-out is: the engine does that, H4.)
 */
import type { SuiteName } from '../run/entry.ts';
import { standingFigure, standingTrend } from '../run/standing.ts';
import type { RunState } from '../run/state.ts';

export interface SeenFigure {
  readonly checkpoint: number;
  readonly pass: number;
  readonly total: number;
}

export interface Seen {
  readonly runId: string;
  readonly figures: Readonly<Partial<Record<SuiteName, SeenFigure>>>;
}

/** Away for less than this is not away. */
const awayMs = 60_000;

export class Looks {
  private before: Seen | null;
  private left: { readonly seen: Seen | null; readonly at: number } | null = null;

  /** `kept`: what `seenOf` returned when the page was last shown, as the window kept it. */
  constructor(kept: unknown) {
    this.before = parseSeen(kept);
  }

  leave(state: RunState, at: number): void {
    this.left = { seen: seenOf(state), at };
  }

  comeBack(at: number): void {
    if (this.left !== null && at - this.left.at >= awayMs) this.before = this.left.seen;
    this.left = null;
  }

  /** What to compare a suite's newest figure with: what was seen, else the verification before; null without either. */
  baselineOf(state: RunState, suite: SuiteName): SeenFigure | null {
    const seen = this.before?.runId === state.run?.runId ? this.before?.figures[suite] : undefined;
    if (seen !== undefined) return seen;
    return standingTrend(state, suite).at(-2) ?? null;
  }
}

/** What stands on the screen now; null without a run. */
export function seenOf(state: RunState): Seen | null {
  if (state.run === null) return null;
  const [visible, heldOut] = [standingFigure(state, 'visible'), standingFigure(state, 'heldOut')];
  const figures = {
    ...(visible && { visible: seenFigure(visible) }),
    ...(heldOut && { heldOut: seenFigure(heldOut) }),
  };
  return { runId: state.run.runId, figures };
}

function seenFigure({ checkpoint, pass, total }: SeenFigure): SeenFigure {
  return { checkpoint, pass, total };
}

function parseSeen(value: unknown): Seen | null {
  if (typeof value !== 'object' || value === null) return null;
  const { runId, figures } = value as { runId?: unknown; figures?: unknown };
  if (typeof runId !== 'string' || typeof figures !== 'object' || figures === null) return null;
  const { visible, heldOut } = figures as { visible?: unknown; heldOut?: unknown };
  return {
    runId,
    figures: { ...(isSeenFigure(visible) && { visible }), ...(isSeenFigure(heldOut) && { heldOut }) },
  };
}

function isSeenFigure(value: unknown): value is SeenFigure {
  if (typeof value !== 'object' || value === null) return false;
  const { checkpoint, pass, total } = value as { checkpoint?: unknown; pass?: unknown; total?: unknown };
  return typeof checkpoint === 'number' && typeof pass === 'number' && typeof total === 'number';
}
