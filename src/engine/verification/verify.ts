/**
 * Job: verify one checkout with one suite: build, run every case, repeat what did not pass, count.
 * Boundary: in the verifier's process. Knows nothing of runs and journals.
 * Rules: H5. H1 a held-out result is made without inputs and outputs. B3 workers, repeats and time are bounded. The order is
 *   shuffled by the seed, so that no case can lean on the one before it.
 */
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import type { Case } from '../../run/case.ts';
import type { VerdictCounts, VerdictKind } from '../../run/entry.ts';
import type { Builds } from './builds.ts';
import type { CaseResult, FailingCase, VerificationResult, VerifyParams, VisibleResult } from './messages.ts';
import { runCase, type CaseContext, type CaseOutcome } from './runCase.ts';
import { shuffled } from './shuffle.ts';
import { chosenCases, loadSuite } from './suite.ts';

/** A case that hangs costs its whole time again when it is repeated; after so many the repeat teaches nothing. */
const repeatedTimeouts = 4;
const shownChars = 2_000;

export interface VerifyPorts {
  readonly builds: Builds;
  /** Where throwaway folders are made. */
  readonly casesFolder: string;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

interface Judged extends CaseResult {
  readonly outcome: CaseOutcome;
}

/** @throws SuiteUnreadable; SandboxGone, as figures of a broken sandbox would be the candidate's; the signal's reason when cancelled, after everything that it started is gone. */
export async function verify(params: VerifyParams, ports: VerifyPorts): Promise<VerificationResult | VisibleResult> {
  const startedAt = performance.now();
  const { recipe, suite } = params;
  const cases = chosenCases(loadSuite(suite.file), params.only);
  const build = await ports.builds.take(params.buildKey, params.checkout, recipe, ports.signal);
  try {
    const judged = build.outcome.ok
      ? await judgeAll(cases, params, build.folder, ports)
      : new Map(cases.map((one) => [one.id, notRun(one, 'error', 'the build failed')]));
    const inOrder = cases.flatMap((one) => judged.get(one.id) ?? []);
    const result: VerificationResult = {
      counts: countsOf(inOrder),
      total: cases.length,
      build: build.outcome,
      cases: inOrder.map(({ id, verdict, wallMs }) => ({ id, verdict, wallMs })),
      wallMs: Math.round(performance.now() - startedAt),
      sealed: recipe.sandbox.kind === 'bubblewrap',
    };
    return suite.kind === 'heldOut' ? result : { ...result, ...detailsOf(cases, judged, params.show) };
  } finally {
    build.release();
  }
}

async function judgeAll(
  cases: readonly Case[],
  params: VerifyParams,
  build: string,
  ports: VerifyPorts,
): Promise<Map<string, Judged>> {
  let folders = 0;
  const context: CaseContext = {
    recipe: params.recipe,
    build,
    entries: readdirSync(build),
    freshFolder: () => join(ports.casesFolder, `${String(process.pid)}-${String(Date.now())}-${String(folders++)}`),
    signal: ports.signal,
  };
  const until = performance.now() + params.recipe.limits.totalWallMs;
  const judged = new Map<string, Judged>();
  const judgeOne = async (one: Case): Promise<CaseOutcome | null> =>
    performance.now() < until ? runCase(one, context) : null;

  await inParallel(shuffled(cases, params.seed), params.recipe.workers, ports.signal, async (one) => {
    const outcome = await judgeOne(one);
    judged.set(
      one.id,
      outcome === null ? notRun(one, 'timeout', 'the time of the whole verification was over') : toJudged(one, outcome),
    );
    ports.onProgress(judged.size, cases.length);
  });

  if (!params.repeatFailed) return judged;
  const failed = cases.filter((one) => judged.get(one.id)?.verdict !== 'pass');
  const hung = failed.filter((one) => judged.get(one.id)?.verdict === 'timeout').slice(repeatedTimeouts);
  const again = failed.filter((one) => !hung.includes(one));
  await inParallel(shuffled(again, params.seed + 1), params.recipe.workers, ports.signal, async (one) => {
    const outcome = await judgeOne(one);
    const first = judged.get(one.id);
    if (outcome?.verdict === 'pass' && first) judged.set(one.id, { ...first, verdict: 'flaky' });
  });
  return judged;
}

const toJudged = (one: Case, outcome: CaseOutcome): Judged => ({
  id: one.id,
  verdict: outcome.verdict,
  wallMs: outcome.wallMs,
  outcome,
});

function notRun(one: Case, verdict: 'error' | 'timeout', detail: string): Judged {
  return toJudged(one, { verdict, wallMs: 0, actual: Buffer.alloc(0), detail });
}

/** @throws the first failure of `work`, the signal's reason; both once every worker has come to rest. */
async function inParallel<T>(
  items: readonly T[],
  workers: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    try {
      for (let item = items[next++]; item !== undefined && !signal.aborted; item = items[next++]) await work(item);
    } catch (error) {
      next = items.length;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.max(1, workers) }, worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  signal.throwIfAborted();
}

function countsOf(judged: readonly Judged[]): VerdictCounts {
  const counts: Record<VerdictKind, number> = { pass: 0, fail: 0, error: 0, timeout: 0, flaky: 0 };
  for (const { verdict } of judged) counts[verdict]++;
  return counts;
}

function detailsOf(
  cases: readonly Case[],
  judged: ReadonlyMap<string, Judged>,
  show: number,
): Pick<VisibleResult, 'tags' | 'failing'> {
  const tags = new Map<string, { pass: number; total: number }>();
  const failing: FailingCase[] = [];
  for (const one of cases) {
    const found = judged.get(one.id);
    for (const tag of one.tags) {
      const sums = tags.get(tag) ?? { pass: 0, total: 0 };
      sums.total++;
      if (found?.verdict === 'pass') sums.pass++;
      tags.set(tag, sums);
    }
    if (found && found.verdict !== 'pass' && failing.length < show) failing.push(failingCase(one, found));
  }
  const sorted = [...tags].sort(([a], [b]) => (a < b ? -1 : 1));
  return { tags: sorted.map(([tag, sums]) => ({ tag, ...sums })), failing };
}

function failingCase(one: Case, { id, verdict, wallMs, outcome }: Judged): FailingCase {
  return {
    id,
    verdict,
    wallMs,
    args: one.args,
    stdin: cut(one.stdin),
    expected: cut(one.expect.stdout ?? ''),
    actual: cut(outcome.actual.toString('utf8')),
    detail: outcome.detail,
  };
}

const cut = (text: string) => (text.length > shownChars ? `${text.slice(0, shownChars)}…` : text);
