/**
 * Job: how a run of this machine reads in the list of "Open Run…".
 * Boundary: pure text. Its words come from journals that anybody may have written: they are drawn, never obeyed, and one that
 *   can't be told is named as damaged, so that it hides no other.
 */
import type { KnownRun } from '../../client/knownRuns.ts';
import { forPick, formatRate } from '../../run/forDisplay.ts';
import { standingFigure } from '../../run/standing.ts';
import { statusOf, statusWords } from '../../run/status.ts';

export interface RunItem {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

export function runItem(run: KnownRun): RunItem {
  const { runId, state, damage, workspace } = run;
  const started = run.createdAt === null ? [] : [new Date(run.createdAt).toLocaleString()];
  if (damage === null && state !== null) {
    try {
      const described = [...standing(run, state), ...started].join(' · ');
      return {
        label: forPick(state.run?.task.name ?? runId),
        description: described,
        detail: forPick(workspace ?? ''),
      };
    } catch {
      // its journal folds, but says what no run says: told below
    }
  }
  const name = typeof state?.run?.task.name === 'string' ? state.run.task.name : runId;
  return {
    label: `$(warning) ${forPick(name)}`,
    description: ['Damaged', ...started].join(' · '),
    detail: forPick(`${runId} can’t be opened: ${damage ?? 'its journal can’t be understood'}`),
  };
}

function standing({ alive }: KnownRun, state: NonNullable<KnownRun['state']>): readonly string[] {
  const visible = standingFigure(state, 'visible');
  const link = state.ended === null ? (alive ? 'attached' : null) : 'readOnly';
  const words = link === null ? 'No engine' : forPick(statusWords(statusOf(state, link)));
  return [words, ...(visible === null ? [] : [formatRate(visible)])];
}
