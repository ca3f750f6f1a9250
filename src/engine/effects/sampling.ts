/**
 * Job: what a sample is asked for beside its draw, and the entry that its result comes to.
 * Boundary: pure; `run/sample.ts` draws, in the verifier's process.
 * Rules: H3 visible cases only. B3 no more is run beside the draw than is drawn.
 */
import { shuffled } from '../../base/shuffle.ts';
import type { BlobRef, EntryBody } from '../../run/entry.ts';
import type { SampleRequest } from '../../run/sample.ts';
import type { VerdictOfCase, VerifierResult } from './verifierResult.ts';

/**
 * Ids of the cases that did not pass when they were run last, as far as the last complete run and the newest sample know: first
 * those that had passed in the complete run, the others in an order of the seed, so that each has its turn to be watched.
 */
export function failingLast(
  complete: readonly VerdictOfCase[],
  sample: readonly VerdictOfCase[],
  seed: number,
): readonly string[] {
  const passed = new Set(complete.filter(passes).map(({ id }) => id));
  const newest = new Map([...complete, ...sample].map((one) => [one.id, one]));
  const failing = [...newest.values()].filter((one) => !passes(one)).map(({ id }) => id);
  const fell = failing.filter((id) => passed.has(id));
  return [...fell, ...shuffled(failing, seed).filter((id) => !passed.has(id))];
}

/** @param drawn how many of this checkpoint are known: a sample that grows watches no more than that, as it did before. */
export function askedSample({
  size,
  drawn,
  failing,
}: {
  readonly size: number;
  readonly drawn: number;
  readonly failing: readonly string[];
}): Omit<SampleRequest, 'seed'> {
  if (drawn > 0) return { draw: size, watched: failing.slice(0, drawn) };
  const watched = failing.slice(0, Math.floor(size / 2));
  return { draw: size - watched.length, watched };
}

export interface SampledFacts {
  readonly checkpoint: number;
  readonly seed: number;
  readonly wallMs: number;
  readonly results: BlobRef;
  /** Ids of the cases that failed when they were run last. */
  readonly failing: readonly string[];
  /** Ids of those that passed at the last complete run; null: none was made. */
  readonly passedBefore: ReadonlySet<string> | null;
}

export function sampledEntry(facts: SampledFacts, result: VerifierResult): EntryBody<'verification.sampled'> {
  const { failing, passedBefore, ...named } = facts;
  const { counts, total, build, cases, cost } = result;
  const ran = new Set(cases.map(({ id }) => id));
  const beside = cases.filter((one) => one.beside === true);
  const count = (of: readonly VerdictOfCase[], is: (one: VerdictOfCase) => boolean) => of.filter(is).length;
  const passedThen = ({ id }: VerdictOfCase) => passedBefore?.has(id) === true;
  return {
    type: 'verification.sampled',
    suite: 'visible',
    ...named,
    counts,
    total,
    of: result.of ?? total,
    beside: { pass: count(beside, passes), total: beside.length },
    failedNotRun: failing.filter((id) => !ran.has(id)).length,
    ...(passedBefore && { passedBefore: count(cases, (one) => one.beside !== true && passedThen(one)) }),
    build,
    regressed: count(cases, (one) => passedThen(one) && !passes(one)),
    repaired: passedBefore === null ? 0 : count(cases, (one) => !passedThen(one) && passes(one)),
    ...(cost && { cost }),
  };
}

const passes = ({ verdict }: VerdictOfCase): boolean => verdict === 'pass';
