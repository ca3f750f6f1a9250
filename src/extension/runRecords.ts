/**
 * Job: a cheap look, without the client's bundle, whether a folder has had a run: what activation may afford.
 * Boundary: reads start.json of run directories, newest first; whether an engine lives is asked later, by connecting.
 */
import { readdir, realpath } from 'node:fs/promises';
import { isUnreadable, readPlainFile } from '../client/plainFile.ts';
import { runFolder, runsFolder, startFile, type StartRequest } from '../protocol/places.ts';

/** Older runs than this many are not looked at: the newest of a folder is what a window shows. */
const looksMost = 200;
/** A start.json holds a few paths. */
const recordBytesMost = 64 * 1024;

export interface RunRecord {
  readonly runId: string;
  /** Real path. */
  readonly workspace: string;
}

/** The newest run of one of the folders; null when there is none. Rejects when the state folder can't be read. */
export async function newestRunOf(state: string, folders: readonly string[]): Promise<RunRecord | null> {
  const names = (await listed(runsFolder(state))).sort().reverse().slice(0, looksMost);
  if (names.length === 0 || folders.length === 0) return null;
  const wanted = new Set(await Promise.all(folders.map(realOf)));
  for (const runId of names) {
    const workspace = await workspaceOf(startFile(runFolder(state, runId)));
    if (workspace !== null && wanted.has(workspace)) return { runId, workspace };
  }
  return null;
}

/** The real path; the path itself where it does not resolve. */
export async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return path;
  }
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return []; // no run was ever started on this machine
    throw error;
  }
}

async function workspaceOf(file: string): Promise<string | null> {
  try {
    const request = JSON.parse(await readPlainFile(file, recordBytesMost)) as Partial<StartRequest> | null;
    return typeof request?.workspace === 'string' ? request.workspace : null;
  } catch (error) {
    // A run that never came to its start.json, or a damaged one, is no run to attach to; the command line names it.
    if (isUnreadable(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
