/**
 * Job: the best checkpoint of a run, for every rung that chooses one without asking.
 * Boundary: pure.
 * Rules: H3 best means best visible: no held-out verdict is read.
 */
import type { CheckpointSummary, RunState } from './state.ts';

/** The best visible rate, the newest of equals; undefined before the first verification. */
export function bestVisible({ checkpoints }: RunState): CheckpointSummary | undefined {
  let best: CheckpointSummary | undefined;
  for (const c of checkpoints) if (rateOf(c) >= 0 && rateOf(c) >= rateOf(best)) best = c;
  return best;
}

function rateOf(c: CheckpointSummary | undefined): number {
  return c?.visible === undefined || c.visible.total === 0 ? -1 : c.visible.pass / c.visible.total;
}
