/**
 * Job: fold what is verified into the figures of a run.
 * Boundary: pure, as reduce.ts, which it is a part of.
 */
import { tagPairs, type DebtCounts } from './debt.ts';
import type { Entry, SuiteName, VerificationCost } from './entry.ts';
import { gaveWay } from './gaveWay.ts';
import { limits } from './limits.ts';
import type { CaseCost, CheckpointSummary, RunState, SuiteFigure, SuiteFigures } from './state.ts';
import { headChars } from './stepSummary.ts';

const trendLength = 60;

export const noFigures: SuiteFigures = {
  last: null,
  tags: [],
  buildSaid: null,
  trend: [],
  running: null,
  problem: null,
  sample: null,
  cost: null,
};

export function verifying(state: RunState, { checkpoint, suite, at }: Entry<'verification.started'>): RunState {
  return inSuite(state, suite, (f) => ({ ...f, running: { checkpoint, since: at } }));
}

/** What only gave way to a newer checkpoint is no problem of the suite. */
export function notVerified(state: RunState, entry: Entry<'verification.failed'>): RunState {
  const { checkpoint, suite, message, sample } = entry;
  return inSuite(state, suite, (f) => ({
    ...f,
    running: null,
    problem: gaveWay(entry) ? f.problem : { checkpoint, message, ...(sample && { sample }) },
  }));
}

export function verified(state: RunState, entry: Entry<'verification.finished'>): RunState {
  const { checkpoint, suite, counts, total, build, results, regressed, repaired, sinceGate: changes } = entry;
  const figure: SuiteFigure = {
    checkpoint,
    pass: counts.pass,
    total,
    counts,
    buildOk: build.ok,
    results,
    regressed,
    repaired,
    ...(changes && { sinceGate: changes }),
  };
  const counted = inSuite(state, suite, (f) => ({
    last: figure,
    tags: entry.tags ?? [],
    buildSaid: build.ok ? null : (build.message ?? '').slice(-headChars),
    trend: [...f.trend, figure].slice(-trendLength),
    running: null,
    problem: null,
    sample: f.sample !== null && f.sample.checkpoint > checkpoint ? f.sample : null,
    cost: costAfter(f.cost, entry.cost),
  }));
  const next = { ...counted, debt: debtIn(counted, checkpoint) ?? state.debt };
  if (suite === 'heldOut' || total === 0) return next;
  const { sinceGate } = state;
  const best = Math.max(counts.pass / total, sinceGate.bestVisible ?? 0);
  return {
    ...next,
    sinceGate: checkpoint > sinceGate.checkpoint ? { ...sinceGate, bestVisible: best } : sinceGate,
    checkpoints: withCheckpoint(state.checkpoints, checkpoint, { visible: { pass: counts.pass, total } }),
  };
}

/** Of the complete runs nothing changes: gates, the best checkpoint and debt rest on those. */
export function sampled(state: RunState, entry: Entry<'verification.sampled'>): RunState {
  const { checkpoint, seed, counts, total, of, beside, failedNotRun, passedBefore, build, results } = entry;
  const { regressed, repaired, cost } = entry;
  return inSuite(state, 'visible', (f) => ({
    ...f,
    buildSaid: build.ok ? null : (build.message ?? '').slice(-headChars),
    running: null,
    problem: null,
    sample: {
      ...{ checkpoint, seed, pass: counts.pass, total, of, beside, failedNotRun, results, regressed, repaired },
      passedBefore: passedBefore ?? null,
      buildOk: build.ok,
    },
    cost: costAfter(f.cost, cost),
  }));
}

/** An average in which a verification weighs by the cases that it ran: few of them tell more of the sandbox than of the cases. */
function costAfter(before: CaseCost | null, cost: VerificationCost | undefined): CaseCost | null {
  if (cost === undefined || cost.ran === 0) return before;
  const { buildCpuMs, casesCpuMs, casesWallMs, ran } = cost;
  const weight = before === null ? 1 : ran / (ran + limits.sampleCasesLeast);
  const mixed = (old: number | undefined, now: number) => (old ?? now) * (1 - weight) + now * weight;
  return {
    buildCpuMs: buildCpuMs > 0 ? buildCpuMs : (before?.buildCpuMs ?? 0), // a build that was kept costs nothing
    caseCpuMs: mixed(before?.caseCpuMs, casesCpuMs / ran),
    caseWallMs: mixed(before?.caseWallMs, casesWallMs / ran),
  };
}

/** Of this checkpoint; null while only one suite is known of it. */
function debtIn({ figures, checkpoints }: RunState, checkpoint: number): DebtCounts | null {
  const { visible, heldOut } = figures;
  if (heldOut.last?.checkpoint !== checkpoint) return null;
  const of = heldOut.last;
  const newest = visible.last?.checkpoint === checkpoint ? visible.last : null;
  // A look at held-out may come after the visible suite of a newer checkpoint was run.
  const rate = newest ?? checkpoints.get(checkpoint)?.visible;
  if (rate === undefined || rate.total === 0 || of.total === 0) return null;
  const without = [newest, of].reduce((sum, f) => sum + (f === null ? 0 : f.counts.error + f.counts.timeout), 0);
  return {
    checkpoint,
    visible: { pass: rate.pass, total: rate.total },
    heldOut: { pass: of.pass, total: of.total },
    notRun: without,
    tags: newest === null ? [] : tagPairs(visible.tags, heldOut.tags),
  };
}

function inSuite(state: RunState, suite: SuiteName, change: (figures: SuiteFigures) => SuiteFigures): RunState {
  return { ...state, figures: { ...state.figures, [suite]: change(state.figures[suite]) } };
}

export function withoutProblems({ visible, heldOut }: RunState['figures']): RunState['figures'] {
  return { visible: { ...visible, problem: null }, heldOut: { ...heldOut, problem: null } };
}

/** One checkpoint with more known of it. Numbers are dense, so the number is the place. */
export function withCheckpoint(
  checkpoints: RunState['checkpoints'],
  checkpoint: number,
  known: Partial<CheckpointSummary>,
): RunState['checkpoints'] {
  const found = checkpoints.get(checkpoint);
  return found === undefined ? checkpoints : checkpoints.with(checkpoint, { ...found, ...known });
}
