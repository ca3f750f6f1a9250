/**
 * Job: from the text of a `belay.json` to the findings that an editor shows, and the files whose change would change them.
 * Boundary: asks the machine through the port of `run/taskCheck.ts` only. Where the editor has JSON features of its own,
 *   the contributed schema tells syntax and shape, and this tells nothing of it a second time.
 */
import { printParseErrorCode, type ParseError } from 'jsonc-parser';
import { parseTask, readableParts, type TaskParts } from '../run/task.ts';
import { checkTask, type TaskPort } from '../run/taskCheck.ts';
import { taskTree, tooDeep } from '../run/taskTree.ts';
import { spanAt, type JsonPath, type Span } from './places.ts';

export interface Finding extends Span {
  readonly message: string;
  readonly severity: 'error' | 'warning' | 'information';
  /** The place in another file, where there is one; `line` counts from 1. */
  readonly related?: { readonly file: string; readonly line: number };
}

/** The machine as one check sees it, and what the check could not see. */
export interface Machine {
  readonly port: TaskPort;
  /** Suites, by absolute path, that are so large that only their head was read. */
  readonly cutSuites: ReadonlySet<string>;
  /** Endpoints at which nothing answered. */
  readonly silentEndpoints: ReadonlySet<string>;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Absolute paths that the task names. */
  readonly watched: readonly string[];
}

export interface DiagnoseOptions {
  /** null: the document is not on a disk, so its paths lead nowhere. */
  readonly machine: Machine | null;
  /** The editor shows syntax errors and what the schema says. */
  readonly jsonFeatures: boolean;
}

/** A longer text is not a task file that somebody wrote. */
export const taskTextCharsMost = 1_000_000;

/** Never rejects for a fault of the text. */
export async function diagnose(text: string, { machine, jsonFeatures }: DiagnoseOptions): Promise<Diagnosis> {
  if (text.length > taskTextCharsMost) {
    return only({
      start: 0,
      end: 1,
      severity: 'warning',
      message: 'this file is too long to be a task (over 1 MB); it was not checked',
    });
  }
  const tree = taskTree(text);
  if (tree === null) return only({ start: 0, end: 1, severity: 'error', message: tooDeep });
  const { root, errors, value } = tree;
  const syntax = jsonFeatures ? [] : errors.map(syntaxFinding);
  if (root === undefined) {
    const empty: Finding = {
      start: 0,
      end: 0,
      severity: 'error',
      message: 'the file is empty; "Belay: New Task…" writes one to start from',
    };
    // A file without content is no syntax error to the JSON features.
    return errors.length > 0 && text.trim() !== '' ? { findings: syntax, watched: [] } : only(empty);
  }
  const findings = [...syntax];
  const at = (path: JsonPath, what?: 'key') => spanAt(root, path, what);
  // Half a file has keys that are only not written yet: first its syntax.
  const parsed = errors.length > 0 ? null : parseTask(value);
  if (parsed?.ok === false) {
    for (const { path, message, inSchema, atKey } of parsed.problems) {
      if (!(jsonFeatures && inSchema)) findings.push({ ...at(path, atKey && 'key'), message, severity: 'error' });
    }
  }
  if (machine === null) return { findings, watched: [] };
  // Each part that is whole is checked, so that a missing limit does not hide a missing suite.
  const parts = readableParts(value);
  for (const { path, ...finding } of await checkTask(parts, machine.port)) findings.push({ ...at(path), ...finding });
  findings.push(...unseen(parts, machine, at));
  return { findings, watched: [...new Set(filesOf(parts).map(([, file]) => machine.port.resolve(file)))] };
}

function only(finding: Finding): Diagnosis {
  return { findings: [finding], watched: [] };
}

/** What the check could not see, so that silence is not read as "all is well". */
function unseen(parts: TaskParts, machine: Machine, at: (path: JsonPath) => Span): Finding[] {
  const found = filesOf(parts)
    .filter(([, file]) => machine.cutSuites.has(machine.port.resolve(file)))
    .map(([path, file]): Finding => {
      const message = `only the first part of "${file}" was checked here, as it is large; all of it is checked at the start of a run`;
      return { ...at(path), severity: 'information', message };
    });
  const baseUrl = parts.model?.provider === 'openai-compatible' ? parts.model.baseUrl : undefined;
  if (baseUrl !== undefined && machine.silentEndpoints.has(baseUrl)) {
    const message = `nothing answers at ${baseUrl} now, so the model's name was not checked`;
    found.push({ ...at(['model', 'baseUrl']), severity: 'information', message });
  }
  return found;
}

/** The files that a task names, each with its place. */
function filesOf({ suites, docs }: TaskParts): (readonly [JsonPath, string])[] {
  const named: (readonly [JsonPath, string | undefined])[] = [
    [['suites', 'visible'], suites?.visible],
    [['suites', 'heldOut'], suites?.heldOut],
    [['suites', 'split', 'file'], suites?.split?.file],
    ...(docs ?? []).map((file, index) => [['docs', index], file] as const),
  ];
  return named.flatMap(([path, file]) => (file === undefined ? [] : [[path, file] as const]));
}

function syntaxFinding({ error, offset, length }: ParseError): Finding {
  // "CommaExpected" as words.
  const words = printParseErrorCode(error)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
  return { start: offset, end: offset + length, severity: 'error', message: `not JSON: ${words}` };
}
