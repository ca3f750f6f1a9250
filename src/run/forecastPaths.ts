/**
 * Job: many ways in which a best-so-far curve may go on, drawn from what it did so far.
 * Boundary: pure; the same curve gives the same ways, for its own numbers are the seed.
 *
 * No family of curves holds what runs do, so three views of the same past take turns, and each of them is now and then surprised:
 *  - the fitted power law goes on, with the error of its slope;
 *  - what happened in blocks of the past happens again (block bootstrap of the shares of what was missing then);
 *  - gains come as jumps whose waits have heavy tails: the longer nothing came, the longer nothing may come (Lindy), each jump
 *    taking a share of what is missing as earlier ones did.
 * The surprise is a jump like none before it: a prior, for a plateau's end can't be read off a plateau.
 */
import { generatorOf } from '../base/shuffle.ts';
import type { ScoreCurve } from './forecastFacts.ts';
import { bestAt, fittedShapes, type FittedShape } from './forecastFit.ts';

/** Best-so-far rates at `costs`, one row a way. */
export interface FuturePaths {
  /** From now to `reach` times the spend, equally far apart; the first is now. */
  readonly costs: readonly number[];
  readonly paths: readonly Float64Array[];
}

export const prior = {
  paths: 400,
  knots: 16,
  /** No further than this times the spend. */
  reach: 2,
  /** Chance of a jump like none before, for each doubling of the spend: while it rises, and on a plateau as long as the run. */
  surprise: 0.06,
  surpriseOnPlateau: 0.24,
  /** A gain of so many points does not end a plateau. */
  plateauRise: 0.03,
  /** Of jumps like none before, those that solve all. */
  solves: 0.15,
  jumpsMost: 24,
  blocks: 4,
  pastCells: 96,
};

type Next = () => number;
type View = (path: Float64Array, next: Next) => void;

/** Made once for each curve: a run asks between two steps, a screen whenever it is drawn. */
export function futurePaths(curve: ScoreCurve): FuturePaths {
  const made = known.get(curve) ?? drawnPaths(curve);
  known.set(curve, made);
  return made;
}

const known = new WeakMap<ScoreCurve, FuturePaths>();

function drawnPaths(curve: ScoreCurve): FuturePaths {
  const { knots, reach, paths: count } = prior;
  const step = (curve.costUsd * (reach - 1)) / knots;
  const costs = Array.from({ length: knots + 1 }, (_, i) => curve.costUsd + i * step);
  const next = generatorOf(seedOf(curve));
  const chance = surpriseChance(curve);
  const views = [fitView(curve, costs), blockView(curve), jumpView(curve, costs)];
  const paths = Array.from({ length: count }, (_, i) => {
    const path = new Float64Array(knots + 1);
    views[i % views.length]?.(path, next);
    surprise(path, chance, next);
    return path;
  });
  return { costs, paths };
}

/** FNV-1a over the numbers of the curve. */
function seedOf({ gains, looks, total, costUsd }: ScoreCurve): number {
  let hash = 0x811c9dc5;
  for (const value of [
    looks,
    total,
    Math.round(costUsd * 1e4),
    gains.length,
    Math.round((gains.at(-1)?.rate ?? 0) * 1e6),
  ])
    hash = Math.imul(hash ^ value, 0x01000193);
  return hash;
}

function fitView(curve: ScoreCurve, costs: readonly number[]): View {
  const shapes = fittedShapes(curve);
  const now = bestAt(curve, curve.costUsd);
  const falls = shapes.map(({ kUsd, gamma }) => costs.map((cost) => (1 + cost / kUsd) ** -gamma));
  return (path, next) => {
    const index = drawn(shapes, next());
    const shape = shapes[index];
    const fall = falls[index];
    if (shape === undefined || fall === undefined) return;
    const b = Math.max(0, shape.b + shape.bError * normal(next)) * Math.exp(0.35 * normal(next));
    for (let i = 0; i < path.length; i++) path[i] = Math.min(1, now + b * ((fall[0] ?? 0) - (fall[i] ?? 0)));
  };
}

/** What was missing shrinks as it did over blocks of the past, a quarter of the spend each, the newer ones more often. */
function blockView(curve: ScoreCurve): View {
  const { costUsd, total, gains } = curve;
  const from = gains[0]?.costUsd ?? 0;
  const cells = pastCells(curve);
  const cellUsd = (costUsd - from) / (cells.length - 1);
  const length = Math.max(1, Math.round(costUsd / prior.blocks / cellUsd));
  const room = Math.max(0, cells.length - 1 - length);
  const missing = (cell: number) => Math.max(1 - (cells[Math.min(cells.length - 1, cell)] ?? 0), 0.5 / total);
  const now = bestAt(curve, costUsd);
  const perBlock = prior.knots / prior.blocks;
  return (path, next) => {
    const harder = 0.25 + 0.75 * next();
    let left = 1 - now;
    path[0] = now;
    let [before, start] = [0, 0];
    for (let i = 1; i < path.length; i++) {
      const within = ((i - 1) % perBlock) + 1;
      if (within === 1) {
        start = Math.round(room * Math.sqrt(next()));
        before = missing(start);
      }
      const after = missing(start + Math.round((length * within) / perBlock));
      left *= (after / before) ** harder;
      before = after;
      path[i] = Math.max(path[i - 1] ?? now, 1 - left); // 1 − (1 − x) may be less than x
    }
  };
}

/** The best rate at equally far costs, from the first verification to the newest. */
function pastCells(curve: ScoreCurve): Float64Array {
  const from = curve.gains[0]?.costUsd ?? 0;
  return Float64Array.from({ length: prior.pastCells + 1 }, (_, i) =>
    bestAt(curve, from + ((curve.costUsd - from) * i) / prior.pastCells),
  );
}

function jumpView(curve: ScoreCurve, costs: readonly number[]): View {
  const { gains, costUsd } = curve;
  const sizes = gains.slice(1).map((gain, i) => {
    const before = gains[i]?.rate ?? 0;
    return before >= 1 ? 0 : (gain.rate - before) / (1 - before);
  });
  const recent = sizes.slice(-12);
  const last = gains.at(-1)?.costUsd ?? costUsd;
  const typical = Math.max(costUsd / (gains.length + 1), costUsd / 200);
  const now = bestAt(curve, costUsd);
  return (path, next) => {
    const alpha = 0.4 + 0.8 * next();
    const harder = 0.25 + 0.75 * next();
    let best = now;
    let at = costUsd;
    let waited = costUsd - last;
    let knot = 0;
    for (let jump = 0; jump < prior.jumpsMost; jump++) {
      const scale = waited + typical * 0.5;
      at += scale * ((1 - next()) ** (-1 / alpha) - 1);
      while (knot < path.length && (costs[knot] ?? 0) < at) path[knot++] = best;
      if (knot >= path.length) return;
      const size = recent[Math.floor(next() * recent.length)] ?? 0.1;
      best += (1 - best) * Math.min(1, harder * size * Math.exp(0.3 * normal(next)));
      waited = 0;
    }
    path.fill(best, knot);
  };
}

/** What has stood still for most of the run is either done or about to be understood. */
function surpriseChance({ gains, costUsd }: ScoreCurve): number {
  const now = gains.at(-1)?.rate ?? 0;
  const since = gains.find(({ rate }) => rate >= now - prior.plateauRise)?.costUsd ?? costUsd;
  const still = 1 - since / costUsd;
  return prior.surprise + (prior.surpriseOnPlateau - prior.surprise) * still;
}

function surprise(path: Float64Array, chance: number, next: Next): void {
  const doublings = -Math.log(1 - next()) / -Math.log(1 - chance);
  const [share, solves] = [next(), next() < prior.solves];
  const at = Math.ceil((2 ** doublings - 1) * prior.knots);
  for (let i = Math.max(1, at); i < path.length; i++) {
    const before = path[i] ?? 0;
    path[i] = solves ? 1 : Math.max(before, before + (1 - before) * share);
  }
}

function drawn(shapes: readonly FittedShape[], chance: number): number {
  let left = chance;
  for (const [index, { weight }] of shapes.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return shapes.length - 1;
}

/** Standard normal (Box and Muller 1958). */
function normal(next: Next): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
