/**
 * Job: tell what a schema cannot say about a task: files missing, suites that do not parse, held-out cases inside the
 * workspace, programs that are not there, a model that the endpoint does not know.
 * Boundary: pure over a small port; the engine asks at start, the language server while the file is edited.
 * Rules: H2 held-out cases lie outside the workspace. A finding about a held-out suite names a line, never what stands on it.
 */
import { messageOf } from '../base/assert.ts';
import type { ParsedSuite } from './suite.ts';
import { priceOf } from './price.ts';
import { recordingProblem } from './recording.ts';
import { otherModelOf, type TaskParts } from './task.ts';

export interface TaskFinding {
  /** Keys from the root of `belay.json` to the value that it is about. */
  readonly path: readonly (string | number)[];
  /** For a person: what is wrong and what to do. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
  /** The place in another file, where there is one; `line` counts from 1. */
  readonly related?: { readonly file: string; readonly line: number };
}

/** What the check may ask of the machine. Nothing here may write. */
export interface TaskPort {
  /** The absolute form of a path in the task: `~` is the home folder, all else is relative to the file `belay.json`. */
  resolve(path: string): string;
  /** What is there, links followed; null: nothing. Never rejects. */
  kind(absolute: string): Promise<'file' | 'folder' | 'other' | null>;
  /** A suite's cases and what is wrong with them. Rejects where the file can't be read. */
  suite(absolute: string): Promise<ParsedSuite>;
  /** Whether the real path lies in the workspace. */
  inWorkspace(absolute: string): Promise<boolean>;
  /** Where a program is; null: neither on PATH nor, for a path, an executable file. Relative paths start at the workspace. */
  which(program: string): Promise<string | null>;
  /** A recording's text as it stands. Rejects where it can't be read, or is larger than limits.recordingBytes. */
  text(absolute: string): Promise<string>;
  /** ms since the epoch: some prices begin on a day. */
  now(): number;
  /** The models that the endpoint lists; null where it can't be asked. Absent: not asked. */
  models?(baseUrl: string): Promise<readonly string[] | null>;
}

/** So many findings of one suite are told; the rest is counted. */
const findingsPerSuite = 20;

/** Everything found in the parts that are given, errors and warnings, part by part. Never rejects for a fault of the task. */
export async function checkTask(task: TaskParts, port: TaskPort): Promise<readonly TaskFinding[]> {
  const found = await Promise.all([
    checkCandidate(task, port),
    checkReference(task, port),
    ...(task.docs ?? []).map((path, index) => checkDocument(path, index, port)),
    checkSuites(task, port),
    checkModel(task, port),
    ...(task.sandbox?.toolchains ?? []).map((path, index) => checkToolchain(path, index, port)),
  ]);
  return found.flat();
}

async function checkCandidate(task: TaskParts, port: TaskPort): Promise<TaskFinding[]> {
  const program = task.candidate?.run[0];
  if (program === undefined) return [];
  // A path inside the workspace is what the agent or the build will make: nothing to find yet.
  if (program.includes('/') && (await port.inWorkspace(port.resolve(program)))) return [];
  if ((await port.which(program)) !== null) return [];
  return [
    error(
      ['candidate', 'run', 0],
      `the program "${program}" was not found${program.includes('/') ? '' : ' on PATH'}; install it or give its path`,
    ),
  ];
}

async function checkReference(task: TaskParts, port: TaskPort): Promise<TaskFinding[]> {
  const program = task.reference?.command[0];
  if (program === undefined || (await port.which(program)) !== null) return [];
  const path = ['reference', 'command', 0];
  if (task.model?.provider === 'recorded') {
    const message = `the reference "${program}" is not installed here: what it said is played as recorded`;
    return [{ path, message, severity: 'warning' }];
  }
  return [
    error(
      path,
      `the reference "${program}" was not found${program.includes('/') ? '' : ' on PATH'}; install it, or leave "reference" out`,
    ),
  ];
}

async function checkDocument(path: string, index: number, port: TaskPort): Promise<TaskFinding[]> {
  const absolute = port.resolve(path);
  const kind = await port.kind(absolute);
  if (kind === null) return [error(['docs', index], `"${path}" does not exist; paths are relative to belay.json`)];
  if (kind === 'other') return [error(['docs', index], `"${path}" is neither a file nor a folder`)];
  if (await port.inWorkspace(absolute)) return [];
  return [
    error(
      ['docs', index],
      `"${path}" lies outside the workspace, and the agent reads only what is inside; copy it into the workspace and name the copy`,
    ),
  ];
}

async function checkToolchain(path: string, index: number, port: TaskPort): Promise<TaskFinding[]> {
  if ((await port.kind(port.resolve(path))) === 'folder') return [];
  return [
    {
      path: ['sandbox', 'toolchains', index],
      severity: 'warning',
      message: `"${path}" is not a folder; commands will not see it`,
    },
  ];
}

async function checkSuites(task: TaskParts, port: TaskPort): Promise<TaskFinding[]> {
  const { visible, heldOut, split } = task.suites ?? {};
  const found: TaskFinding[] = [];
  if (visible !== undefined) found.push(...(await checkSuite(['suites', 'visible'], visible, false, port)));
  if (heldOut !== undefined) found.push(...(await checkSuite(['suites', 'heldOut'], heldOut, true, port)));
  if (split !== undefined) found.push(...(await checkSuite(['suites', 'split', 'file'], split.file, true, port)));
  return found;
}

async function checkSuite(
  path: readonly string[],
  file: string,
  heldOut: boolean,
  port: TaskPort,
): Promise<TaskFinding[]> {
  const absolute = port.resolve(file);
  const kind = await port.kind(absolute);
  if (kind === null) return [error(path, `"${file}" does not exist; it holds the cases, one JSON object a line`)];
  if (kind !== 'file') return [error(path, `"${file}" is not a file; it holds the cases, one JSON object a line`)];
  if (heldOut && (await port.inWorkspace(absolute))) {
    return [
      error(
        path,
        `"${file}" lies inside the workspace, where the agent could read it; move it out and name it by its new path`,
      ),
    ];
  }
  let suite: ParsedSuite;
  try {
    suite = await port.suite(absolute);
  } catch (cause) {
    return [error(path, `"${file}" can't be read: ${messageOf(cause)}`)];
  }
  const { problems, files, report } = suite;
  const told = problems.slice(0, findingsPerSuite).map((problem): TaskFinding => {
    const what = heldOut ? problem.withoutContent : problem.message;
    return {
      path,
      severity: 'error',
      message: `${file}:${String(problem.line)}: ${what}`,
      related: { file: absolute, line: problem.line },
    };
  });
  const rest = problems.length - told.length;
  if (rest > 0) told.push(error(path, `${file}: ${String(rest)} more problems`));
  const beside = absolute.slice(0, absolute.lastIndexOf('/') + 1);
  for (const [index, name] of files.entries()) {
    if ((await port.kind(beside + name)) !== null) continue;
    const which = heldOut ? `number ${String(index + 1)} of its "files"` : `"${name}"`;
    told.push(error(path, `${file} needs ${which}, which does not stand beside it`));
  }
  const isSplit = path.includes('split');
  if (isSplit && (report !== null || files.length > 0))
    told.push(error(path, `"${file}" can't be split: its cases share files or a report; name two suites in its place`));
  return told;
}

async function checkModel({ model, stalls }: TaskParts, port: TaskPort): Promise<TaskFinding[]> {
  if (model === undefined) return [];
  const other = stalls === undefined ? null : otherModelOf({ model, stalls });
  const priced = (one: typeof model, path: readonly string[]) => {
    const price = priceOf(one, port.now());
    return price.known ? [] : [error(path, price.message)];
  };
  const found = [
    ...priced(model, ['model', 'name']),
    ...(other === null ? [] : priced(other, ['stalls', 'otherModel', 'name'])),
  ];
  if (model.provider === 'openai-compatible') return [...found, ...(await checkListed(model, port))];
  return model.provider === 'recorded' ? [...found, ...(await checkRecording(model.file, port))] : found;
}

async function checkListed(
  model: { readonly baseUrl: string; readonly name: string },
  port: TaskPort,
): Promise<TaskFinding[]> {
  const known = await port.models?.(model.baseUrl);
  if (!known || known.length === 0 || known.includes(model.name)) return [];
  const some = known.slice(0, 5).join(', ');
  return [
    {
      path: ['model', 'name'],
      severity: 'warning',
      message: `the endpoint does not list a model "${model.name}"; it lists ${some}${known.length > 5 ? ', …' : ''}`,
    },
  ];
}

async function checkRecording(file: string, port: TaskPort): Promise<TaskFinding[]> {
  const path = ['model', 'file'];
  const absolute = port.resolve(file);
  const kind = await port.kind(absolute);
  if (kind !== 'file') {
    const what = kind === null ? 'does not exist' : 'is not a file';
    return [error(path, `"${file}" ${what}; it holds the recorded answers, one JSON object a line`)];
  }
  let content: string;
  try {
    content = await port.text(absolute);
  } catch (cause) {
    return [error(path, `"${file}" can't be read: ${messageOf(cause)}`)];
  }
  const problem = recordingProblem(content);
  return problem === null ? [] : [error(path, `${file}:${String(problem.line)}: ${problem.message}`)];
}

function error(path: readonly (string | number)[], message: string): TaskFinding {
  return { path, message, severity: 'error' };
}
