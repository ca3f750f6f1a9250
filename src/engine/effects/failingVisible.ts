/**
 * Job: the visible cases that fail where the workspace stands, for a prompt that begins afresh.
 * Boundary: reads the results of the newest visible verification of this story from their blob.
 * Rules: H1 the visible suite alone. B3 at most limits.failingInPrompt.
 */
import { limits } from '../../run/limits.ts';
import { standingFigure } from '../../run/standing.ts';
import type { RunState } from '../../run/state.ts';
import type { Blobs } from '../journal/blobs.ts';
import { readVerdicts } from './verifierResult.ts';

/** Their ids, in the order of the suite; the last line says how many more there are. */
export async function failingVisible(state: RunState, blobs: Blobs): Promise<readonly string[]> {
  const figure = standingFigure(state, 'visible')?.measured ?? null;
  if (figure === null) return [];
  const verdicts = await readVerdicts(blobs, figure.results);
  const failing = verdicts.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id);
  const more = failing.length - limits.failingInPrompt;
  return more > 0 ? [...failing.slice(0, limits.failingInPrompt), `and ${String(more)} more`] : failing;
}
