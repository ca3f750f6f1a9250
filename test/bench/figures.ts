/**
 * Job: what a bench hands back: figures, their limits, the one line of JSON at the end.
 * Boundary: numbers and text; measures nothing.
 */

export type Figures = Readonly<Record<string, number>>;

/** The most that a figure may be; a figure that is not named here is told and not judged. */
export const limitsOf: Readonly<Record<string, Figures>> = {
  checkpoint: {
    'told.perWalk': 0.3,
    'told.perPeer': 0.07,
    'detect.perWalk': 1.5,
    'detect.perPeer': 0.6,
    'rollback.perWalk': 2,
    'rollbackTold.perWalk': 0.4,
    'first.perSeededAdd': 1.2,
    flat: 1.2,
    kbPerStep: 8,
  },
  journal: { 'append.perFloor': 1.5, openTailMs: 300, resumeMs: 1_000, stepPageMs: 2, engineRssMb: 150 },
  log: { firstPaintMs: 800, frameWorkP95Ms: 12, heapMb: 80, domNodes: 2_000 },
  sandbox: { commandOverheadMs: 20 },
  startup: { activationCpuMs: 30, enginesStartedAtActivation: 0, vsixMb: 3 },
  step: { engineCpuMsPerStep: 25, hops: 5 },
  verify: { 'cold.perFloor': 1.5, 'unchangedAgain.perCold': 0.05, stateChannelsLeft: 0 },
};

/** One sentence for each figure that is over its limit, or that has one and is missing or no number. */
export function overLimit(figures: Figures, most: Figures): readonly string[] {
  return Object.entries(most)
    .filter(([name, limit]) => !((figures[name] ?? Number.NaN) <= limit))
    .map(([name, limit]) => `${name} is ${String(figures[name])}, at most ${limit} is allowed`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('a median needs a value');
  return (lower + upper) / 2;
}

/** Two decimals: more than these measurements know. */
export const rounded = (value: number): number => Number(value.toFixed(2));

/** What a bench says on its way, beside stdout, whose last line is the figures. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
