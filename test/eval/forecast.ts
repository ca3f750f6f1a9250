/**
 * Job: `npm run eval -- forecast`: whether the forecast's band holds what comes, whether it is narrower than it needs to be, and
 *   what heeding it would save and lose.
 * Boundary: the forecasts are Belay's own; the runs are simulated (`forecastCurves.ts`), none by the family that is fitted.
 *
 * Each curve is cut at several spends and forecast at several distances. The peer is "the last value persists", with an interval
 * that was measured on as many other runs of the same four shapes, so that it covers 90 of 100 by itself: more than it could know
 * of a run. Heeding: the run is stopped by the first forecast whose worth is below zero; else it stops at the goal or the budget.
 */
import { bandAt, forecastOf, isBelowZero } from '../../src/run/forecast.ts';
import type { ScoreCurve } from '../../src/run/forecastFacts.ts';
import { bestAt } from '../../src/run/forecastFit.ts';
import { withLook, noCurve } from '../../src/run/scoreCurve.ts';
import { rounded, tell, type Figures } from '../bench/figures.ts';
import { shapes, simulatedRun, type SimulatedRun } from './forecastCurves.ts';
import { seeded } from './random.ts';

const runsPerShape = 500;
const cuts = [0.15, 0.25, 0.4, 0.6, 0.8];
const distances = [1.25, 1.5, 2];
const alpha = 0.1;
/** Finer than a bound that is told to the hundredth. */
const thousandths = (value: number): number => Number(value.toFixed(3));
const worths = [5, 20, 100];

export function missedByForecast(figures: Figures): readonly string[] {
  const of = (name: string) => figures[name] ?? Number.NaN;
  const coverages = shapes.map((shape) => `coverage90.${shape}`);
  return [
    ...coverages.filter((name) => !(of(name) >= 0.85)).map((name) => `${name} must be at least 0.85`),
    ...(of('intervalScoreRatio') < 1 ? [] : ['intervalScoreRatio must be below 1']),
  ];
}

export function evalForecast(perShape = runsPerShape): Promise<Figures> {
  const random = seeded(7);
  const draw = (count: number) =>
    shapes.flatMap((shape) => Array.from({ length: count }, () => simulatedRun(shape, random)));
  const peer = persistence(draw(perShape));
  const runs = draw(perShape);
  return Promise.resolve({ curves: runs.length, ...bands(runs, peer), ...heeding(runs) });
}

interface Target {
  readonly curve: ScoreCurve;
  readonly distance: number;
  readonly now: number;
  readonly then: number;
}

const terms = { goal: 1, hourUsd: 0, budgetUsd: null, usdPerHour: null };

/** What the run's verifications had shown when so much was spent. */
function curveTo({ looks, total }: SimulatedRun, costUsd: number): ScoreCurve {
  let curve = noCurve;
  for (const look of looks) {
    if (look.costUsd > costUsd) break;
    curve = withLook(curve, look.costUsd, { pass: look.pass, total });
  }
  return curve;
}

function targetsOf(run: SimulatedRun): readonly Target[] {
  const whole = curveTo(run, Infinity);
  return cuts.flatMap((cut) => {
    const curve = curveTo(run, cut * run.budgetUsd);
    const now = bestAt(curve, curve.costUsd);
    if (now >= 1) return [];
    return distances.map((distance) => ({ curve, distance, now, then: bestAt(whole, curve.costUsd * distance) }));
  });
}

type Persistence = (distance: number) => number;

/** For each distance the gain that nine in ten do not exceed... the least interval from the last value on that covers them. */
function persistence(runs: readonly SimulatedRun[]): Persistence {
  const targets = runs.flatMap(targetsOf);
  const gains = new Map(
    distances.map((distance) => {
      const of = targets.filter((target) => target.distance === distance).map(({ now, then }) => then - now);
      return [distance, of.sort((a, b) => a - b)[Math.ceil((1 - alpha) * of.length) - 1] ?? 0] as const;
    }),
  );
  return (distance) => gains.get(distance) ?? 0;
}

/** Gneiting and Raftery 2007: width, and 2/α times by how much it was missed. */
function intervalScore(low: number, high: number, value: number): number {
  return high - low + (2 / alpha) * (Math.max(0, low - value) + Math.max(0, value - high));
}

function bands(runs: readonly SimulatedRun[], peer: Persistence): Figures {
  const figures: Record<string, number> = {};
  let [own, peers, forecasts, tooEarly, ms] = [0, 0, 0, 0, 0];
  for (const shape of shapes) {
    let [inside, all, width, insidePeer] = [0, 0, 0, 0];
    const [ownBefore, peersBefore] = [own, peers];
    for (const run of runs.filter((one) => one.shape === shape)) {
      for (const { curve, distance, now, then } of targetsOf(run)) {
        const startedAt = performance.now();
        const forecast = forecastOf(curve, terms);
        ms += performance.now() - startedAt;
        forecasts += 1;
        if (forecast.kind !== 'band') {
          tooEarly += 1;
          continue;
        }
        const at = bandAt(forecast.band, curve.costUsd * distance);
        if (at === null) throw new Error('the band ends too early');
        all += 1;
        width += at.high - at.low;
        const slack = 0.5 / curve.total;
        const [low, high] = [at.low - slack, at.high + slack];
        if (then >= low && then <= high) inside += 1;
        if (then <= now + peer(distance)) insidePeer += 1;
        own += intervalScore(at.low, at.high, then);
        peers += intervalScore(now, Math.min(1, now + peer(distance)), then);
      }
    }
    figures[`coverage90.${shape}`] = thousandths(inside / all);
    tell(`${shape}: ${all} bands, ${((width / all) * 100).toFixed(1)} points wide, hold ${((inside / all) * 100).toFixed(1)} % (the peer ${((insidePeer / all) * 100).toFixed(1)} %); score against the peer's ${((own - ownBefore) / (peers - peersBefore)).toFixed(3)}`); // prettier-ignore
  }
  tell(`${forecasts} forecasts, ${tooEarly} too early, ${(ms / forecasts).toFixed(2)} ms each`);
  return { ...figures, intervalScoreRatio: thousandths(own / peers) };
}

const noneHeeded = { succeeds: false, stopped: false, unspentUsd: 0 };

/** What heeding comes to for one run, in dollars. */
interface Heeded {
  readonly succeeds: boolean;
  /** Stopped by a forecast. */
  readonly stopped: boolean;
  /** Spent less than by "stop at the budget". */
  readonly unspentUsd: number;
}

function heeded(run: SimulatedRun): readonly Heeded[] {
  const solved = run.looks.find(({ pass, costUsd }) => pass === run.total && costUsd <= run.budgetUsd);
  const end = solved?.costUsd ?? run.budgetUsd;
  const stopsAt = worths.map(() => end);
  let curve = noCurve;
  let nextUsd = 0;
  for (const { costUsd, pass } of run.looks) {
    if (costUsd >= end) break;
    curve = withLook(curve, costUsd, { pass, total: run.total });
    if (costUsd < nextUsd) continue;
    nextUsd = costUsd + run.budgetUsd / 25;
    for (const [index, times] of worths.entries()) {
      const asked = { ...terms, budgetUsd: run.budgetUsd, valueUsd: times * run.budgetUsd };
      const forecast = forecastOf(curve, asked);
      if (isBelowZero(forecast)) stopsAt[index] = Math.min(stopsAt[index] ?? end, costUsd);
    }
  }
  return stopsAt.map((at) => ({ succeeds: solved !== undefined, stopped: at < end, unspentUsd: end - at }));
}

/** @returns for a solved task of 5 times the budget's worth; other worths are told */
function heeding(runs: readonly SimulatedRun[]): Figures {
  const figures: Record<string, number> = {};
  const outcomes = runs.map(heeded);
  for (const [index, times] of worths.entries()) {
    let [failing, saved, succeeding, lost, stopped, spent] = [0, 0, 0, 0, 0, 0];
    for (const [number, run] of runs.entries()) {
      const valueUsd = times * run.budgetUsd;
      const { succeeds, stopped: isStopped, unspentUsd } = outcomes[number]?.[index] ?? noneHeeded;
      if (succeeds) {
        succeeding += 1;
        if (isStopped) lost += valueUsd - unspentUsd;
        if (isStopped) stopped += 1;
      } else {
        failing += 1;
        saved += unspentUsd;
        spent += run.budgetUsd;
      }
    }
    const [savedEach, lostEach] = [rounded(saved / failing), rounded(lost / succeeding)];
    tell(`solved is worth ${times} budgets: ${failing} runs fail, $${savedEach} of $${(spent / failing).toFixed(2)} saved on each; ${succeeding} succeed, ${stopped} of them stopped, $${lostEach} lost on each`); // prettier-ignore
    const suffix = times === worths[0] ? '' : `.worth${times}`;
    figures[`savedOnFailingRuns${suffix}`] = savedEach;
    figures[`lostOnSucceedingRuns${suffix}`] = lostEach;
  }
  return figures;
}
