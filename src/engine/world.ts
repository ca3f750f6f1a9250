/**
 * Job: everything around a run that is not its journal: the task as it was taken, the sandbox, what commands may see, how
 * the candidate is built and run.
 * Boundary: made once when an engine starts, for a new run or from what the run directory keeps of it; changes nothing in the
 *   workspace.
 * Rules: H1 the agent's side gets the redacted task only. H2 without a sandbox nothing is run unless the supervisor allowed
 *   it; every reason against the seal is told.
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, relative, sep } from 'node:path';
import { limits } from '../run/limits.ts';
import { checkReason } from '../run/sandboxCheck.ts';
import { redactTask, type Task } from '../run/task.ts';
import { copiesOf } from './sandbox/copies.ts';
import { keptCheck } from './sandbox/keptCheck.ts';
import { chooseSandbox, probeSandbox } from './sandbox/probe.ts';
import { placeOf, shownSecret } from './sandbox/profile.ts';
import { referenceFiles, type ReferenceFiles } from './sandbox/reference.ts';
import { runCommand } from './sandbox/runCommand.ts';
import { SandboxRefused, type AgentShape, type CommandLimits, type Sandbox, type View } from './sandbox/shape.ts';
import type { CandidateRecipe } from './verification/messages.ts';
import { resolveTaskPath } from './workspace/taskFile.ts';
import { taskFileName, type WorkspacePlace } from './workspace/paths.ts';

export interface WorldRequest {
  /** The state folder, where what was found about this machine is kept. */
  readonly state: string;
  /** Run directory. */
  readonly run: string;
  /** Real path. */
  readonly workspace: string;
  readonly taskFile: string;
  readonly task: Task;
  readonly unsealedAllowed: boolean;
  /** Resolves when the sandbox was checked: why it could not be, where no check is kept then. Never rejects. */
  readonly unchecked?: Promise<string | null>;
  /** False: the reference has no copies but those that are known. */
  readonly searchCopies?: boolean;
}

export interface World {
  readonly run: string;
  readonly workspace: string;
  readonly task: Task;
  /** `belay.json` as the agent may see it. */
  readonly redacted: object;
  readonly place: WorkspacePlace;
  readonly sandbox: Sandbox;
  /** Such as "bubblewrap 0.8.0"; null without. */
  readonly sandboxVersion: string | null;
  /** How many attacks it withstood when it was checked here; null: it was not, or one came through. */
  readonly withstood: number | null;
  readonly reference: ReferenceFiles | null;
  readonly view: View;
  readonly agentShape: AgentShape;
  readonly commandLimits: CommandLimits;
  readonly recipe: CandidateRecipe;
  /** Absolute paths of what the task names. */
  readonly suiteFiles: SuiteFiles;
  /** Why held-out is not sealed, as far as sandbox and reference go. */
  readonly reasons: readonly string[];
}

export type SuiteFiles =
  | { readonly visible: string; readonly heldOut?: string }
  | { readonly split: { readonly file: string; readonly heldOutShare: number } };

/** Why a run can't start; the message is for a person. */
export class NoSandbox extends Error {
  override readonly name = 'NoSandbox';
}

/** @throws NoSandbox when commands can't be sealed and that was not allowed; SandboxRefused when none could be given its folders. */
export async function makeWorld(request: WorldRequest): Promise<World> {
  const { run, workspace, task, taskFile } = request;
  const folder = dirname(taskFile);
  const home = process.env['HOME'] ?? '/';
  const absolute = (path: string) => resolveTaskPath(path, folder, home);
  const suiteFiles = suiteFilesOf(task, absolute);
  const toolchains = (task.sandbox.toolchains ?? []).map(absolute);
  const searched = request.searchCopies === false ? [] : [workspace, '/usr', ...toolchains];
  // the search for copies takes a second where the disk is cold, and so does the first check of the sandbox
  const [probe, reference, unchecked] = await Promise.all([
    probeSandbox(),
    lookUpReference(task, folder, searched),
    request.unchecked ?? null,
  ]);
  const sandbox = chooseSandbox(probe, request.unsealedAllowed);
  if (sandbox === null)
    throw new NoSandbox(`Commands can't be sealed here: ${probe.available ? 'no sandbox' : probe.reason}.`);
  const view: View = {
    mask: reference?.mask ?? { files: [], folders: [] },
    toolchains,
    never: [run, ...heldOutSources(suiteFiles)],
  };
  const redacted = redactTask(task);
  const agentShape = agentShapeOf(workspace, view, redacted, suiteFiles);
  const shown = sandbox.kind === 'bubblewrap' ? shownSecret(agentShape) : null;
  if (shown)
    throw new SandboxRefused(
      `No command could be run: given ${shown.folder}, it would see ${shown.secret}. Move one of them.`,
    );
  const kept = probe.available ? keptCheck(request.state, probe.version) : null;
  const failed = kept === null ? unchecked : checkReason(kept);
  await refuseWithoutShape(sandbox, agentShape);
  const reasons = [
    ...(failed === null ? [] : [failed]),
    ...(probe.available ? [] : [`commands run without a sandbox: ${probe.reason}`]),
    ...(reference?.gaps ?? []),
  ];
  return {
    run,
    workspace,
    task,
    redacted,
    sandbox,
    reference,
    view,
    agentShape,
    suiteFiles,
    reasons,
    sandboxVersion: probe.available ? probe.version : null,
    withstood: kept?.passed === true ? kept.attacks.length : null,
    place: {
      root: workspace,
      hidden: [...(reference?.needs ?? []), ...view.mask.files].filter((path) => path.startsWith(workspace + sep)),
      readOnly: withheldIn(workspace, suiteFiles),
    },
    commandLimits: {
      wallMs: (task.sandbox.commandSeconds ?? limits.commandWallMs / 1000) * 1000,
      outputBytes: limits.commandOutputBytes,
      memoryMb: task.sandbox.memoryMb ?? limits.commandMemoryMb,
      processes: task.sandbox.processes ?? limits.commandProcesses,
    },
    recipe: recipeOf(task, sandbox, view, [...withheldIn(workspace, suiteFiles), ...referenceIn(workspace, view)]),
  };
}

/** The very profile of the agent's commands, tried with a program that does nothing: what can't be made is told at the start. */
async function refuseWithoutShape(sandbox: Sandbox, shape: AgentShape): Promise<void> {
  if (sandbox.kind === 'unsealed') return;
  const limits = { wallMs: 10_000, outputBytes: 10_000, memoryMb: 256, processes: 16 };
  const outcome = await runCommand({ sandbox, shape, command: ['/usr/bin/true'], streams: 'together', limits });
  if (outcome.endedBy === 'exit' && outcome.exitCode === 0) return;
  const said = outcome.message ?? outcome.stdout.toString('utf8').trim();
  throw new SandboxRefused(
    `No command could be run in this folder: ${said === '' ? 'the sandbox gave no reason' : said}.`,
  );
}

async function lookUpReference(task: Task, folder: string, shown: readonly string[]): Promise<ReferenceFiles | null> {
  if (!task.reference) return null;
  const found = await referenceFiles(task.reference.command, {
    folder,
    alsoPackage: true,
    keep: task.candidate.run.slice(0, 1),
  });
  // A recorded run plays what the reference said: one that is not installed is nothing that the agent could find.
  if (task.model.provider === 'recorded' && found.program === null) return { ...found, gaps: [] };
  const copies = await copiesOf(
    found.mask.files,
    shown.filter((path) => existsSync(path)),
  );
  if (copies === null) return { ...found, gaps: [...found.gaps, 'copies of the reference could not be searched for'] };
  const covered = copies.filter((path) => !found.mask.folders.some((one) => path.startsWith(one + sep)));
  return { ...found, mask: { ...found.mask, files: [...found.mask.files, ...covered] } };
}

function suiteFilesOf({ suites }: Task, absolute: (path: string) => string): SuiteFiles {
  if (suites.split) return { split: { file: absolute(suites.split.file), heldOutShare: suites.split.heldOutShare } };
  const visible = absolute(suites.visible ?? '');
  return suites.heldOut === undefined ? { visible } : { visible, heldOut: absolute(suites.heldOut) };
}

function heldOutSources(files: SuiteFiles): readonly string[] {
  if ('split' in files) return [files.split.file];
  return files.heldOut === undefined ? [] : [files.heldOut];
}

/** Relative paths of what neither build nor candidate may find in a checkout. */
function withheldIn(workspace: string, files: SuiteFiles): readonly string[] {
  const inside = 'visible' in files ? relative(workspace, files.visible) : '';
  return [taskFileName, ...(inside === '' || inside.startsWith('..') ? [] : [inside])];
}

/** H2: a reference that lies in the workspace is masked there by path; a checkout would hold a copy of it. */
function referenceIn(workspace: string, { mask }: View): readonly string[] {
  const inside = [...mask.files, ...mask.folders].filter((path) => path.startsWith(workspace + sep));
  return inside.map((path) => relative(workspace, path));
}

function agentShapeOf(workspace: string, view: View, redacted: object, files: SuiteFiles): AgentShape {
  return {
    kind: 'agent',
    ...view,
    workspace: placeOf(workspace),
    replaced: [{ path: taskFileName, text: `${JSON.stringify(redacted, null, 2)}\n` }],
    // A suite at the top of the workspace can't be bound read-only without the workspace; its copy is what verifies.
    readOnly: withheldIn(workspace, files).filter((path) => path.includes('/')),
  };
}

function recipeOf(task: Task, sandbox: Sandbox, view: View, withheld: readonly string[]): CandidateRecipe {
  const { caseSeconds, memoryMb, processes } = task.sandbox;
  return {
    sandbox,
    view,
    build: task.candidate.build,
    run: task.candidate.run,
    withheld,
    limits: {
      buildWallMs: limits.buildWallMs,
      caseWallMs: caseSeconds === undefined ? limits.caseWallMs : caseSeconds * 1000,
      caseOutputBytes: limits.caseOutputBytes,
      memoryMb: memoryMb ?? limits.commandMemoryMb,
      processes: processes ?? limits.commandProcesses,
      totalWallMs: limits.verificationWallMs,
    },
    workers: Math.min(limits.verifierWorkers, cpus().length),
  };
}
