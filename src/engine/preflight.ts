/**
 * Job: say before a start what it would find: what is wrong with the task, whether commands can be sealed, whether the
 * held-out cases would be.
 * Boundary: a process of its own that looks and ends; makes no run, takes no lock, talks to no model.
 * Rules: H2 says "sealed" only of files that were looked at. H1 what it prints are counts and reasons, no case.
 */
import { realpath } from 'node:fs/promises';
import {
  runsFolder,
  type Preflight,
  type PreflightProblem,
  type PreflightRequest,
  type ReferenceLook,
  type ReferenceRequest,
} from '../protocol/places.ts';
import type { Task } from '../run/task.ts';
import { checkAtFirst } from './firstCheck.ts';
import { startRefused } from './policies.ts';
import { keptCheck } from './sandbox/keptCheck.ts';
import { probeSandbox, type SandboxProbe } from './sandbox/probe.ts';
import { referenceFiles } from './sandbox/reference.ts';
import { SandboxRefused } from './sandbox/shape.ts';
import { surveySuites } from './verification/seal.ts';
import { SuiteUnreadable } from './verification/suite.ts';
import { loadTask } from './workspace/taskFile.ts';
import { makeWorld } from './world.ts';

/** Never rejects for a fault of the task. */
export async function preflight(request: PreflightRequest): Promise<Preflight> {
  const [workspace, taskFile] = await Promise.all([realpath(request.workspace), realpath(request.taskFile)]);
  const unchecked = checkAtFirst(request.state);
  const [loaded, probe] = await Promise.all([loadTask({ taskFile, workspace, env: process.env }), probeSandbox()]);
  const sandbox = async () => {
    await unchecked;
    return sandboxOf(request.state, probe);
  };
  if (!loaded.ok) return { problems: loaded.problems.map(withoutPlace), sandbox: await sandbox(), suites: null };
  const refused = await startRefused({ task: loaded.task, unsealed: false });
  const problems: readonly PreflightProblem[] = [
    ...(refused === null ? [] : [{ text: refused, path: ['budget'], severity: 'error' as const }]),
    ...loaded.warnings.map(withoutPlace),
  ];
  try {
    const suites = await surveyed({ ...request, workspace, taskFile }, loaded.task, unchecked);
    return { problems, sandbox: await sandbox(), suites };
  } catch (error) {
    const path = error instanceof SandboxRefused ? ['sandbox'] : error instanceof SuiteUnreadable ? ['suites'] : null;
    if (path === null || !(error instanceof Error)) throw error;
    return {
      problems: [{ text: `belay.json: ${error.message}`, path, severity: 'error' }, ...problems],
      sandbox: await sandbox(),
      suites: null,
    };
  }
}

function sandboxOf(state: string, probe: SandboxProbe): Preflight['sandbox'] {
  if (!probe.available) return probe;
  const { version } = probe;
  const kept = keptCheck(state, version);
  return { available: true, version, ...(kept?.passed === true && { withstood: kept.attacks.length }) };
}

async function surveyed(
  { workspace, taskFile, state }: PreflightRequest,
  task: Task,
  unchecked: Promise<string | null>,
): Promise<Preflight['suites']> {
  const run = runsFolder(state);
  // Allowed here so that all that else speaks against the seal is told too; the start asks the supervisor.
  const world = await makeWorld({ state, run, workspace, taskFile, task, unsealedAllowed: true, unchecked });
  const { toolchains } = world.view;
  const survey = await surveySuites({ workspace, suites: world.suiteFiles, heldOutFolder: run, toolchains });
  return { ...survey, reasons: [...world.reasons, ...survey.reasons] };
}

/** Whether the files of a reference can be hidden from the agent; runs nothing of it. */
export async function lookAtReference({ command, folder, keep }: ReferenceRequest): Promise<ReferenceLook> {
  const { program, gaps } = await referenceFiles(command, { folder, alsoPackage: true, keep });
  return { program, gaps };
}

const withoutPlace = ({ text, path, severity }: PreflightProblem): PreflightProblem => ({ text, path, severity });
