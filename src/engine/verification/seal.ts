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
import { splitCases } from './split.ts';
import { loadSuite, SuiteUnreadable, type HeldOutSuite, type VisibleSuite } from './suite.ts';

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
}

const filesLookedAt = 500_000;

/** @throws SuiteUnreadable when a suite is missing, malformed or shares ids with the other; nothing is written then. */
export async function sealSuites(request: SealRequest): Promise<SealReport> {
  const parts = readParts(request);
  const visible = linesOf(parts.visible);
  const heldOut = parts.heldOut === null ? null : linesOf(parts.heldOut);
  const digests: Record<string, string> = { 'suite:visible': sha256(visible) };
  mkdirSync(request.visibleFolder, { recursive: true, mode: 0o700 });
  const visibleFile = join(request.visibleFolder, 'visible.jsonl');
  writeFileSync(visibleFile, visible, { mode: 0o600 });
  let reasons: string[] = [];
  let sealedCopy: HeldOutSuite | null = null;
  if (heldOut !== null) {
    digests['suite:heldOut'] = sha256(heldOut);
    mkdirSync(request.heldOutFolder, { recursive: true, mode: 0o700 });
    const file = join(request.heldOutFolder, 'heldOut.jsonl');
    writeFileSync(file, heldOut, { mode: 0o600 });
    sealedCopy = { kind: 'heldOut', file };
    reasons = await reasonsAgainst(parts.sources, Buffer.from(heldOut), request);
  }
  return {
    visible: { kind: 'visible', file: visibleFile },
    heldOut: sealedCopy,
    visibleTotal: parts.visible.length,
    heldOutTotal: parts.heldOut?.length ?? 0,
    visibleTags: [...new Set(parts.visible.flatMap((one) => one.tags))].sort(),
    digests,
    reasons,
  };
}

/** What a seal would say, before there is a run. */
export type SuiteSurvey = Pick<SealReport, 'visibleTotal' | 'heldOutTotal' | 'reasons'>;

/** Reads the suites and looks for every reason, and writes nothing. @throws SuiteUnreadable as `sealSuites` */
export async function surveySuites(request: Omit<SealRequest, 'visibleFolder'>): Promise<SuiteSurvey> {
  const { visible, heldOut, sources } = readParts(request);
  return {
    visibleTotal: visible.length,
    heldOutTotal: heldOut?.length ?? 0,
    reasons: heldOut === null ? [] : await reasonsAgainst(sources, Buffer.from(linesOf(heldOut)), request),
  };
}

interface Parts {
  readonly visible: readonly Case[];
  readonly heldOut: readonly Case[] | null;
  /** Files that hold held-out cases. */
  readonly sources: readonly string[];
}

function readParts({ suites }: Pick<SealRequest, 'suites'>): Parts {
  if ('split' in suites) {
    const { visible, heldOut } = splitCases(loadSuite(suites.split.file), suites.split.heldOutShare);
    if (visible.length === 0 || heldOut.length === 0) {
      throw new SuiteUnreadable(`${suites.split.file} has too few cases to be split: one part would be empty`);
    }
    return { visible, heldOut, sources: [suites.split.file] };
  }
  const visible = loadSuite(suites.visible);
  if (suites.heldOut === undefined) return { visible, heldOut: null, sources: [] };
  const heldOut = loadSuite(suites.heldOut);
  const visibleInputs = new Set(visible.map(inputOf));
  const twins = heldOut.filter((one) => visibleInputs.has(inputOf(one))).length;
  if (twins === heldOut.length)
    throw new SuiteUnreadable('every held-out case has the input of a visible one, so they would measure nothing');
  return { visible, heldOut, sources: [suites.heldOut] };
}

const linesOf = (cases: readonly Case[]) => cases.map((one) => `${JSON.stringify(one)}\n`).join('');
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

async function reasonsAgainst(
  sources: readonly string[],
  copy: Buffer,
  request: Omit<SealRequest, 'visibleFolder'>,
): Promise<string[]> {
  const reasons: string[] = [];
  const contents = [copy];
  const files: Stats[] = [];
  const shown = [request.workspace, '/usr', ...request.toolchains];
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
  for (const folder of [request.workspace, ...request.toolchains]) reasons.push(...copiesIn(folder, contents, files));
  reasons.push(...(await blobsInGit(request.workspace, contents)));
  return [...new Set(reasons)];
}

/** Files of the folder with the same content, or the same file under another name. `.git` is asked through git. */
function copiesIn(root: string, contents: readonly Buffer[], files: readonly Stats[]): string[] {
  const sizes = new Map(contents.map((content) => [content.length, sha256(content)]));
  const inodes = new Set(files.map((stat) => `${String(stat.dev)}:${String(stat.ino)}`));
  const reasons: string[] = [];
  let seen = 0;
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const name of namesIn(folder, reasons)) {
      if (++seen > filesLookedAt)
        return [...reasons, `${root} has too many files to look for copies of the held-out cases`];
      const path = join(folder, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat?.isDirectory() === true && name !== '.git') waiting.push(path);
      if (stat?.isFile() !== true) continue;
      const expected = sizes.get(stat.size);
      const same =
        inodes.has(`${String(stat.dev)}:${String(stat.ino)}`) ||
        (expected !== undefined && digestOrNull(path) === expected);
      if (same) reasons.push(`${relative(root, path)} in ${root} is a copy of the held-out cases`);
    }
  }
  return reasons;
}

function namesIn(folder: string, reasons: string[]): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
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

/** Asks the workspace's own git whether it has one of the contents as an object, without touching anything in it. */
async function blobsInGit(workspace: string, contents: readonly Buffer[]): Promise<string[]> {
  const format = await git(workspace, ['rev-parse', '--show-object-format']);
  if (format.missing) return ['git is not installed, so the history of the workspace was not searched'];
  if (format.exit !== 0)
    return isWithoutRepository(format.said)
      ? []
      : [`the history of the workspace could not be searched: ${firstLine(format.said)}`];
  const algorithm = format.said.trim() === 'sha256' ? 'sha256' : 'sha1';
  for (const content of contents.flatMap(asCommitted)) {
    const id = createHash(algorithm)
      .update(`blob ${String(content.length)}\0`)
      .update(content)
      .digest('hex');
    const found = await git(workspace, ['cat-file', '-e', id]);
    if (found.exit === 0) return ["the held-out cases are in the history of the workspace's git repository"];
    if (found.exit !== 1) return [`the history of the workspace could not be searched: ${firstLine(found.said)}`];
  }
  return [];
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
function git(workspace: string, args: readonly string[]): Promise<GitAnswer> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: '',
    GIT_TERMINAL_PROMPT: '0',
  };
  return new Promise((resolve) => {
    execFile('git', ['-C', workspace, ...args], { env, timeout: 30_000 }, (error, stdout, stderr) => {
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
