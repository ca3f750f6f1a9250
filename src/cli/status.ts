/**
 * Job: `belay status`: how runs stand, without changing anything.
 * Boundary: attaches to living engines for a moment, reads the journal of the others.
 */
import { RunConnection } from '../client/connection.ts';
import { EngineGone, EngineHangs } from '../client/link.ts';
import { readStoredState, type FoundRun } from '../client/runs.ts';
import { compactAtTokens, contextWay } from '../run/context.ts';
import { contextWords } from '../run/contextWords.ts';
import { debtOf } from '../run/debt.ts';
import { capitalised, visibleControls } from '../run/forDisplay.ts';
import { statusSentence } from '../run/inOneLine.ts';
import { forecastBrief } from '../run/forecastWords.ts';
import { forecastOfRun } from '../run/report/reportFigures.ts';
import type { SuiteName } from '../run/entry.ts';
import type { Signs } from '../run/delta.ts';
import { wilson } from '../run/intervals.ts';
import { livingLine, livingOf } from '../run/liveness.ts';
import { sampleInterval } from '../run/sampleWords.ts';
import { lagOf, standingDebt, standingFigure, standingSample } from '../run/standing.ts';
import { storeWords } from '../run/storeForecast.ts';
import type { RunState } from '../run/state.ts';
import { standing } from './liveLog.ts';

export interface RunStanding {
  readonly run: FoundRun;
  /** null: the run never got its first entry. */
  readonly state: RunState | null;
  /** Why its engine, which is there, could not be asked. */
  readonly hangs?: string;
  /** The engine's newest; absent or null where it told none. */
  readonly signs?: Signs | null;
}

export async function standingOf(run: FoundRun, client: string): Promise<RunStanding> {
  if (run.alive) {
    try {
      const connection = await RunConnection.open({ run: run.folder, client });
      const { state, signs } = connection;
      connection.dispose();
      return { run, state, signs };
    } catch (error) {
      if (error instanceof EngineHangs) return { run, state: await readStoredState(run.folder), hangs: error.message };
      if (!(error instanceof EngineGone)) throw error; // it ended in this moment: its journal tells
    }
  }
  return { run, state: await readStoredState(run.folder) };
}

export function standingLines({ run, state, hangs, signs = null }: RunStanding): readonly string[] {
  const name = state?.run ? `  ${visibleControls(state.run.task.name)}` : '';
  const head = `${run.runId}${name}  ${visibleControls(run.start.workspace)}`;
  const note = hangs === undefined ? [] : [`    ${capitalised(hangs)}`];
  if (!state) return [head, '    No entry: its engine never came so far', ...note];
  const link = state.ended ? 'readOnly' : run.alive && hangs === undefined ? 'attached' : 'lost';
  const resume = state.ended || run.alive ? [] : [`    Go on with: belay resume ${run.runId}`];
  const size = storeWords(state.store, Date.now(), weekdayOf);
  const store = size === '' ? [] : [`    Checkpoints: ${size}`];
  const now = Date.now();
  const sentence = visibleControls(statusSentence(state, link, { now }));
  const living = livingOf(state, signs, now).map((one) => `    ${visibleControls(livingLine(one))}`);
  const context = state.ended ? null : contextWords(state);
  const fill = context === null ? [] : [`    ${context}`];
  return [head, `    ${sentence}`, ...living, ...fill, ...forecastLine(state), ...store, ...note, ...resume];
}

/** While it is too early nothing is said of it here: `belay forecast` says why. */
function forecastLine(state: RunState): readonly string[] {
  const told = forecastOfRun(state)?.forecast;
  return told?.kind === 'band' ? [`    Forecast: ${forecastBrief(told)}`] : [];
}

const weekdayOf = (at: number): string => new Date(at).toLocaleDateString('en-GB', { weekday: 'long' });

/** One run as a JSON object; rates are 0–1, null where nothing is known. */
export function standingJson({ run, state, signs = null }: RunStanding): object {
  return {
    runId: run.runId,
    folder: run.folder,
    workspace: run.start.workspace,
    alive: run.alive,
    pid: run.alive ? (run.engine?.pid ?? null) : null,
    living: state ? livingOf(state, signs, Date.now()) : [],
    standing: state ? standing(state, run.alive) : 'No entry',
    step: state ? (state.step?.step ?? state.stepsFinished) : null,
    stepsFinished: state?.stepsFinished ?? null,
    checkpoints: state?.checkpoints.length ?? null,
    visible: figureJson(state, 'visible'),
    sample: sampleJson(state),
    heldOut: figureJson(state, 'heldOut'),
    debt: debtJson(state),
    integrity: state?.integrity.last ?? null,
    sealed: state?.run?.seal.sealed ?? null,
    spentUsd: state?.budget.spentUsd ?? null,
    store: state && { bytes: state.store.bytes, quotaBytes: state.store.quotaBytes },
    stalled: state?.stalls.alarm ?? null,
    context: contextJson(state),
    forecast: state && forecastOfRun(state),
    gate: state?.gate ?? null,
    gatesDecided: state?.gatesDecided ?? null,
    paused: state?.paused ?? null,
    ended: state?.ended ?? null,
  };
}

/** Tokens of the next prompt as far as it is known, of what the model takes, and at how many it is made shorter. */
function contextJson(state: RunState | null) {
  if (!state?.run) return null;
  const { tokens } = state.context;
  const compactAt = contextWay(state) === 'off' ? null : compactAtTokens(state);
  return { tokens, windowTokens: state.run.task.model.windowTokens ?? null, compactAtTokens: compactAt };
}

function figureJson(state: RunState | null, suite: SuiteName) {
  const figure = state && standingFigure(state, suite);
  if (!figure) return null;
  const { pass, total, checkpoint } = figure;
  const rate = total === 0 ? null : pass / total;
  return { pass, total, rate, interval: wilson(figure), checkpoint, behind: lagOf(state, checkpoint) };
}

/** Of the cases drawn; the interval holds however often it is looked at. null: the whole suite was run last. */
function sampleJson(state: RunState | null) {
  const sample = state && standingSample(state);
  if (!sample) return null;
  const { pass, total, of, beside, checkpoint } = sample;
  const rate = total === 0 ? null : pass / total;
  return {
    pass,
    total,
    of,
    beside,
    rate,
    interval: sampleInterval(sample),
    checkpoint,
    behind: lagOf(state, checkpoint),
  };
}

function debtJson(state: RunState | null) {
  const counts = state && standingDebt(state);
  return counts && { checkpoint: counts.checkpoint, ...debtOf(counts) };
}
