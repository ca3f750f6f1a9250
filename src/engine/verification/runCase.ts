/**
 * Job: run one case and compare what came out, as the case says, out here: nothing inside the sandbox learns what was expected.
 * Rules: H5 a case runs on a read-only build in a throwaway folder; it is given arguments, standard input and its files, never
 *   its id. What could not be run is an error, not a failure.
 */
import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { messageOf } from '../../base/assert.ts';
import type { Case } from '../../run/case.ts';
import { comparedAs, isSame, type Comparison } from '../../run/compare.ts';
import type { VerdictKind } from '../../run/entry.ts';
import { namesIn } from '../checkpoint/listing.ts';
import { onDisk } from '../checkpoint/paths.ts';
import { refuseBrokenSandbox } from '../sandbox/probe.ts';
import { inside, SandboxGone, type CommandOutcome } from '../sandbox/shape.ts';
import { boundedMatch } from './boundedMatch.ts';
import type { CaseSandboxes } from './caseSandboxes.ts';
import { copyWorkspace, removeFolder } from './folders.ts';
import type { CandidateRecipe } from './messages.ts';

export interface CaseContext {
  readonly recipe: CandidateRecipe;
  /** The finished build. */
  readonly build: string;
  /** Names at its top, as in checkpoint/paths.ts. */
  readonly entries: readonly string[];
  /** A folder whose content stands in the folder of each case; null: none. */
  readonly shared: string | null;
  /** Gives the path of a folder that does not exist yet. */
  readonly freshFolder: () => string;
  readonly signal: AbortSignal;
}

export interface CaseOutcome {
  readonly verdict: Exclude<VerdictKind, 'flaky'>;
  readonly wallMs: number;
  /** What differs, or standard output. */
  readonly actual: Buffer;
  /** What `actual` was held against; absent: the standard output that the case expects. */
  readonly expected?: string;
  readonly detail: string;
}

export interface RunCaseContext extends CaseContext {
  readonly sandboxes: CaseSandboxes;
}

/** @throws SandboxGone; whatever else goes wrong is in the outcome. */
export async function runCase(one: Case, context: RunCaseContext): Promise<CaseOutcome> {
  const { recipe, signal } = context;
  const needsFolder =
    one.files !== undefined ||
    one.expect.files !== undefined ||
    context.shared !== null ||
    recipe.sandbox.kind === 'unsealed';
  const folder = needsFolder ? context.freshFolder() : null;
  try {
    if (folder !== null) await prepareFolder(folder, one.files ?? {}, context);
    const outcome = await context.sandboxes.run({
      command: one.command === undefined ? [...recipe.run, ...one.args] : ['/bin/sh', '-c', one.command],
      stdin: one.stdin,
      env: one.env ?? {},
      folder,
      signal,
    });
    await refuseBrokenSandbox(recipe.sandbox, outcome);
    return judge(one, outcome, folder);
  } catch (error) {
    if (error instanceof SandboxGone) throw error;
    return { verdict: 'error', wallMs: 0, actual: Buffer.alloc(0), detail: messageOf(error) };
  } finally {
    if (folder !== null) removeFolder(folder);
  }
}

function judge(one: Case, outcome: CommandOutcome, folder: string | null): CaseOutcome {
  const { wallMs, message } = outcome;
  const actual = one.expect.stdout === undefined ? Buffer.concat([outcome.stdout, outcome.stderr]) : outcome.stdout;
  const ended = (verdict: CaseOutcome['verdict'], detail: string): CaseOutcome => ({ verdict, wallMs, actual, detail });
  switch (outcome.endedBy) {
    case 'exit': {
      const difference = differenceOf(one, outcome, folder);
      if (difference === null) return ended('pass', '');
      const { undecided = false, ...found } = difference;
      return { ...ended(undecided ? 'error' : 'fail', found.detail), ...found };
    }
    case 'timeout':
      return ended('timeout', message ?? 'timeout');
    case 'not-started':
    case 'abort':
      return ended('error', message ?? 'not started');
    default:
      return ended('fail', message ?? outcome.endedBy);
  }
}

interface Difference extends Pick<Partial<CaseOutcome>, 'actual' | 'expected'> {
  readonly detail: string;
  /** It could not be told whether it differs. */
  readonly undecided?: true;
}

/** What differs from what the case expects; null when nothing does. */
function differenceOf(one: Case, outcome: CommandOutcome, folder: string | null): Difference | null {
  const { expect } = one;
  if (expect.exit !== undefined && outcome.exitCode !== expect.exit)
    return { detail: `exit ${String(outcome.exitCode)} instead of ${String(expect.exit)}` };
  const outputs = [
    ['standard output', outcome.stdout, expect.stdout] as const,
    ['standard error', outcome.stderr, expect.stderr] as const,
  ];
  for (const [what, actual, expected] of outputs) {
    const difference = expected === undefined ? null : held(one, what, actual, expected);
    if (difference !== null) return difference;
  }
  for (const [path, content] of Object.entries(expect.files ?? {})) {
    const actual = folder === null ? null : readWithoutLinks(folder, relativePath(path));
    if (actual === null) return { detail: `the file ${path} is missing` };
    const difference = held(one, `the file ${path}`, actual, content);
    if (difference !== null) return difference;
  }
  return null;
}

/** One output against what is expected of it, as the case's comparator has it. */
function held(comparison: Comparison, what: string, actual: Buffer, expected: string): Difference | null {
  const how = comparedAs(comparison);
  const differs = (detail: string): Difference => ({ detail, actual, expected });
  if (how === '') return actual.equals(Buffer.from(expected, 'utf8')) ? null : differs(`${what} differs`);
  if (!isUtf8(actual)) return differs(`${what} is not UTF-8${how}`);
  const same = isSame(comparison, expected, actual.toString('utf8'), boundedMatch);
  if (same === null) return { ...differs(`the regular expression took too long on ${what}`), undecided: true };
  return same ? null : differs(`${what} differs${how}`);
}

/**
 * Writes the files into a new folder, beside a copy of what the suite shares, and links the build's files beside them, so that both
 * `perl main.pl` and `main.pl notes.txt` find what they name. A folder that both have is merged, and a file of the case goes
 * first; but of what the suite shares the build has no part, or the agent could add a file to the tests.
 */
export async function prepareFolder(
  folder: string,
  files: Readonly<Record<string, string>>,
  { shared, recipe, build }: CaseContext,
): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (shared !== null) await copyWorkspace(shared, folder);
  const whole = new Set(shared === null ? [] : namesIn(shared));
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, relativePath(path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  linkInto(folder, build, recipe.sandbox.kind === 'unsealed' ? build : inside.build, whole);
}

function linkInto(folder: string, build: string, seen: string, whole: ReadonlySet<string> = new Set()): void {
  const present = new Set(namesIn(folder));
  for (const name of namesIn(build)) {
    const target = onDisk(folder, name);
    if (whole.has(name)) continue;
    if (!present.has(name)) symlinkSync(onDisk(seen, name), target);
    else if (name.isWellFormed() && isFolder(target) && isFolder(join(build, name)))
      linkInto(join(folder, name), join(build, name), join(seen, name));
  }
}

const isFolder = (path: string | Buffer) => lstatSync(path).isDirectory();

/** @throws Error for a path that leaves the folder, which would be a fault of the suite. */
function relativePath(path: string): string {
  const normal = normalize(path);
  if (normal.startsWith('/') || normal === '..' || normal.startsWith(`..${sep}`) || normal === '.') {
    throw new Error(`the case names a file outside its folder: ${path}`);
  }
  return normal;
}

const expectedFileBytes = 64 * 1024 * 1024;

/** null unless it is a regular file that no link leads to: a candidate could have planted one to a file of ours. */
export function readWithoutLinks(folder: string, path: string): Buffer | null {
  let part = folder;
  for (const name of dirname(path) === '.' ? [] : dirname(path).split(sep)) {
    part = join(part, name);
    if (lstatSync(part, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  }
  let descriptor: number;
  try {
    descriptor = openSync(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null; // absent, a link, or without permission: not what the case expects
  }
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() && stat.size <= expectedFileBytes ? readFileSync(descriptor) : null;
  } finally {
    closeSync(descriptor);
  }
}
