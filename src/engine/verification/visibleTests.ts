/**
 * Job: what the agent's tool `run_visible_tests` does: verify the workspace as it is now and say the outcome as text.
 * Boundary: handed to the agent's tools through a port, as those must not import verification.
 * Rules: H1 takes a VisibleSuite and a client of that kind; a held-out one does not compile. B3 what is shown is bounded.
 */
import { limits } from '../../run/limits.ts';
import { copyWorkspace } from './folders.ts';
import type { CandidateRecipe, FailingCase, VisibleResult } from './messages.ts';
import type { CaseFilter, VisibleSuite } from './suite.ts';
import { VerificationFailed, type VerifierClient } from './verifierClient.ts';

export interface VisibleTestsRequest {
  readonly verifier: VerifierClient<'visible'>;
  readonly suite: VisibleSuite;
  readonly recipe: CandidateRecipe;
  /** Real path. */
  readonly workspace: string;
  readonly filter: CaseFilter;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface VisibleTestsOutcome {
  readonly ok: boolean;
  /** First line `visible: P of T passed`, then one line a tag, then failing cases. */
  readonly text: string;
  /** Absent when nothing could be run. */
  readonly visible?: { readonly pass: number; readonly total: number };
}

/** Never rejects but for a programmer's error; what went wrong is in the text. */
export async function runVisibleTests(request: VisibleTestsRequest): Promise<VisibleTestsOutcome> {
  const { verifier, suite, recipe, workspace, filter, seed, signal, onProgress } = request;
  let result: VisibleResult;
  try {
    result = await verifier.verify({
      suite,
      recipe,
      tree: null,
      checkOut: (folder) => copyWorkspace(workspace, folder, signal),
      seed,
      only: filter,
      show: limits.failingCasesShown,
      repeatFailed: false,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
  } catch (error) {
    if (error instanceof VerificationFailed || signal?.aborted)
      return { ok: false, text: `error: ${(error as Error).message}` };
    throw error;
  }
  if (result.total === 0) return { ok: false, text: `error: no visible case has ${describe(filter)}` };
  return { ok: true, text: visibleText(result), visible: { pass: result.counts.pass, total: result.total } };
}

/** The outcome as the agent reads it. */
export function visibleText(result: VisibleResult): string {
  const { counts, total, build, tags, failing } = result;
  const lines = [`visible: ${String(counts.pass)} of ${String(total)} passed`];
  if (!build.ok) lines.push(`the build failed: ${build.message ?? 'no reason was given'}`);
  for (const { tag, pass, total: of } of tags) lines.push(`  ${tag}: ${String(pass)} of ${String(of)}`);
  const other = (['timeout', 'error', 'flaky'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${kind}: ${String(counts[kind])}`);
  if (other.length > 0 && build.ok) lines.push(`not passed for other reasons than a wrong result: ${other.join(', ')}`);
  if (build.ok) for (const one of failing) lines.push('', ...failingText(one));
  return lines.join('\n');
}

function failingText(one: FailingCase): string[] {
  const why = one.detail === '' ? one.verdict : `${one.verdict}: ${one.detail}`;
  return [
    `case ${one.id} (${why})`,
    ...(one.command === undefined ? [] : [`command: ${one.command}`]),
    ...(one.env === undefined ? [] : [`environment: ${JSON.stringify(one.env)}`]),
    ...(one.args.length > 0 ? [`args: ${JSON.stringify(one.args)}`] : []),
    // A command has mostly neither: its output says all.
    ...(one.command !== undefined && one.stdin === '' ? [] : ['stdin:', one.stdin]),
    ...(one.command !== undefined && one.expected === '' ? [] : ['expected:', one.expected]),
    'actual:',
    one.actual,
  ];
}

function describe({ tags, ids }: CaseFilter): string {
  const parts = [...(tags ?? []).map((tag) => `the tag "${tag}"`), ...(ids ?? []).map((id) => `the id "${id}"`)];
  return parts.length > 0 ? parts.join(' or ') : 'been found';
}
