/**
 * Job: the figures of a report as they stand in the folded state: of which checkpoint, how far behind, and what became of its tree.
 * Boundary: pure.
 */
import { forecastIn, forecastPolicyOf } from '../reduceForecast.ts';
import { isInStory, lagOf, putBackSince, standingFigure, standingSample } from '../standing.ts';
import type { RunState } from '../state.ts';
import type { ReportFigure, ReportForecast, ReportSample } from './report.ts';

/** The figure of what lies in the folder, not of what a rollback has cut. */
export function visibleIn(state: RunState): ReportFigure | null {
  const figure = standingFigure(state, 'visible');
  if (figure === null) return null;
  const { checkpoint, pass, total, measured } = figure;
  const changes = measured?.sinceGate;
  return withLeft({ checkpoint, pass, total, ...(changes && { sinceGate: changes }) }, state);
}

/** A sample of what lies in the folder, where none of all cases is as new. */
export function sampleIn(state: RunState): ReportSample | null {
  const sample = standingSample(state);
  if (sample === null) return null;
  const { checkpoint, pass, total, of, beside, failedNotRun, regressed, repaired } = sample;
  return withLeft({ checkpoint, pass, total, of, beside, failedNotRun, regressed, repaired }, state);
}

const hasPrice = (run: RunState['run']): boolean => run !== null && run.task.model.price !== null;

/** As of the newest entry. */
export function forecastOfRun(state: RunState): ReportForecast | null {
  const { ended, run, forecast } = state;
  if (ended !== null || !hasPrice(run) || forecast.curve.looks === 0) return null;
  return { forecast: forecastIn(state, state.at), policy: forecastPolicyOf(state) };
}

/** With what has become of its tree since, and how far it is behind. */
export function withLeft<F extends ReportFigure>(figure: F, state: RunState): F {
  const { checkpoint } = figure;
  if (!isInStory(state, checkpoint)) return { ...figure, left: 'rolledBack' };
  const left = putBackSince(state, checkpoint);
  return { ...figure, behind: lagOf(state, checkpoint), ...(left !== null && { left }) };
}
