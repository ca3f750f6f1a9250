/**
 * Job: an exclusive lock that the operating system frees at the death of its holder: an open `BEGIN EXCLUSIVE` of node:sqlite.
 * Boundary: the lock alone; who holds it is told by files beside it.
 * Rules: J7. Nothing else in the process may open a lock's file: closing any descriptor of it would free a POSIX lock. A lock's
 *   file is never deleted: two files of one name would be two locks.
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Disposable } from '../../base/disposable.ts';

export type LockResult = { readonly held: false; readonly lock: Disposable } | { readonly held: true };

const sqliteBusy = 5;

/** A database that nobody refers to is closed by the garbage collector, and its lock with it. */
const heldDatabases = new Set<DatabaseSync>();

/** Takes the lock or says at once that another holds it, in this process or another. @throws when the file can't be opened */
export function takeFileLock(file: string): LockResult {
  let database: DatabaseSync;
  try {
    createPrivate(file);
    database = new DatabaseSync(file, { timeout: 0 });
  } catch (error) {
    throw new Error(`The lock ${file} can't be opened: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return { held: true };
    throw new Error(`The lock ${file} can't be taken: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }

  heldDatabases.add(database);
  const dispose = () => {
    if (heldDatabases.delete(database)) database.close();
  };
  return { held: false, lock: { dispose } };
}

/** Only a file that is new is opened here: it can't be locked yet. */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
