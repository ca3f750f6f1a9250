/**
 * Job: what cases said of the newest few contents, so that none is run twice on the same files: the agent's own test run and
 *   the verification of the checkpoint after it look at one content.
 * Boundary: in the verifier's process and in its memory; a new process begins anew.
 * Rules: H5 a verdict is known only of the same files, recipe and case, and only where the case was judged: what timed out or
 *   could not be run is run again. B3 few contents are kept, and none of a tree that is long to read.
 */
import { createHash } from 'node:crypto';
import type { Case } from '../../run/case.ts';
import { digestOfFolder } from './folders.ts';
import type { CandidateRecipe, VerifyParams } from './messages.ts';
import type { CaseOutcome } from './runCase.ts';

const contentsKept = 4;
/** Of an output only as much is kept as may be shown: 2,000 characters of at most 4 bytes, and a sign that there was more. */
const actualBytes = 8_004;

/** The outcomes of one content, by case. */
export interface Known {
  get(one: Case): CaseOutcome | undefined;
}

export class Verdicts {
  /** Oldest use first. */
  private readonly contents = new Map<string, Map<string, CaseOutcome>>();
  /** The content of a build that is kept, by its key. */
  private readonly ofBuild = new Map<string, string>();
  /** What a case gave at its last run, on whatever content, and how often in a row. */
  private readonly last = new Map<string, { readonly outcome: string; readonly times: number }>();

  /** Names what is about to be verified; null: not told apart, so nothing is known or kept. */
  async contentOf({ buildKey, checkout, recipe }: VerifyParams): Promise<string | null> {
    const files =
      checkout === null
        ? buildKey === null
          ? undefined
          : this.ofBuild.get(buildKey)
        : ((await digestOfFolder(checkout)) ?? undefined);
    if (files === undefined) return null;
    if (buildKey !== null) this.ofBuild.set(buildKey, files);
    return sha256(files, recipeKey(recipe));
  }

  known(content: string | null): Known {
    const outcomes = content === null ? undefined : this.contents.get(content);
    return { get: (one) => outcomes?.get(keyOf(one)) };
  }

  /** After each run of a case. @returns it with as much of the output as may be shown: whole outputs of a suite may be gigabytes */
  note(content: string | null, one: Case, outcome: CaseOutcome): CaseOutcome {
    const key = keyOf(one);
    const gave = sha256(outcome.verdict, outcome.detail, outcome.actual);
    const before = this.last.get(key);
    this.last.set(key, { outcome: gave, times: before?.outcome === gave ? before.times + 1 : 1 });
    const kept = { ...outcome, actual: Buffer.from(outcome.actual.subarray(0, actualBytes)) };
    if (content !== null && (outcome.verdict === 'pass' || outcome.verdict === 'fail'))
      this.outcomesOf(content).set(key, kept);
    return kept;
  }

  /** Whether the case gave the same at its last two runs: to repeat it once more teaches nothing. */
  isSettled(one: Case): boolean {
    return (this.last.get(keyOf(one))?.times ?? 0) >= 2;
  }

  /** A case that gave this and that is run again the next time. */
  forget(content: string | null, one: Case): void {
    if (content !== null) this.contents.get(content)?.delete(keyOf(one));
  }

  private outcomesOf(content: string): Map<string, CaseOutcome> {
    const outcomes = this.contents.get(content) ?? new Map<string, CaseOutcome>();
    this.contents.delete(content);
    this.contents.set(content, outcomes);
    for (const [oldest] of this.contents) {
      if (this.contents.size <= contentsKept) break;
      this.contents.delete(oldest);
    }
    return outcomes;
  }
}

const keyOf = (one: Case): string => sha256(JSON.stringify(one));

function recipeKey({ build, run, withheld, sandbox, view, limits }: CandidateRecipe): string {
  return JSON.stringify([build ?? null, run, withheld, sandbox, view, limits]);
}

function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}
