/**
 * Job: load `belay.json` as the engine will use it, or say everything that is wrong with it, at its line and column.
 * Boundary: reading and telling; what is wrong in meaning is judged by `run/taskCheck.ts`, which the language server uses too.
 */
import { constants } from 'node:fs';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { findNodeAtLocation, printParseErrorCode, type Node } from 'jsonc-parser';
import { parseSuite } from '../../run/suite.ts';
import { limits } from '../../run/limits.ts';
import { parseTask, type Task } from '../../run/task.ts';
import { checkTask, type TaskPort } from '../../run/taskCheck.ts';
import { taskTree, tooDeep } from '../../run/taskTree.ts';
import { readText, type ReadFailure } from './files.ts';

export interface TaskFileProblem {
  /** For a person, with its place: "belay.json:12:5 …". */
  readonly text: string;
  readonly path: readonly (string | number)[];
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

export type TaskFileResult =
  | {
      readonly ok: true;
      readonly task: Task;
      /** SHA-256 of the file's bytes. */ readonly digest: string;
      readonly warnings: readonly TaskFileProblem[];
    }
  | { readonly ok: false; readonly problems: readonly TaskFileProblem[] };

export interface TaskPlace {
  readonly taskFile: string;
  /** Real path. */
  readonly workspace: string;
  /** For `~` and PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Loads and checks the task file. Never rejects for a fault of the file. */
export async function loadTask(place: TaskPlace): Promise<TaskFileResult> {
  const file = await readText(place.taskFile);
  if (!file.ok) return { ok: false, problems: [problemAt('', 0, [], unread(place.taskFile, file), 'error')] };
  const text = file.text.replace(/^\uFEFF/, '');
  const tree = taskTree(text);
  if (tree === null) return { ok: false, problems: [problemAt('', 0, [], tooDeep, 'error')] };
  const { root, errors, value } = tree;
  if (errors.length > 0 || !root) {
    const told = errors.map((e) =>
      problemAt(text, e.offset, [], `not JSON: ${words(printParseErrorCode(e.error))}`, 'error'),
    );
    return { ok: false, problems: told.length > 0 ? told : [problemAt(text, 0, [], 'the file is empty', 'error')] };
  }
  const parsed = parseTask(value);
  if (!parsed.ok) {
    return {
      ok: false,
      problems: parsed.problems.map((p) => problemAt(text, offsetOf(root, p.path), p.path, p.message, 'error')),
    };
  }
  const findings = (await checkTask(parsed.task, taskPort(place))).map((f) =>
    problemAt(text, offsetOf(root, f.path), f.path, f.message, f.severity),
  );
  if (findings.some((f) => f.severity === 'error')) return { ok: false, problems: findings };
  return { ok: true, task: parsed.task, digest: file.digest, warnings: findings };
}

function unread(taskFile: string, { problem, detail }: ReadFailure): string {
  const why = {
    folder: 'it is a folder',
    special: 'it is not a file',
    'too-large': 'it is too large',
    binary: 'it is not text in UTF-8',
  };
  if (problem === 'missing') return `there is no ${taskFile}`;
  return `can't be read: ${problem === 'failed' ? (detail ?? '') : why[problem]}`;
}

/** The machine as the check may ask it. */
export function taskPort({ taskFile, workspace, env }: TaskPlace): TaskPort {
  const folder = dirname(taskFile);
  const home = env['HOME'] ?? '/';
  return {
    resolve: (path) => resolveTaskPath(path, folder, home),
    kind: async (absolute) => {
      const found = await stat(absolute).catch(() => null); // nothing there, or nothing that this user may see
      if (found === null) return null;
      return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
    },
    suite: async (absolute) => parseSuite(await readFile(absolute, 'utf8')),
    inWorkspace: async (absolute) => {
      const inside = relative(workspace, await realpathOfExisting(absolute));
      return inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
    },
    which: (program) => which(program, workspace, env['PATH'] ?? '', home),
    text: async (absolute) => {
      const { size } = await stat(absolute);
      if (size > limits.recordingBytes)
        throw new Error(`it has ${String(size)} bytes, and a recording has at most ${String(limits.recordingBytes)}`);
      return readFile(absolute, 'utf8');
    },
    now: () => Date.now(),
  };
}

/** A path of the task file as an absolute one. */
export function resolveTaskPath(path: string, folder: string, home: string): string {
  if (path === '~') return home;
  if (path.startsWith('~/')) return join(home, path.slice(2));
  return resolve(folder, path);
}

async function which(program: string, workspace: string, path: string, home: string): Promise<string | null> {
  const places = program.includes('/')
    ? [resolveTaskPath(program, workspace, home)]
    : path
        .split(delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => join(folder, program));
  for (const place of places) {
    if (await isExecutable(place)) return place;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false; // absent, or not for this user: in both cases it can't be started
  }
}

/** The real path; of what does not exist yet, that of its nearest folder with the rest added. */
async function realpathOfExisting(absolute: string): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (error) {
    const parent = dirname(absolute);
    if (parent === absolute) throw error;
    return join(await realpathOfExisting(parent), absolute.slice(parent.length));
  }
}

/** The value that a problem is about, or the nearest thing around it that exists. */
function offsetOf(root: Node, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    // An unknown key is at its name, a wrong value at the value: both are on the line of the property.
    if (node) return node.offset;
  }
  return root.offset;
}

function problemAt(
  text: string,
  offset: number,
  path: readonly (string | number)[],
  message: string,
  severity: 'error' | 'warning',
): TaskFileProblem {
  const before = text.slice(0, offset).split('\n');
  const line = before.length;
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { path, line, column, message, severity, text: `belay.json:${String(line)}:${String(column)} ${message}` };
}

/** "CommaExpected" as words. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
