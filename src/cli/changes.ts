/**
 * Job: what changed since the accepted tree, for a terminal: the files with their counts, the unified diff, and accepting or
 *   rejecting single files.
 * Boundary: asks the engine; nothing is paged, and nothing coloured but on a terminal. Text of the files is drawn, never obeyed.
 * Rules: B3 a file that is binary, large or rewritten past a bound is named with the reason. G3 a file is accepted as it stands now.
 */
import { relative, resolve, sep } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { RunConnection } from '../client/connection.ts';
import type { ChangedFile, SeenFile, Side } from '../protocol/messages.ts';
import type { Shown } from '../run/entry.ts';
import { formatBytes, formatCounted, visibleControls } from '../run/forDisplay.ts';
import { shownOf } from '../run/shown.ts';
import { limits } from '../run/limits.ts';
import { UsageError, type DiffSide } from './args.ts';
import { printText, type Output } from './terminal.ts';

const shownBytes = 1024 * 1024;
/** jsdiff takes seconds for a large rewrite: so many edits, then it is named only. */
const editsMost = 4_000;

/** A path is named from where one stands, or from the workspace, as the lists of a run name it. */
export function pathInWorkspace(named: string, cwd: string, workspace: string): string {
  const path = relative(workspace, resolve(cwd, named));
  return path.startsWith('..') ? named : path.split(sep).join('/');
}

interface Sides<S> {
  readonly from: S;
  readonly to: S;
}

/** Everything that differs: the list, then each file's diff. Nothing: one line. @throws UsageError where there is no commit */
export async function diffText(connection: RunConnection, asked: Sides<DiffSide>, colours: boolean): Promise<string> {
  const sides = { from: await sideOf(connection, asked.from), to: await sideOf(connection, asked.to) };
  const between = betweenWords(asked);
  const files = await countedFiles(connection, sides);
  if (files.length === 0) return `Nothing has changed ${between}`;
  const parts = [summary(files, between)];
  for (const file of files) parts.push(await fileDiff(connection, sides, file, colours));
  return parts.join('\n\n');
}

async function sideOf(connection: RunConnection, asked: DiffSide): Promise<Side> {
  if (asked !== 'head') return asked;
  const head = await connection.request('userHead', {});
  if (head === null) throw new UsageError('The folder of the run is in no git repository with a commit');
  return `commit ${head.commit}`;
}

function betweenWords({ from, to }: Sides<DiffSide>): string {
  const words = (side: DiffSide) => (typeof side === 'number' ? `checkpoint ${String(side)}` : side);
  return from === 'accepted' && to === 'workspace' ? 'since what is accepted' : `from ${words(from)} to ${words(to)}`;
}

/** Of thousands of files the engine counts the lines in slices. */
async function countedFiles(connection: RunConnection, sides: Sides<Side>): Promise<readonly ChangedFile[]> {
  const { files } = await connection.request('compare', sides);
  const uncounted = files.filter((file) => file.uncounted).map(({ path }) => path);
  const counted = new Map<string, ChangedFile>();
  for (let at = 0; at < uncounted.length; at += limits.filesCountedAtOnce) {
    const paths = uncounted.slice(at, at + limits.filesCountedAtOnce);
    for (const file of (await connection.request('compare', { ...sides, paths })).files) counted.set(file.path, file);
  }
  return files.map((file) => counted.get(file.path) ?? file);
}

function summary(files: readonly ChangedFile[], between: string): string {
  const rows = files.map((file) => `    ${file.change.padEnd(8)} ${drawn(file.path)}  ${counts(file)}`.trimEnd());
  return [`${formatCounted(files.length, 'file')} changed ${between}`, ...rows].join('\n');
}

function counts({ added, removed, binary, afterBytes }: ChangedFile): string {
  if (added !== undefined && removed !== undefined) return `+${String(added)} −${String(removed)}`;
  return `${binary ? 'binary, ' : ''}${formatBytes(afterBytes ?? 0)}`;
}

async function fileDiff(
  connection: RunConnection,
  { from, to }: Sides<Side>,
  file: ChangedFile,
  colours: boolean,
): Promise<string> {
  const { path, binary, beforeBytes, afterBytes } = file;
  if (file.change === 'mode') return `${drawn(path)}: only its mode has changed`;
  if (binary) return `${drawn(path)}: binary, not shown`;
  if (Math.max(beforeBytes ?? 0, afterBytes ?? 0) > shownBytes) return `${drawn(path)}: larger than 1 MB, not shown`;
  const [before, after] = [await textAt(connection, from, path), await textAt(connection, to, path)];
  const name = drawn(path);
  const names = [before === null ? '/dev/null' : `a/${name}`, after === null ? '/dev/null' : `b/${name}`] as const;
  const options = { context: 3, maxEditLength: editsMost };
  const patch = createTwoFilesPatch(names[0], names[1], before ?? '', after ?? '', undefined, undefined, options);
  if (patch === undefined) return `${name}: rewritten past ${String(editsMost)} changed lines, not shown`;
  const lines = patch.trimEnd().split('\n').slice(1);
  return lines.map((line) => (colours ? coloured(line) : visibleControls(line))).join('\n');
}

async function textAt(connection: RunConnection, side: Side, path: string): Promise<string | null> {
  const { contentBase64 } = await connection.request('readFileAt', { side, path });
  return contentBase64 === null ? null : Buffer.from(contentBase64, 'base64').toString('utf8');
}

function coloured(line: string): string {
  const colour = /^(---|\+\+\+)/.test(line) ? 1 : line.startsWith('@@') ? 36 : line.startsWith('+') ? 32 : 31;
  const plain = visibleControls(line);
  return /^[-+@]/.test(line) ? `\u001b[${String(colour)}m${plain}\u001b[0m` : plain;
}

const drawn = (path: string): string => visibleControls(path).replaceAll('\n', '^J');

/** Accepts one file as it stands in the folder. @throws UsageError where it does not differ from what is accepted */
export async function acceptFile(connection: RunConnection, path: string): Promise<string> {
  const { file, shown } = await seenFile(connection, path);
  const { checkpoint } = await connection.request('acceptFiles', { files: [file], shown });
  return `Accepted ${path} as at checkpoint ${String(checkpoint)}`;
}

/** A file in its present version, which is what the supervisor accepts here. @throws UsageError as above */
export async function seenFile(
  connection: RunConnection,
  path: string,
): Promise<{ readonly file: SeenFile; readonly shown: Shown }> {
  const { files } = await connection.request('compare', { from: 'accepted', to: 'workspace' });
  const file = files.find((one) => one.path === path);
  if (file === undefined) throw new UsageError(`${path} is as it was accepted: there is nothing to accept`);
  return { file: { path, version: file.version }, shown: shownOf(connection.state, files.length) };
}

/** Puts a file back as it was accepted; says where that waits for a step's end. */
export async function rejected(
  { path: named, reason }: { readonly path: string; readonly reason: string },
  connection: RunConnection,
  { cwd, stderr }: { readonly cwd: string; readonly stderr: Output },
): Promise<string> {
  const { run, step, paused } = connection.state;
  const path = pathInWorkspace(named, cwd, run?.workspace ?? '');
  if (step && !paused) printText(stderr, `Applies after step ${String(step.step)}`);
  const shown = shownOf(connection.state, null);
  const { directive } = await connection.request('rejectFile', { path, reason, shown });
  return `Rejected ${path}: put back as accepted (directive ${String(directive)}). Take it back with: belay undo`;
}
