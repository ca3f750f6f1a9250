/**
 * Job: what recording a suite begins with: the reference in its sandbox, and questions from inputs, documents and cases.
 * Boundary: reads the task as far as it is written; nothing else of it has to be right yet.
 */
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import type { RecordRequest } from '../protocol/recordSuite.ts';
import { limits } from '../run/limits.ts';
import { parseSuite } from '../run/suite.ts';
import { examplesIn, questionsIn } from '../run/suiteMaking/inputs.ts';
import type { Question } from '../run/suiteMaking/question.ts';
import { readableParts, type TaskParts } from '../run/task.ts';
import { taskTree } from '../run/taskTree.ts';
import type { ReferencePlace } from './sandbox/askReference.ts';
import { chooseSandbox, probeSandbox } from './sandbox/probe.ts';
import { referenceFiles } from './sandbox/reference.ts';
import { nothingMasked } from './sandbox/shape.ts';
import { resolveTaskPath } from './workspace/taskFile.ts';

/** Why nothing was recorded, for a person. */
export class RecordRefused extends Error {
  override readonly name = 'RecordRefused';
  /** The files that are in the way. */
  readonly exists: readonly string[];

  constructor(message: string, exists: readonly string[] = []) {
    super(message);
    this.exists = exists;
  }
}

/** Where the two suites are written, absolute. */
export interface Targets {
  readonly visible: string;
  readonly heldOut: string;
  /** How the task would name them; null: it does. */
  readonly suites: { readonly visible: string; readonly heldOut: string } | null;
}

export interface ReferenceToAsk {
  readonly targets: Targets;
  readonly place: ReferencePlace;
  /** Its name, as documents call it. */
  readonly program: string;
  readonly parts: TaskParts;
}

/** @throws RecordRefused */
export async function referenceOf(request: RecordRequest): Promise<ReferenceToAsk> {
  const { taskFile } = request;
  const parts = readableParts(taskTree(await readFile(taskFile, 'utf8'))?.value);
  const targets = targetsOf(request, parts);
  const command = parts.reference?.command;
  if (command === undefined)
    throw new RecordRefused(`${taskFile} names no reference to ask: add "reference": { "command": ["program"] }.`);
  const folder = dirname(taskFile);
  const found = await referenceFiles(command, { folder, alsoPackage: false, keep: [] });
  const [name = ''] = command;
  if (found.program === null) throw new RecordRefused(`The reference "${name}" was not found: install it first.`);
  const probe = await probeSandbox();
  const sandbox = chooseSandbox(probe, false);
  if (sandbox === null)
    throw new RecordRefused(
      `The reference can't be run sealed here: ${probe.available ? 'no sandbox' : probe.reason}.`,
    );
  const { toolchains = [], caseSeconds, memoryMb, processes } = parts.sandbox ?? {};
  const place: ReferencePlace = {
    sandbox,
    command: [found.program, ...command.slice(1)],
    view: {
      mask: nothingMasked,
      toolchains: toolchains.map((path) => resolveTaskPath(path, folder, home())),
      never: [targets.heldOut],
    },
    needs: found.needs,
    limits: {
      wallMs: (caseSeconds ?? limits.caseWallMs / 1000) * 1000,
      outputBytes: limits.caseOutputBytes,
      memoryMb: memoryMb ?? limits.commandMemoryMb,
      processes: processes ?? limits.commandProcesses,
    },
  };
  return { targets, place, program: basename(name), parts };
}

/** @throws RecordRefused where one lies where it may not, or is there already */
function targetsOf({ taskFile, workspace, visible, heldOut, replace }: RecordRequest, { suites }: TaskParts): Targets {
  const folder = dirname(taskFile);
  const named = (path: string | undefined) => path && resolveTaskPath(path, folder, home());
  const beside = join(dirname(workspace), `${basename(workspace)}-held-out.jsonl`);
  const targets = {
    visible: visible ?? named(suites?.visible) ?? join(workspace, 'tests', 'visible.jsonl'),
    heldOut: heldOut ?? named(suites?.heldOut) ?? beside,
  };
  const isBelow = (path: string) => !relative(workspace, path).startsWith('..');
  if (!isBelow(targets.visible))
    throw new RecordRefused(
      `${targets.visible} lies outside of ${workspace}, where the agent reads its visible cases.`,
    );
  if (isBelow(targets.heldOut))
    throw new RecordRefused(
      `${targets.heldOut} lies in ${workspace}, where the agent could read it: name a file outside.`,
    );
  const exists = [targets.visible, targets.heldOut].filter((path) => existsSync(path));
  if (exists.length > 0 && !replace) throw new RecordRefused(`${exists.join(' and ')} would be replaced.`, exists);
  const isNamed = named(suites?.visible) === targets.visible && named(suites?.heldOut) === targets.heldOut;
  const names = { visible: relative(folder, targets.visible), heldOut: relative(folder, targets.heldOut) };
  return { ...targets, suites: isNamed ? null : names };
}

const home = () => process.env['HOME'] ?? '/';

export interface Sources {
  readonly inputs: readonly Question[];
  readonly docs: readonly Question[];
  /** The inputs of a visible suite that is there. */
  readonly cases: readonly Question[];
  readonly problems: readonly string[];
}

/** @throws RecordRefused for inputs that can't be read at all */
export async function findQuestions(
  { taskFile, workspace, inputs }: RecordRequest,
  { docs = [], suites }: TaskParts,
  program: string,
): Promise<Sources> {
  const absolute = (path: string) => resolveTaskPath(path, dirname(taskFile), home());
  const given =
    inputs === null
      ? { questions: [], problems: [] }
      : questionsIn(await inputText(inputs), program, relative(workspace, inputs));
  const shown: Question[] = [];
  for (const path of docs) {
    for (const file of await documentsAt(absolute(path)))
      shown.push(...examplesIn(await readFile(file, 'utf8'), program, relative(workspace, file)));
  }
  const visible = suites?.visible === undefined ? null : await textOrNull(absolute(suites.visible));
  const cases = visible === null ? [] : parseSuite(visible).cases;
  const known = cases.flatMap(({ command, args, stdin, env, files, tags, id }): Question[] =>
    command === undefined
      ? [{ args, stdin, tags, from: `case ${id}`, ...(env && { env }), ...(files && { files }) }]
      : [],
  );
  return { inputs: given.questions, docs: shown, cases: known, problems: given.problems };
}

async function inputText(file: string): Promise<string> {
  const text = await textOrNull(file);
  if (text === null) throw new RecordRefused(`${file} can't be read, or is larger than 32 MB.`);
  return text;
}

const textMost = 32 * 1024 * 1024;
const documentsMost = 200;

async function textOrNull(file: string): Promise<string | null> {
  const about = await stat(file).catch(() => null); // not there: nothing to read
  return about?.isFile() === true && about.size <= textMost ? readFile(file, 'utf8') : null;
}

/** The file, or the texts of a folder. */
async function documentsAt(path: string): Promise<readonly string[]> {
  const about = await stat(path).catch(() => null); // a document that is not there shows nothing
  if (about?.isFile() === true) return about.size <= textMost ? [path] : [];
  if (about?.isDirectory() !== true) return [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const texts = entries.filter((entry) => entry.isFile() && /^\.(md|txt|rst|adoc|[1-9])$/.test(extname(entry.name)));
  return texts.map((entry) => join(entry.parentPath, entry.name)).slice(0, documentsMost);
}
