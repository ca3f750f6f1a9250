/**
 * Job: the standing probe of tables: duals of visible cases that pass are asked of the reference, then of the candidate.
 * Boundary: what a dual is and what their rate means is `run/duals.ts`'s; reference and candidate run where they always do.
 * Rules: H1 neither a dual nor its verdict reaches the agent: only two counts and a blob of the run directory. H5 the candidate
 *   meets a dual as it meets any case. B3 few duals, and a bounded number of questions in a run.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { drawFrom } from '../../base/draw.ts';
import type { Case } from '../../run/case.ts';
import { caseOfDual, renamedDual, type Dual } from '../../run/duals.ts';
import type { DualCounts } from '../../run/integrity.ts';
import { limits } from '../../run/limits.ts';
import type { ProbeOutcome } from '../agent/tool.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Run } from '../run.ts';
import { shuffled } from '../../base/shuffle.ts';
import { loadSuite, type VisibleSuite } from '../verification/suite.ts';
import type { VerifierClient, VerifyRequest } from '../verification/verifierClient.ts';
import { readVerdicts } from './verifierResult.ts';

export interface DualPorts {
  readonly run: Run;
  readonly blobs: Blobs;
  readonly suite: VisibleSuite;
  /** A file of the run directory for the duals of the moment. */
  readonly file: string;
  readonly verifier: VerifierClient<'visible'>;
  readonly contentOf: (checkpoint: number) => Pick<VerifyRequest<'visible'>, 'recipe' | 'tree' | 'checkOut'>;
  readonly askReference: (
    question: { readonly args: readonly string[]; readonly stdin: string },
    signal: AbortSignal,
  ) => Promise<ProbeOutcome>;
  readonly random: () => number;
}

/** For one dual that is asked so many cases are tried: some have nothing to mutate, some answers are errors. */
const triesPerDual = 3;
const askedAtOnce = 6;

export class DualProbes {
  private readonly ports: DualPorts;

  constructor(ports: DualPorts) {
    this.ports = ports;
  }

  /** null: the visible suite was not run on this checkpoint, or too little of it passes. @throws what the verifier throws */
  async ask(checkpoint: number, signal: AbortSignal): Promise<DualCounts | null> {
    const { random, verifier, contentOf, blobs, file } = this.ports;
    const seed = Math.floor(random() * 2 ** 32);
    const cases = await this.duals(shuffled(await this.passing(checkpoint), seed), seed, signal);
    if (cases.length === 0) return null;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, cases.map((one) => `${JSON.stringify(one)}\n`).join(''), { mode: 0o600 });
    try {
      const result = await verifier.verify({
        ...contentOf(checkpoint),
        suite: { kind: 'visible', file },
        seed,
        signal,
      });
      const verdicts = new Map(result.cases.map(({ id, verdict }) => [id, verdict]));
      const lines = cases.map((one) => JSON.stringify({ ...one, verdict: verdicts.get(one.id) }));
      const results = await blobs.putBlob(lines.join('\n'));
      return { pass: result.counts.pass, total: result.total, seed, results };
    } finally {
      rmSync(file, { force: true });
    }
  }

  /** The visible cases that pass on this checkpoint. */
  private async passing(checkpoint: number): Promise<readonly Case[]> {
    const { run, blobs, suite } = this.ports;
    const { last } = run.state.figures.visible;
    if (last?.checkpoint !== checkpoint) return [];
    const verdicts = await readVerdicts(blobs, last.results);
    const passed = new Set(verdicts.flatMap(({ id, verdict }) => (verdict === 'pass' ? [id] : [])));
    return loadSuite(suite.file).cases.filter(({ id }) => passed.has(id));
  }

  private async duals(cases: readonly Case[], seed: number, signal: AbortSignal): Promise<readonly Case[]> {
    const draw = drawFrom(seed);
    const questions = cases.slice(0, triesPerDual * limits.dualsPerCheck).flatMap((original) => {
      const dual = renamedDual(original, draw);
      return dual === null ? [] : [{ original, dual }];
    });
    const made: Case[] = [];
    for (let at = 0; at < questions.length && made.length < limits.dualsPerCheck; at += askedAtOnce) {
      signal.throwIfAborted();
      const asked = questions.slice(at, at + askedAtOnce).map((question) => this.answered(question, signal));
      for (const one of await Promise.all(asked)) if (one !== null) made.push(one);
    }
    return made.slice(0, limits.dualsPerCheck);
  }

  private async answered(
    { original, dual }: { readonly original: Case; readonly dual: Dual },
    signal: AbortSignal,
  ): Promise<Case | null> {
    const answer = await this.ports.askReference({ args: dual.args, stdin: dual.stdin }, signal);
    if (!answer.ok || answer.endedBy !== undefined) return null;
    const { stdout, stderr, exitCode: exit } = answer;
    return caseOfDual(original, dual, { stdout, stderr, exit });
  }
}
