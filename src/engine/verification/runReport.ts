/**
 * Job: run the one command of a suite that writes a JUnit report, and tell the verdict of each of its cases.
 * Boundary: in the verifier's process; `junit.ts` reads the report.
 * Rules: H5 the build is read-only and the folder thrown away. What is missing from the report did not pass: a command that ends
 *   early must not make the suite smaller.
 */
import { messageOf } from '../../base/assert.ts';
import type { Case } from '../../run/case.ts';
import { limits } from '../../run/limits.ts';
import type { ReportSuite } from '../../run/suite.ts';
import { refuseBrokenSandbox } from '../sandbox/probe.ts';
import { runCommand } from '../sandbox/runCommand.ts';
import { SandboxGone, type CommandOutcome } from '../sandbox/shape.ts';
import { removeFolder } from './folders.ts';
import { readJunit, type ReportedCase } from './junit.ts';
import { prepareFolder, readWithoutLinks, type CaseContext, type CaseOutcome } from './runCase.ts';

export interface ReportedOutcome {
  readonly case: Case;
  readonly outcome: CaseOutcome;
}

const outputShown = 1_000;

/** @throws SandboxGone; whatever else goes wrong is in the outcomes. */
export async function runReport(suite: ReportSuite, context: CaseContext): Promise<readonly ReportedOutcome[]> {
  const { recipe, signal } = context;
  const folder = context.freshFolder();
  try {
    await prepareFolder(folder, {}, context);
    const outcome = await runCommand({
      sandbox: recipe.sandbox,
      shape: { kind: 'case', build: context.build, entries: context.entries, folder, ...recipe.view },
      command: ['/bin/sh', '-c', suite.command],
      streams: 'together',
      limits: {
        wallMs: Math.min(suite.seconds * 1000, recipe.limits.totalWallMs),
        outputBytes: limits.commandOutputBytes,
        memoryMb: recipe.limits.memoryMb,
        processes: recipe.limits.processes,
      },
      signal,
    });
    await refuseBrokenSandbox(recipe.sandbox, outcome);
    return outcomesOf(suite, outcome, readWithoutLinks(folder, suite.report));
  } catch (error) {
    if (error instanceof SandboxGone) throw error;
    return unreported(suite, new Map(), messageOf(error));
  } finally {
    removeFolder(folder);
  }
}

function outcomesOf(suite: ReportSuite, outcome: CommandOutcome, report: Buffer | null): readonly ReportedOutcome[] {
  const ended = outcome.message ?? `exit ${String(outcome.exitCode)}`;
  const said = outcome.stdout.toString('utf8').trim().slice(-outputShown);
  const because = (what: string) => `${what} (the command: ${ended})${said === '' ? '' : `\n${said}`}`;
  if (report === null) return unreported(suite, new Map(), because(`there is no ${suite.report}`));
  if (report.length > limits.reportBytes) return unreported(suite, new Map(), because(`${suite.report} is too large`));
  const read = readJunit(report.toString('utf8'));
  if (!read.ok) return unreported(suite, new Map(), because(`${suite.report} can't be read: ${read.problem}`));
  return unreported(suite, new Map(read.cases.map((one) => [one.id, one])), because('not in the report'));
}

/** What is reported, and an error for each case that should be and isn't. */
export function unreported(
  suite: ReportSuite,
  reported: ReadonlyMap<string, ReportedCase>,
  detail: string,
): readonly ReportedOutcome[] {
  const found = [...reported.values()].map((one): ReportedOutcome => {
    const { verdict, wallMs, message } = one;
    return {
      case: caseOf(suite, one.id, one.tag),
      outcome: { verdict, wallMs, actual: Buffer.from(message), detail: message.split('\n', 1)[0] ?? '' },
    };
  });
  const missing = Math.max(0, suite.cases - found.length);
  const none = Array.from({ length: missing }, (_, at): ReportedOutcome => ({
    case: caseOf(suite, `not reported ${String(at + 1)}`, ''),
    outcome: { verdict: 'error', wallMs: 0, actual: Buffer.alloc(0), detail },
  }));
  return [...found, ...none];
}

function caseOf({ command }: ReportSuite, id: string, tag: string): Case {
  return { id, tags: tag === '' ? [] : [tag], args: [], command, stdin: '', expect: {} };
}
