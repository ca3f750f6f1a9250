/**
 * Job: the signs that a run stalls, by what its steps came to, each with its evidence in one sentence.
 * Boundary: pure; reads what `stallTrace.ts` made of steps and verifications. What is done about a sign is `ladder.ts`'s.
 * Rules: H3 the only score looked at is the visible one. B3 all windows are bounded by limits.
 *
 * A repetition counts only where it came to nothing: the same call with the same result while no file changed. A batch of
 * similar edits, tests that are run again after each edit, and a long time of reading are work.
 */
import { formatCount, formatCounted } from './forDisplay.ts';
import { limits } from './limits.ts';
import type { ScoreTrace, StallKind, StallSign, StepTrace } from './stallFacts.ts';

/** What the signs are read from. */
export interface StallEvidence {
  /** The newest finished steps on this course, oldest first. */
  readonly traces: readonly StepTrace[];
  /** Steps in a row, the newest among them, that changed no file. */
  readonly unchanged: number;
  readonly score: ScoreTrace;
  readonly spentUsd: number;
  /** So many dollars without a gain are a sign; undefined: they are none. */
  readonly gainlessUsd: number | undefined;
}

type Sign = (evidence: StallEvidence) => string | null;

const calls: Sign = ({ traces }) => {
  const recent = traces.slice(-limits.stallCallWindow).filter(({ changed }) => !changed);
  const tree = recent.at(-1)?.tree;
  const steps = countSteps(
    recent.filter((trace) => trace.tree === tree),
    (trace) => trace.calls.map((call) => ({ key: call.call + call.result, words: call.title })),
  );
  if (steps === null || steps.count < limits.stallCalls) return null;
  return `“${steps.words}” gave the same result in ${formatCount(steps.count)} of the last ${formatCount(recent.length)} steps, and no file changed`;
};

const errors: Sign = ({ traces }) => {
  const recent = traces.slice(-limits.stallErrorWindow);
  const steps = countSteps(recent, (trace) =>
    trace.calls.flatMap(({ error }) => (error === null ? [] : [{ key: error.key, words: error.head }])),
  );
  if (steps === null || steps.count < limits.stallErrors) return null;
  return `the same error in ${formatCount(steps.count)} of the last ${formatCount(recent.length)} steps: “${steps.words}”`;
};

const alternation: Sign = ({ traces }) => {
  const versions = traces.filter(({ changed }) => changed);
  for (const period of [2, 3]) {
    const times = formatCount(limits.stallCycles);
    const length = period * limits.stallCycles;
    if (isPeriodic(versions.map(({ tree }) => tree).slice(-length), period)) {
      const first = formatCount(versions.at(-length)?.step ?? 0);
      return `the files went round the same ${formatCount(period)} versions ${times} times since step ${first}`;
    }
    const newest = traces.slice(-length);
    if (newest.every(({ changed }) => !changed) && isPeriodic(newest.map(outcomeOf), period))
      return `the same ${formatCount(period)} steps came ${times} times in turn with the same results, and no file changed`;
  }
  return null;
};

const text: Sign = ({ traces }) => {
  const recent = traces.slice(-limits.stallTextWindow);
  const repeating = recent.filter(({ repeats }) => repeats !== null);
  if (repeating.length < limits.stallTexts) return null;
  return `${formatCount(repeating.length)} of the last ${formatCount(recent.length)} answers say the same over and over: “${repeating.at(-1)?.repeats ?? ''}”`;
};

const idle: Sign = ({ traces, unchanged }) => {
  if (unchanged >= limits.stallUnchangedSteps) return `no file changed in ${formatCount(unchanged)} steps`;
  const recent = traces.slice(-limits.stallIdleSteps);
  if (recent.length < limits.stallIdleSteps || recent.some(({ changed }) => changed)) return null;
  const newest = limits.stallIdleSteps / 2;
  const known = new Set(traces.slice(0, -newest).flatMap(newsOf));
  if (traces.slice(-newest).some((trace) => newsOf(trace).some((one) => !known.has(one)))) return null;
  return `no file changed in ${formatCount(recent.length)} steps, and no call of the last ${formatCount(newest)} told anything new`;
};

/**
 * Improvements come at a rate r per verified version; that k versions in a row bring none has the chance (1−r)^k. The alarm
 * is at less than 5 %. r is measured over the versions up to the last gain and kept within limits: early gains are quick, and
 * no run is given forever. (Geometric waiting time; Belay's facts on reconstruction, formula 9.)
 */
const score: Sign = ({ score: trace, spentUsd, gainlessUsd }) => {
  const { best, flat, waited, gainAtUsd, waitedFromUsd } = trace;
  if (best === null || best >= 1) return null;
  const rate = gainRate(trace);
  const chance = (1 - rate) ** waited;
  const flatUsd = spentUsd - gainAtUsd;
  const isDear =
    gainlessUsd !== undefined && spentUsd - waitedFromUsd >= gainlessUsd && waited >= limits.stallVersionsLeast;
  if (chance >= limits.stallChance && !isDear) return null;
  const cost = flatUsd >= 0.005 ? ` and $${flatUsd.toFixed(2)}` : '';
  const why = isDear
    ? ''
    : `: at one gain in ${(1 / rate).toFixed(1)} as before, chance explains that in ${percent((1 - rate) ** flat)}`;
  return `visible has not risen above ${(best * 100).toFixed(1)} % in ${formatCounted(flat, 'verified version')}${cost}${why}`;
};

function percent(chance: number): string {
  return chance < 0.001 ? 'less than 0.1 %' : `${(chance * 100).toFixed(1)} %`;
}

/** Gains per verified version as measured, between the bounds. */
function gainRate({ gains }: ScoreTrace): number {
  const measured = gains.length === 0 ? 0 : gains.filter(Boolean).length / gains.length;
  return Math.min(limits.stallRateMost, Math.max(limits.stallRateLeast, measured));
}

const signs: Readonly<Record<StallKind, Sign>> = { calls, errors, alternation, text, idle, score };

/** All that hold now, each once. */
export function stallSigns(evidence: StallEvidence): readonly StallSign[] {
  return (Object.keys(signs) as StallKind[]).flatMap((kind) => {
    const found = signs[kind](evidence);
    return found === null ? [] : [{ kind, text: found }];
  });
}

interface Marked {
  readonly key: string;
  readonly words: string;
}

/** What stands in most steps, and in how many. */
function countSteps(
  traces: readonly StepTrace[],
  marksOf: (trace: StepTrace) => readonly Marked[],
): { readonly words: string; readonly count: number } | null {
  const counts = new Map<string, number>();
  let most: { words: string; count: number } | null = null;
  for (const trace of traces) {
    const inStep = new Map(marksOf(trace).map(({ key, words }) => [key, words]));
    for (const [key, words] of inStep) {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count > (most?.count ?? 0)) most = { words, count };
    }
  }
  return most;
}

function isPeriodic(items: readonly string[], period: number): boolean {
  if (items.length < period * limits.stallCycles || new Set(items.slice(0, period)).size < period) return false;
  return items.every((item, index) => index < period || item === items[index - period]);
}

function outcomeOf({ calls: made }: StepTrace): string {
  return made.map(({ call, result }) => call + result).join();
}

function newsOf({ calls: made }: StepTrace): readonly string[] {
  return made.filter(({ tells }) => tells).map(({ call, result }) => call + result);
}
