/**
 * Job: pass rates against cost of simulated runs, in four shapes of which none is in the family that the forecast fits.
 * Boundary: a curve is what verification would have seen; whoever forecasts is shown its beginning only.
 *
 *  - saturating: Weibull growth to a limit of its own, which may lie at everything or well below;
 *  - jump: an early plateau, then at some time or never a large part of the rest at once, then slow drift;
 *  - regressing: growth that breaks again and again: what stands falls for a while, and the best so far with it stands still;
 *  - heavyTailed: gains that come by Pareto waits, each a share of what is missing.
 */
import type { Random } from './random.ts';

export const shapes = ['saturating', 'jump', 'regressing', 'heavyTailed'] as const;
export type Shape = (typeof shapes)[number];

export interface SimulatedRun {
  readonly shape: Shape;
  readonly budgetUsd: number;
  readonly total: number;
  /** In the order of their cost, up to twice the budget. */
  readonly looks: readonly { readonly costUsd: number; readonly pass: number }[];
}

/** A pass rate against cost, both as shares: of the budget and of all cases. */
type Latent = (spent: number) => number;

export function simulatedRun(shape: Shape, random: Random): SimulatedRun {
  const budgetUsd = 30 * 5 ** random();
  const total = Math.round(80 * 8 ** random());
  const every = 0.006 + 0.014 * random();
  const rate = latents[shape](random);
  const looks = [];
  for (let spent = every; spent <= 2; spent += every * (0.5 + random())) {
    const noise = random() < 0.15 ? -0.02 * random() : 0;
    const share = Math.min(1, Math.max(0, rate(spent) + noise));
    looks.push({ costUsd: spent * budgetUsd, pass: Math.round(share * total) });
  }
  return { shape, budgetUsd, total, looks };
}

const between = (random: Random, low: number, high: number) => low + (high - low) * random();

function growth(random: Random, most: number, scale: number): Latent {
  const power = between(random, 0.5, 1.6);
  return (spent) => most * (1 - Math.exp(-((spent / scale) ** power)));
}

const latents: Readonly<Record<Shape, (random: Random) => Latent>> = {
  // A limit above 1 is reached on the way: the task is solved.
  saturating: (random) => growth(random, between(random, 0.55, 1.2), 0.04 * 12 ** random()),
  jump: (random) => {
    const plateau = between(random, 0.3, 0.85);
    const first = growth(random, plateau, between(random, 0.02, 0.1));
    const [at, rises] = [between(random, 0.15, 1.8), between(random, 0.01, 0.08)];
    const size = random() < 0.35 ? 1 : between(random, 0.2, 0.95);
    const drift = between(random, 0, 0.05);
    return (spent) => {
      const risen = Math.min(1, Math.max(0, (spent - at) / rises));
      const base = first(spent) + drift * spent;
      return base + (1 - base) * size * risen;
    };
  },
  regressing: (random) => {
    const base = growth(random, between(random, 0.6, 1.15), 0.05 * 10 ** random());
    const breaks = Array.from({ length: 1 + Math.floor(3 * random()) }, () => {
      return { from: between(random, 0.1, 1.6), lasts: between(random, 0.03, 0.5), depth: between(random, 0.05, 0.4) };
    });
    return (spent) => {
      const broken = breaks.filter(({ from, lasts }) => spent >= from && spent < from + lasts);
      return base(spent) * (1 - Math.max(0, ...broken.map(({ depth }) => depth)));
    };
  },
  heavyTailed: (random) => {
    const [alpha, least] = [between(random, 0.6, 1.3), between(random, 0.004, 0.02)];
    const [hardest, spread] = [between(random, 0.1, 0.4), between(random, 1, 4)];
    const jumps: { at: number; rate: number }[] = [];
    let [at, missing] = [0, between(random, 0.7, 1)];
    while (at < 2) {
      at += least * (1 - random()) ** (-1 / alpha);
      missing *= 1 - hardest * random() ** spread;
      if (missing < 0.04 && random() < 0.3) missing = 0;
      jumps.push({ at, rate: 1 - missing });
    }
    return (spent) => jumps.findLast((jump) => jump.at <= spent)?.rate ?? 0;
  },
};
