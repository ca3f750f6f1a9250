/**
 * Job: one active run a workspace, folders within it and around it included.
 * Boundary: `<state>/workspaces`: for each active workspace a lock and, beside it, a record of who holds it. Records are believed
 * only while their lock is held, so a killed engine leaves nothing that has to be cleared by hand.
 * Rules: W1: the check and the taking happen under one short global lock.
 */
import { mkdir, readFile, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Disposable } from '../../base/disposable.ts';
import { sha256 } from '../journal/frame.ts';
import { takeFileLock } from './fileLock.ts';

export interface WorkspaceHolder {
  /** Real path. */
  readonly workspace: string;
  readonly runId: string;
  readonly pid: number;
}

export type WorkspaceLockResult =
  | { readonly ok: true; readonly lock: WorkspaceLock }
  | { readonly ok: false; readonly holder: WorkspaceHolder; readonly message: string };

export interface WorkspaceLock {
  /** Frees the workspace and takes its record away. */
  release(): Promise<void>;
}

const globalWaitMs = 10_000;
const globalRetryMs = 15;

/**
 * Takes the workspace for a run, or says which run is in the way.
 * @param folder `<state>/workspaces`
 * @param workspace any path of it; its real path counts
 */
export async function takeWorkspaceLock(folder: string, holder: WorkspaceHolder): Promise<WorkspaceLockResult> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const mine: WorkspaceHolder = { ...holder, workspace: await realpath(holder.workspace) };
  const global = await takeGlobalLock(folder);
  try {
    for (const { key, other } of await readRecords(folder)) {
      if (!overlap(mine.workspace, other.workspace)) continue;
      const probe = takeFileLock(lockFile(folder, key));
      if (probe.held) return { ok: false, holder: other, message: refusal(other) };
      await rm(recordFile(folder, key), { force: true });
      probe.lock.dispose();
    }
    return await take(folder, mine);
  } finally {
    global.dispose();
  }
}

async function take(folder: string, mine: WorkspaceHolder): Promise<WorkspaceLockResult> {
  const key = sha256(mine.workspace).slice(0, 32);
  const taken = takeFileLock(lockFile(folder, key));
  // Held without a record: its holder was cut between the two, or its record can't be read.
  if (taken.held)
    return { ok: false, holder: mine, message: `a run is active in ${mine.workspace}: open it or stop it first` };
  const record = recordFile(folder, key);
  await writeFile(`${record}.new`, JSON.stringify(mine), { mode: 0o600 });
  await rename(`${record}.new`, record);
  const release = async () => {
    await rm(record, { force: true });
    taken.lock.dispose();
  };
  return { ok: true, lock: { release } };
}

const lockFile = (folder: string, key: string) => join(folder, `${key}.sqlite`);
const recordFile = (folder: string, key: string) => join(folder, `${key}.json`);

async function takeGlobalLock(folder: string): Promise<Disposable> {
  const file = join(folder, 'all.sqlite');
  for (let waitedMs = 0; waitedMs < globalWaitMs; waitedMs += globalRetryMs) {
    const result = takeFileLock(file);
    if (!result.held) return result.lock;
    await sleep(globalRetryMs);
  }
  throw new Error(
    `${file} has been locked for ${String(globalWaitMs / 1000)} s: another engine hangs while it starts; end it and try again`,
  );
}

async function readRecords(folder: string) {
  const records: { key: string; other: WorkspaceHolder }[] = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.json')) continue;
    const other = asHolder(await readFile(join(folder, name), 'utf8'));
    if (other) records.push({ key: name.slice(0, -'.json'.length), other });
  }
  return records;
}

function asHolder(text: string): WorkspaceHolder | null {
  try {
    const value = JSON.parse(text) as Partial<WorkspaceHolder>;
    const { workspace, runId, pid } = value;
    return typeof workspace === 'string' && typeof runId === 'string' && typeof pid === 'number'
      ? { workspace, runId, pid }
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null; // records appear whole by rename: this one isn't ours
    throw error;
  }
}

function overlap(a: string, b: string): boolean {
  return a === b || inside(a, b) || inside(b, a);
}

function inside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function refusal({ workspace, runId }: WorkspaceHolder): string {
  return `a run is active in ${workspace} (run ${runId}): open it or stop it first`;
}
