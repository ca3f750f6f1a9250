/**
 * Job: prepare the suites of a run: copy them into the run directory, split where the task says so, and tell every reason
 * why the held-out cases may not be sealed from the agent.
 * Boundary: runs in the verifier's process, before the first command; reads the workspace and asks its git one read-only
 * question; writes into the run directory only.
 * Rules: H1 what comes back are counts, digests and reasons, no case. H2 held-out files lie outside the workspace, and no
 *   file there and no blob of its git is one of them.
 */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { messageOf } from '../../base/assert.ts';
import { inputOf, type Case } from '../../run/case.ts';
import { limits } from '../../run/limits.ts';
import { sizeOf, type ParsedSuite } from '../../run/suite.ts';
import { splitCases } from './split.ts';
import { copyWorkspace, digestOfFolder, removeFolder } from './folders.ts';
import { foundIn, nothingFound, searchForLines, searchHistory, tellingLines, type Searched } from './sealSearch.ts';
import { readSuite, sharedFolder, SuiteUnreadable, type HeldOutSuite, type VisibleSuite } from './suite.ts';

export interface SealRequest {
  /** Real path. */
  readonly workspace: string;
  /** Takes the visible copy; made when absent. */
  readonly visibleFolder: string;
  /** Takes the held-out copy, 0700; made when absent. */
  readonly heldOutFolder: string;
  /** Absolute paths. */
  readonly suites:
    | { readonly visible: string; readonly heldOut?: string }
    | { readonly split: { readonly file: string; readonly heldOutShare: number } };
  /** Folders that the sandbox shows besides the workspace and /usr, real paths. */
  readonly toolchains: readonly string[];
}

export interface SealReport {
  readonly visible: VisibleSuite;
  readonly heldOut: HeldOutSuite | null;
  readonly visibleTotal: number;
  readonly heldOutTotal: number;
  /** Every tag of the visible suite, sorted. */
  readonly visibleTags: readonly string[];
  /** SHA-256 by name: `suite:visible`, `suite:heldOut`. */
  readonly digests: Readonly<Record<string, string>>;
  /** Why the held-out cases are NOT sealed, one sentence each without a full stop; no path of a held-out file in it. */
  readonly reasons: readonly string[];
  /** Where they were not sought, though commands may read there; phrases. */
  readonly notSearched: readonly string[];
}

/** The system's own folder is bound too; people put things of theirs here. */
const systemFolder = '/usr';
const localFolder = '/usr/local';
const filesLookedAt = 500_000;

/** @throws SuiteUnreadable when a suite is missing or malformed, and nothing is written then; when what its cases share can't be copied. */
export async function sealSuites(request: SealRequest): Promise<SealReport> {
  const parts = readParts(request);
  const visible = textOf(parts.visible);
  const heldOut = parts.heldOut === null ? null : textOf(parts.heldOut);
  const digests: Record<string, string> = { 'suite:visible': sha256(visible) };
  const visibleFile = join(request.visibleFolder, 'visible.jsonl');
  writeSealed(visibleFile, visible);
  await copyShared(parts.visible, visibleFile, 'suite:visible', digests);
  let searched = nothingFound;
  let sealedCopy: HeldOutSuite | null = null;
  if (parts.heldOut !== null && heldOut !== null) {
    digests['suite:heldOut'] = sha256(heldOut);
    const file = join(request.heldOutFolder, 'heldOut.jsonl');
    writeSealed(file, heldOut);
    await copyShared(parts.heldOut, file, 'suite:heldOut', digests);
    sealedCopy = { kind: 'heldOut', file };
    searched = await search(parts.heldOut, heldOut, parts.sources, request);
  }
  return {
    visible: { kind: 'visible', file: visibleFile },
    heldOut: sealedCopy,
    visibleTotal: sizeOf(parts.visible),
    heldOutTotal: parts.heldOut === null ? 0 : sizeOf(parts.heldOut),
    visibleTags: [...new Set(parts.visible.cases.flatMap((one) => one.tags))].sort(),
    digests,
    ...searched,
  };
}

function writeSealed(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600 });
}

/** Copies what the suite's cases share, as it is now. @throws SuiteUnreadable */
async function copyShared(
  { files, from }: Part,
  file: string,
  name: string,
  digests: Record<string, string>,
): Promise<void> {
  if (files.length === 0) return;
  const shared = sharedFolder(file);
  try {
    mkdirSync(shared, { mode: 0o700 });
    for (const each of files)
      await copyWorkspace(join(from, each), join(shared, each), undefined, limits.suiteFilesBytes);
    digests[`${name}:files`] = (await digestOfFolder(shared)) ?? 'too large to digest';
  } catch (error) {
    removeFolder(shared);
    throw new SuiteUnreadable(`what the suite in ${from} names under "files" could not be copied: ${messageOf(error)}`);
  }
}

/** What a seal would say, before there is a run. */
export type SuiteSurvey = Pick<SealReport, 'visibleTotal' | 'heldOutTotal' | 'reasons' | 'notSearched'>;

/** Reads the suites and looks for every reason, and writes nothing. @throws SuiteUnreadable as `sealSuites` */
export async function surveySuites(request: Omit<SealRequest, 'visibleFolder'>): Promise<SuiteSurvey> {
  const { visible, heldOut, sources } = readParts(request);
  return {
    visibleTotal: sizeOf(visible),
    heldOutTotal: heldOut === null ? 0 : sizeOf(heldOut),
    ...(heldOut === null ? { reasons: [], notSearched: [] } : await search(heldOut, textOf(heldOut), sources, request)),
  };
}

/** One of the two suites. */
interface Part extends Omit<ParsedSuite, 'problems'> {
  /** The folder that its `files` stand in. */
  readonly from: string;
}

interface Parts {
  readonly visible: Part;
  readonly heldOut: Part | null;
  /** Files that hold held-out cases. */
  readonly sources: readonly string[];
}

function readParts({ suites }: Pick<SealRequest, 'suites'>): Parts {
  if ('split' in suites) {
    const { file, heldOutShare } = suites.split;
    const whole = readSuite(file);
    if (whole.report !== null || whole.files.length > 0)
      throw new SuiteUnreadable(`${file} can't be split: its cases share files or a report`);
    const { visible, heldOut } = splitCases(whole.cases, heldOutShare);
    if (visible.length === 0 || heldOut.length === 0)
      throw new SuiteUnreadable(`${file} has too few cases to be split: one part would be empty`);
    const part = (cases: readonly Case[]): Part => ({ cases, files: [], report: null, from: dirname(file) });
    return { visible: part(visible), heldOut: part(heldOut), sources: [file] };
  }
  const visible = { ...readSuite(suites.visible), from: dirname(suites.visible) };
  if (suites.heldOut === undefined) return { visible, heldOut: null, sources: [] };
  const heldOut = { ...readSuite(suites.heldOut), from: dirname(suites.heldOut) };
  const visibleInputs = new Set(visible.cases.map(inputOf));
  const twins = heldOut.cases.filter((one) => visibleInputs.has(inputOf(one))).length;
  if (twins > 0 && twins === heldOut.cases.length && heldOut.files.length === 0)
    throw new SuiteUnreadable('every held-out case has the input of a visible one, so they would measure nothing');
  return { visible, heldOut, sources: [suites.heldOut] };
}

/** A suite as it is kept: a case a line, or the object that says which report it is. */
const textOf = ({ cases, report }: Part) =>
  report === null ? cases.map((one) => `${JSON.stringify(one)}\n`).join('') : `${JSON.stringify({ junit: report })}\n`;
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

async function search(
  { cases, report }: Part,
  copy: string,
  sources: readonly string[],
  request: Omit<SealRequest, 'visibleFolder'>,
): Promise<Searched> {
  const reasons: string[] = [];
  if (report !== null || cases.some((one) => one.command !== undefined))
    reasons.push('held-out cases are commands, so what they look for stands beside the candidate while it is tested');
  const contents = [Buffer.from(copy)];
  const files: Stats[] = [];
  const shown = [request.workspace, systemFolder, ...request.toolchains];
  for (const source of sources) {
    contents.push(readFileSync(source));
    files.push(statSync(source));
    const real = realpathSync(source);
    const where = shown.find((folder) => isWithin(real, folder));
    if (where !== undefined)
      reasons.push(`the file of the held-out cases lies in ${where}, where the agent's commands can read it`);
  }
  if (isWithin(realpathOfExisting(request.heldOutFolder), request.workspace))
    reasons.push('the run directory lies in the workspace');
  const isCopy = copyTest(contents, files);
  const folders = [request.workspace, ...request.toolchains];
  const copies = folders.flatMap((folder) => copiesIn(folder, isCopy));
  const lines = tellingLines(
    contents.map((content) => content.toString('utf8')),
    cases,
  );
  const found = await Promise.all([
    copiesInSystem(contents, files, isCopy),
    copies.length > 0 ? nothingFound : searchForLines(lines, [...folders, ...existing(localFolder)]),
    blobsInGit(request.workspace, contents, lines),
  ]);
  const rest = lines.length === 0 ? 'anything for single held-out cases' : 'the rest of /usr for single held-out cases';
  return {
    reasons: [...new Set([...reasons, ...copies, ...found.flatMap((one) => one.reasons)])],
    notSearched: [rest, ...found.flatMap((one) => one.notSearched)],
  };
}

const existing = (folder: string) => (statSync(folder, { throwIfNoEntry: false }) ? [folder] : []);

type CopyTest = (path: string) => boolean;

/** Whether a file has the same content as one of them, or is one of these files under another name. */
function copyTest(contents: readonly Buffer[], files: readonly Stats[]): CopyTest {
  const sizes = new Map(contents.map((content) => [content.length, sha256(content)]));
  const inodes = new Set(files.map((stat) => `${String(stat.dev)}:${String(stat.ino)}`));
  return (path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) return false;
    if (inodes.has(`${String(stat.dev)}:${String(stat.ino)}`)) return true;
    const expected = sizes.get(stat.size);
    return expected !== undefined && digestOrNull(path) === expected;
  };
}

const copyReason = (root: string, path: string) => `${relative(root, path)} in ${root} is a copy of the held-out cases`;

/** Of the folder's files, by a walk; `.git` is asked through git. */
function copiesIn(root: string, isCopy: CopyTest): string[] {
  const reasons: string[] = [];
  let seen = 0;
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const { name, isFolder, isFile } of entriesOf(folder, reasons)) {
      if (++seen > filesLookedAt)
        return [...reasons, `${root} has too many files to look for copies of the held-out cases`];
      const path = join(folder, name);
      if (isFolder && name !== '.git') waiting.push(path);
      if (isFile && isCopy(path)) reasons.push(copyReason(root, path));
    }
  }
  return reasons;
}

/** Of the system's folder, which is large: `find` looks for what is as long, or the same file, beside what else is searched. */
async function copiesInSystem(
  contents: readonly Buffer[],
  files: readonly Stats[],
  isCopy: CopyTest,
): Promise<Searched> {
  const tests = [
    ...contents.map(({ length }) => ['-size', `${String(length)}c`]),
    ...files.map(({ ino }) => ['-inum', String(ino)]),
  ].flatMap((test, i) => (i === 0 ? test : ['-o', ...test]));
  const found = await foundIn(systemFolder, tests);
  if (found === null) return { reasons: [], notSearched: [`${systemFolder} for copies of the held-out cases`] };
  return { reasons: found.filter(isCopy).map((path) => copyReason(systemFolder, path)), notSearched: [] };
}

/** A folder of another user that is closed to this one is closed to the agent. */
function entriesOf(folder: string, reasons: string[]) {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.map((one) => ({ name: one.name, isFolder: one.isDirectory(), isFile: one.isFile() }));
  } catch (error) {
    if (lstatSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.())
      reasons.push(`${folder} could not be searched for copies of the held-out cases (${messageOf(error)})`);
    return [];
  }
}

function digestOrNull(path: string): string | null {
  try {
    return sha256(readFileSync(path));
  } catch {
    return null; // unreadable for us, so for the agent, who is the same user
  }
}

/** Asks the workspace's own git whether it has one of the contents, or an earlier version, as an object; touches nothing in it. */
async function blobsInGit(workspace: string, contents: readonly Buffer[], lines: readonly string[]): Promise<Searched> {
  const found = (...reasons: string[]): Searched => ({ reasons, notSearched: [] });
  const format = await git(workspace, ['rev-parse', '--show-object-format']);
  if (format.missing) return found('git is not installed, so the history of the workspace was not searched');
  if (format.exit !== 0)
    return isWithoutRepository(format.said)
      ? found()
      : found(`the history of the workspace could not be searched: ${firstLine(format.said)}`);
  const algorithm = format.said.trim() === 'sha256' ? 'sha256' : 'sha1';
  for (const content of contents.flatMap(asCommitted)) {
    const id = createHash(algorithm)
      .update(`blob ${String(content.length)}\0`)
      .update(content)
      .digest('hex');
    const asked = await git(workspace, ['cat-file', '-e', id]);
    if (asked.exit === 0) return found("the held-out cases are in the history of the workspace's git repository");
    if (asked.exit !== 1) return found(`the history of the workspace could not be searched: ${firstLine(asked.said)}`);
  }
  const sizes = contents.map(({ length }) => length);
  return searchHistory(workspace, lines, sizes, gitEnvironment());
}

const isWithoutRepository = (said: string) => said.includes('not a git repository');
const firstLine = (text: string) => text.trim().split('\n')[0] ?? '';

/** As it is, and as a repository that converts line ends would hold it. */
function asCommitted(content: Buffer): Buffer[] {
  return content.includes('\r\n')
    ? [content, Buffer.from(content.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')]
    : [content];
}

interface GitAnswer {
  readonly exit: number;
  readonly said: string;
  readonly missing: boolean;
}

/** No lock is taken and nothing is fetched, a partial clone's missing objects neither. */
const gitEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  LC_ALL: 'C',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: '',
  GIT_TERMINAL_PROMPT: '0',
});

function git(workspace: string, args: readonly string[]): Promise<GitAnswer> {
  return new Promise((resolve) => {
    const options = { env: gitEnvironment(), timeout: 30_000 };
    execFile('git', ['-C', workspace, ...args], options, (error, stdout, stderr) => {
      const code = error?.code;
      const exit = error === null ? 0 : typeof code === 'number' ? code : -1;
      resolve({ exit, said: exit === 0 ? stdout : stderr, missing: String(code) === 'ENOENT' });
    });
  });
}

function isWithin(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return rest === '' || (rest !== '..' && !rest.startsWith('../') && !rest.startsWith('/'));
}

/** The real path of the folder, or of the nearest one around it that is there. */
function realpathOfExisting(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    return realpathOfExisting(dirname(folder));
  }
}
