/**
 * Job: which runs there are, and whether an engine serves them.
 * Boundary: reads the state folder; starts nothing and changes nothing. Alive means that its socket takes a connection, never
 * that a process has its pid.
 */
import { createHash } from 'node:crypto';
import { readdir, realpath } from 'node:fs/promises';
import { connect } from 'node:net';
import { isAbsolute } from 'node:path';
import type { Entry } from '../run/entry.ts';
import { limits } from '../run/limits.ts';
import { initialState, reduce } from '../run/reduce.ts';
import type { RunReport } from '../run/report/report.ts';
import { CaseHistory, verdictsIn } from '../run/report/caseHistory.ts';
import { Reporter } from '../run/report/reporter.ts';
import type { RunState } from '../run/state.ts';
import { checkEntry, EntryRejected } from '../protocol/entryCheck.ts';
import {
  blobFile,
  engineFile,
  runFolder,
  runsFolder,
  startFile,
  type EngineRecord,
  type StartRequest,
} from '../protocol/places.ts';
import { snapshotFile, snapshotOf, snapshotPartsFolder, type Landmark, type Snapshot } from '../protocol/snapshot.ts';
import { isUnreadable, readPlainBytes, readPlainFile } from './plainFile.ts';
import { runIdPattern } from './runId.ts';

/** start.json and engine.json hold a few paths. */
const recordBytesMost = 64 * 1024;
/** The last commit of a segment may pass its size; a snapshot of weeks is smaller. */
const segmentBytesMost = 8 * limits.segmentBytes;
/** Before a name from a file becomes a part of a path. */
const digestPattern = /^[0-9a-f]{64}$/;

export interface FoundRun {
  readonly runId: string;
  readonly folder: string;
  readonly start: StartRequest;
  /** What the last engine said of itself; null after a clean end. */
  readonly engine: EngineRecord | null;
  readonly alive: boolean;
}

/** All runs of a state folder, newest first. What has no readable `start.json` is no run. */
export async function findRuns(state: string): Promise<readonly FoundRun[]> {
  const names = (await readNames(runsFolder(state))).filter((name) => runIdPattern.test(name));
  const runs = await Promise.all(names.map((runId) => findRun(state, runId)));
  return runs
    .filter((run) => run !== null)
    .sort((a, b) => b.start.createdAt - a.start.createdAt || (a.runId < b.runId ? 1 : -1));
}

export async function findRun(state: string, runId: string): Promise<FoundRun | null> {
  const folder = runFolder(state, runId);
  const start = (await readJson(startFile(folder))) as StartRequest | null;
  if (start === null || !isStart(start)) return null;
  const engine = await readEngineRecord(folder);
  return { runId, folder, start, engine, alive: engine !== null && (await answers(engine.socket)) };
}

function isStart({ workspace, taskFile, createdAt }: Partial<StartRequest>): boolean {
  return typeof workspace === 'string' && typeof taskFile === 'string' && Number.isFinite(createdAt);
}

/** The run of a workspace: the one that is served, else the newest. */
export async function findRunOf(state: string, workspace: string): Promise<FoundRun | null> {
  const real = await realpath(workspace);
  const runs = (await findRuns(state)).filter((run) => run.start.workspace === real);
  return runs.find((run) => run.alive) ?? runs[0] ?? null;
}

export async function readEngineRecord(run: string): Promise<EngineRecord | null> {
  const record = (await readJson(engineFile(run))) as EngineRecord | null;
  const { socket, token } = (record ?? {}) as Partial<Record<keyof EngineRecord, unknown>>;
  // A number would be a port: nothing of ours listens there.
  return record !== null && typeof socket === 'string' && isAbsolute(socket) && typeof token === 'string'
    ? record
    : null;
}

/** Whether something listens there. */
export function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const link = connect(socket);
    const tell = (alive: boolean) => {
      link.destroy();
      resolve(alive);
    };
    link.once('connect', () => {
      tell(true);
    });
    link.once('error', () => {
      tell(false);
    });
  });
}

/**
 * Folds the journal of a run that no engine serves, for display: it stops at the first line that isn't whole, checks no
 * digest and changes nothing. Null when there is no journal.
 */
export async function readStoredState(run: string): Promise<RunState | null> {
  return (await foldStored(run, await readStoredSnapshot(run))).state;
}

/** The report of a run that no engine serves, from its journal in the same way. Null when there is no journal. */
export async function readStoredReport(run: string): Promise<RunReport | null> {
  const snapshot = await readStoredSnapshot(run);
  const reporter = snapshot === null ? new Reporter() : Reporter.goingOn(snapshot.records.report, snapshot.state);
  const verified = [...(snapshot?.records.verified ?? [])];
  const { state } = await foldStored(run, snapshot, (entry, after) => {
    reporter.follow(entry, after);
    if (entry.type === 'verification.finished' && entry.suite === 'visible')
      verified.push([entry.checkpoint, entry.results, entry.build.ok]);
  });
  return state === null ? null : reporter.report(state, await storedHistory(run, verified));
}

async function storedHistory(run: string, verified: Snapshot['records']['verified']): Promise<CaseHistory> {
  const history = new CaseHistory();
  for (const [checkpoint, results, buildOk] of verified) {
    if (!buildOk) continue;
    const text = await blobText(run, results.digest);
    history.add(checkpoint, text === null ? null : verdictsIn(text));
  }
  return history;
}

/** Null where it can't be read, or is none: a journal may be anybody's. */
async function blobText(run: string, digest: string): Promise<string | null> {
  if (!digestPattern.test(digest)) return null;
  try {
    return await readPlainFile(blobFile(run, digest), limits.verdictsBytes);
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}

export interface Stored {
  /** null: not one entry. */
  readonly state: RunState | null;
  /** Where it stopped before its end, such as "journal/000002.jsonl, line 12"; null: an unfinished last line is no damage (J3). */
  readonly brokenAt: string | null;
}

/** Folds a journal as `readStoredState` does, from its snapshot on where it has one. One segment is in memory at a time. */
export async function foldStored(
  run: string,
  snapshot: Snapshot | null,
  onEntry: (entry: Entry, after: RunState) => void = () => undefined,
): Promise<Stored> {
  const folder = `${run}/journal`;
  const segments = (await readNames(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const begun = snapshot?.landmark.segments ?? [];
  let state = snapshot?.state ?? initialState;
  const told = (brokenAt: string | null): Stored => ({ state: state.seq === 0 ? null : state, brokenAt });
  for (const [number, segment] of segments.entries()) {
    if (number < begun.length - 1) continue;
    const bytes = await bytesOf(`${folder}/${segment}`);
    if (bytes === null) return told(`journal/${segment}`);
    const known = number === begun.length - 1 ? (begun[number]?.bytes ?? 0) : 0;
    const before = bytes.subarray(0, known).toString('latin1').split('\n').length - 1;
    const lines = bytes.toString('utf8', known).split('\n');
    for (const [index, line] of lines.entries()) {
      const entry = asEntry(line, state.seq + 1);
      const isEnd = index === lines.length - 1;
      if (!entry && isEnd && (line === '' || segment === segments.at(-1))) break;
      const next = entry && folded(state, entry);
      if (!entry || !next) return told(`journal/${segment}, line ${String(before + index + 1)}`);
      state = next;
      onEntry(entry, state);
    }
  }
  return told(null);
}

/** Null: there is none, or none that this version of Belay made of this very journal. */
export async function readStoredSnapshot(run: string): Promise<Snapshot | null> {
  const bytes = await bytesOf(snapshotFile(run));
  if (bytes === null) return null;
  const body = bytes.subarray(65);
  if (bytes.toString('latin1', 0, 64) !== sha256(body)) return null;
  const lines = body.toString('utf8').split('\n').slice(0, -1);
  const snapshot = await snapshotOf(lines, (digest) => snapshotPart(run, digest));
  return snapshot !== null && (await endsInJournal(run, snapshot.landmark)) ? snapshot : null;
}

async function snapshotPart(run: string, digest: string): Promise<string | null> {
  const bytes = digestPattern.test(digest) ? await bytesOf(`${snapshotPartsFolder(run)}/${digest}`) : null;
  return bytes !== null && sha256(bytes) === digest ? bytes.toString('utf8') : null;
}

async function endsInJournal(run: string, { segments, digest, lineBytes }: Landmark): Promise<boolean> {
  const last = `${run}/journal/${String(segments.length).padStart(6, '0')}.jsonl`;
  const end = segments.at(-1)?.bytes ?? 0;
  const bytes = await bytesOf(last);
  return bytes !== null && sha256(bytes.subarray(end - lineBytes - 1, end - 1)) === digest;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Null where the entry can't follow, or lacks what its type has: whoever wrote it was not this Belay. */
function folded(state: RunState, entry: Entry): RunState | null {
  try {
    return reduce(state, entry);
  } catch {
    return null; // the reducer's own faults are found by its tests, not by a list of runs
  }
}

/** A line is the entry's JSON, a tab, and the journal's frame. */
function asEntry(line: string, expectedSeq: number): Entry | null {
  const end = line.indexOf('\t');
  if (end < 0 || end > limits.lineOfEntryBytes) return null;
  try {
    return checkEntry(JSON.parse(line.slice(0, end)), expectedSeq);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof EntryRejected) return null;
    throw error;
  }
}

async function readNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Null when it is absent, can't be read or is not whole (it is being replaced, or its writer was cut). */
async function readJson(file: string): Promise<object | null> {
  try {
    const value: unknown = JSON.parse(await readPlainFile(file, recordBytesMost));
    return typeof value === 'object' ? value : null;
  } catch (error) {
    if (isUnreadable(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Null: nothing of a run is like that. */
async function bytesOf(file: string): Promise<Buffer | null> {
  try {
    return await readPlainBytes(file, segmentBytesMost);
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
