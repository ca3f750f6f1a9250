/**
 * Job: verify one checkout with one suite: build, run every case that is not known of these files, repeat what did not pass, count.
 * Boundary: in the verifier's process. Knows nothing of runs and journals.
 * Rules: H5. H1 a held-out result is made without inputs and outputs. B3 workers, repeats and time are bounded. The order is
 *   shuffled by the seed, so that no case can lean on the one before it.
 */
import { join } from 'node:path';
import type { Case } from '../../run/case.ts';
import type {
  BuildOutcome,
  CaseIsolation,
  TagCounts,
  VerdictCounts,
  VerdictKind,
  VerificationCost,
} from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { sampleOf, type Sample } from '../../run/sample.ts';
import type { ReportSuite } from '../../run/suite.ts';
import { namesIn } from '../checkpoint/listing.ts';
import type { Builds } from './builds.ts';
import { CaseSandboxes } from './caseSandboxes.ts';
import { removeFolder } from './folders.ts';
import type { CaseResult, FailingCase, VerificationResult, VerifyParams, VisibleResult } from './messages.ts';
import { runCase, type CaseContext, type CaseOutcome } from './runCase.ts';
import { runReport, unreported } from './runReport.ts';
import { noCost, Spent } from './spent.ts';
import { shuffled } from '../../base/shuffle.ts';
import { chosenCases, loadSuite } from './suite.ts';
import type { Known, Verdicts } from './verdicts.ts';

/** A case that hangs costs its whole time again when it is repeated; after so many the repeat teaches nothing. */
const repeatedTimeouts = 4;
/** Where so many fail, the candidate is broken: to tell flaky from failed matters when few do. */
const repeatedMost = 50;

export interface VerifyPorts {
  readonly builds: Builds;
  readonly verdicts: Verdicts;
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
  const sealed = loadSuite(suite.file);
  const chosen = chosenCases(sealed.cases, params.only);
  // Which cases a report tells of is known when it is written.
  const sample =
    params.sample && sealed.report === null ? sampleOf(chosen, { ...params.sample, seed: params.seed }) : null;
  const { cases, build, judged, isolation, cost } =
    sealed.report === null
      ? await buildAndJudge(sample === null ? chosen : inSample(chosen, sample), sealed.shared, params, ports)
      : await buildAndReport(sealed.report, sealed.shared, params, ports);
  const beside = new Set(sample?.beside);
  const counted = beside.size === 0 ? cases : cases.filter((one) => !beside.has(one));
  const result: VerificationResult = {
    counts: countsOf(counted, judged),
    total: counted.length,
    ...(sample && { of: chosen.length }),
    build,
    cases: cases.flatMap((one) => {
      const found = judged.get(one.id);
      if (found === undefined) return [];
      return [{ id: one.id, verdict: found.verdict, wallMs: found.wallMs, ...(beside.has(one) && { beside: true }) }];
    }),
    tags: tagsOf(cases, judged, namedTags(suite)),
    wallMs: Math.round(performance.now() - startedAt),
    sealed: recipe.sandbox.kind === 'bubblewrap',
    ...(isolation && { isolation }),
    cost,
  };
  return suite.kind === 'heldOut' ? result : { ...result, failing: failingOf(cases, judged, params) };
}

interface Outcome {
  readonly cases: readonly Case[];
  readonly build: BuildOutcome;
  readonly judged: ReadonlyMap<string, Judged>;
  /** Absent where no case was run by itself. */
  readonly isolation?: CaseIsolation;
  readonly cost: VerificationCost;
}

/** In the order of the suite. */
function inSample(cases: readonly Case[], { drawn, beside }: Sample<Case>): readonly Case[] {
  const taken = new Set([...drawn, ...beside]);
  return cases.filter((one) => taken.has(one));
}

async function buildAndJudge(
  cases: readonly Case[],
  shared: string | null,
  params: VerifyParams,
  ports: VerifyPorts,
): Promise<Outcome> {
  const content = await ports.verdicts.contentOf(params);
  const known = knownOf(cases, ports.verdicts.known(content));
  // A case was judged, so the build is good; what is not settled is run on it once more.
  if (known.size === cases.length && toRepeat(cases, known, params, ports.verdicts).length === 0) {
    if (params.checkout !== null) removeFolder(params.checkout);
    return { cases, build: { ok: true }, judged: known, cost: noCost };
  }
  const spent = new Spent();
  const build = await ports.builds.take(params.buildKey, params.checkout, params.recipe, ports.signal);
  spent.built(params.checkout !== null);
  try {
    if (!build.outcome.ok) {
      for (const one of cases) known.set(one.id, notRun(one, 'error', 'the build failed'));
      return { cases, build: build.outcome, judged: known, cost: spent.cost(0) };
    }
    const judging: Judging = { params, ports, content, shared, build: build.folder };
    const sandboxes = new CaseSandboxes({
      recipe: params.recipe,
      build: build.folder,
      entries: namesIn(build.folder),
      folders: ports.casesFolder,
    });
    try {
      await judgeAll(cases, known, { ...judging, sandboxes, spent });
    } finally {
      await sandboxes.close();
    }
    return {
      cases,
      build: build.outcome,
      judged: known,
      isolation: sandboxes.isolation,
      cost: spent.cost(sandboxes.cpuMs),
    };
  } finally {
    build.release();
  }
}

/** One command tells of all cases; which they are is known when it has ended. */
async function buildAndReport(
  report: ReportSuite,
  shared: string | null,
  params: VerifyParams,
  ports: VerifyPorts,
): Promise<Outcome> {
  const spent = new Spent();
  const build = await ports.builds.take(params.buildKey, params.checkout, params.recipe, ports.signal);
  spent.built(params.checkout !== null);
  try {
    const context = contextOf({ params, ports, shared, build: build.folder });
    const reported = build.outcome.ok
      ? await runReport(report, context)
      : unreported(report, new Map(), 'the build failed');
    const cases = chosenCases(
      reported.map(({ case: one }) => one),
      params.only,
    );
    const judged = new Map(reported.map(({ case: one, outcome }) => [one.id, toJudged(one, outcome)]));
    for (const { wallMs } of judged.values()) spent.ran(wallMs);
    return { cases, build: build.outcome, judged, cost: spent.cost() };
  } finally {
    build.release();
  }
}

function knownOf(cases: readonly Case[], known: Known): Map<string, Judged> {
  return new Map(
    cases.flatMap((one) => {
      const outcome = known.get(one);
      return outcome === undefined ? [] : [[one.id, toJudged(one, outcome)]];
    }),
  );
}

interface Judging {
  readonly params: VerifyParams;
  readonly ports: VerifyPorts;
  readonly content: string | null;
  readonly shared: string | null;
  /** The finished build. */
  readonly build: string;
}

/** Runs the cases that are not in `judged` yet and adds them; what failed is repeated where that may tell something. */
async function judgeAll(
  cases: readonly Case[],
  judged: Map<string, Judged>,
  judging: Judging & { readonly sandboxes: CaseSandboxes; readonly spent: Spent },
): Promise<void> {
  const { params, ports, content, sandboxes, spent } = judging;
  const { recipe, seed } = params;
  const context = { ...contextOf(judging), sandboxes };
  const until = performance.now() + recipe.limits.totalWallMs;
  const judgeOne = async (one: Case): Promise<CaseOutcome | null> => {
    if (performance.now() >= until) return null;
    const outcome = await runCase(one, context);
    spent.ran(outcome.wallMs);
    return ports.verdicts.note(content, one, outcome);
  };

  const unknown = cases.filter((one) => !judged.has(one.id));
  await inParallel(shuffled(unknown, seed), recipe.workers, ports.signal, async (one) => {
    const outcome = await judgeOne(one);
    judged.set(
      one.id,
      outcome === null ? notRun(one, 'timeout', 'the time of the whole verification was over') : toJudged(one, outcome),
    );
    ports.onProgress(judged.size, cases.length);
  });

  const again = toRepeat(cases, judged, params, ports.verdicts);
  await inParallel(shuffled(again, seed + 1), recipe.workers, ports.signal, async (one) => {
    const outcome = await judgeOne(one);
    const first = judged.get(one.id);
    if (outcome?.verdict !== 'pass' || !first) return;
    judged.set(one.id, { ...first, verdict: 'flaky' });
    ports.verdicts.forget(content, one);
  });
}

/** What did not pass and may be flaky. */
function toRepeat(
  cases: readonly Case[],
  judged: ReadonlyMap<string, Judged>,
  { repeatFailed }: VerifyParams,
  verdicts: Verdicts,
): readonly Case[] {
  if (!repeatFailed) return [];
  const failed = cases.filter((one) => judged.get(one.id)?.verdict !== 'pass' && !verdicts.isSettled(one));
  const hung = failed.filter((one) => judged.get(one.id)?.verdict === 'timeout').slice(repeatedTimeouts);
  return failed.filter((one) => !hung.includes(one)).slice(0, repeatedMost);
}

function contextOf({ params, ports, build, shared }: Omit<Judging, 'content'>): CaseContext {
  let folders = 0;
  return {
    recipe: params.recipe,
    build,
    entries: namesIn(build),
    shared,
    freshFolder: () => join(ports.casesFolder, `${String(process.pid)}-${String(Date.now())}-${String(folders++)}`),
    signal: ports.signal,
  };
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

function countsOf(cases: readonly Case[], judged: ReadonlyMap<string, Judged>): VerdictCounts {
  const counts: Record<VerdictKind, number> = { pass: 0, fail: 0, error: 0, timeout: 0, flaky: 0 };
  for (const { id } of cases) {
    const found = judged.get(id);
    if (found) counts[found.verdict]++;
  }
  return counts;
}

/** null: all of them. */
function namedTags(suite: VerifyParams['suite']): ReadonlySet<string> | null {
  if (suite.kind === 'visible') return null;
  return new Set(suite.visible === undefined ? [] : loadSuite(suite.visible).cases.flatMap(({ tags }) => tags));
}

function tagsOf(
  cases: readonly Case[],
  judged: ReadonlyMap<string, Judged>,
  named: ReadonlySet<string> | null,
): readonly TagCounts[] {
  const tags = new Map<string, { pass: number; total: number }>();
  for (const one of cases) {
    for (const tag of one.tags) {
      if (named?.has(tag) === false) continue;
      const sums = tags.get(tag) ?? { pass: 0, total: 0 };
      sums.total++;
      if (judged.get(one.id)?.verdict === 'pass') sums.pass++;
      tags.set(tag, sums);
    }
  }
  const sorted = [...tags].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([tag, sums]) => ({ tag, ...sums }));
}

function failingOf(
  cases: readonly Case[],
  judged: ReadonlyMap<string, Judged>,
  { show, showChars = limits.shownChars }: VerifyParams,
): readonly FailingCase[] {
  const failing: FailingCase[] = [];
  for (const one of cases) {
    if (failing.length >= show) break;
    const found = judged.get(one.id);
    if (found && found.verdict !== 'pass') failing.push(failingCase(one, found, showChars));
  }
  return failing;
}

function failingCase(one: Case, { id, verdict, wallMs, outcome }: Judged, chars: number): FailingCase {
  const cut = (text: string) => (text.length > chars ? `${text.slice(0, chars)}…` : text);
  return {
    id,
    verdict,
    wallMs,
    args: one.args,
    ...(one.command !== undefined && { command: one.command }),
    ...(one.env && { env: one.env }),
    stdin: cut(one.stdin),
    expected: cut(outcome.expected ?? one.expect.stdout ?? ''),
    actual: cut(outcome.actual.toString('utf8')),
    detail: outcome.detail,
  };
}
