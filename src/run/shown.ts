/**
 * Job: what the supervisor has before their eyes when they decide (G3).
 * Boundary: pure; reads the folded state.
 */
import { acceptedCheckpointOf } from './accepted.ts';
import type { Shown, SuiteName } from './entry.ts';
import { standingFigure } from './standing.ts';
import type { RunState } from './state.ts';

/** Files that differ from the accepted tree as far as the changesets name them; the host's own count is exact. */
export function filesChangedAtLeast(state: RunState): number {
  const paths = new Set<string>();
  for (const c of state.checkpoints) {
    if (c.kind === 'baseline') continue;
    for (const { path } of c.changeset.paths) if (c.checkpoint > acceptedCheckpointOf(state, path)) paths.add(path);
  }
  return paths.size;
}

/** What the supervisor has before their eyes when they decide (G3). */
export function shownOf(state: RunState, filesChanged: number | null): Shown {
  const figureOf = (suite: SuiteName) => {
    const figure = standingFigure(state, suite);
    return figure === null || figure.total === 0 ? null : { rate: figure.pass / figure.total, at: figure.checkpoint };
  };
  const [visible, heldOut] = [figureOf('visible'), figureOf('heldOut')];
  return {
    checkpoint: state.gate?.checkpoint ?? state.head ?? 0,
    visibleRate: visible?.rate ?? null,
    heldOutRate: heldOut?.rate ?? null,
    ...(visible && { visibleAt: visible.at }),
    ...(heldOut && { heldOutAt: heldOut.at }),
    filesChanged: filesChanged ?? filesChangedAtLeast(state),
    spentUsd: state.budget.spentUsd,
  };
}
