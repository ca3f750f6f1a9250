/**
 * Job: where the engine listens: a local socket in a short private folder, or a named pipe on Windows. Nothing listens on TCP.
 * Boundary: names and permissions; no connections.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/assert.ts';

/** `sun_path` holds 108 bytes with its end. */
const longestAddress = 107;

/**
 * A fresh address for a run. Sockets that a killed engine of the same run left are removed: the caller holds the run's lock.
 * @throws when no private folder can be had
 */
export async function socketAddress(runId: string, folder?: string): Promise<string> {
  const unique = randomBytes(3).toString('hex');
  if (process.platform === 'win32') return `\\\\.\\pipe\\belay-${runId}-${unique}`;
  const problems: string[] = [];
  for (const candidate of folder === undefined ? socketFolders() : [folder]) {
    const address = join(candidate, `${runId}-${unique}.sock`);
    const problem =
      Buffer.byteLength(address) > longestAddress
        ? 'its path is too long for a socket'
        : await preparePrivate(candidate);
    if (problem === null) {
      for (const name of await readdir(candidate)) {
        if (name.startsWith(`${runId}-`) && name.endsWith('.sock')) await rm(join(candidate, name), { force: true });
      }
      return address;
    }
    problems.push(`${candidate}: ${problem}`);
  }
  throw new Error(`No folder for the engine's socket: ${problems.join('; ')}`);
}

/** Whose the files are that this process makes. Not from `userInfo()`, which fails for a user without a line in passwd. */
const ownUid = (): number => process.geteuid?.() ?? -1;

function socketFolders(): string[] {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const own = `/tmp/belay-${String(ownUid())}`;
  return runtime ? [join(runtime, 'belay'), own] : [own];
}

/** Null when it is a folder of ours that nobody else may enter; otherwise why not. */
async function preparePrivate(folder: string): Promise<string | null> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return messageOf(error);
  }
  const stats = await lstat(folder);
  if (!stats.isDirectory()) return 'is not a folder';
  if (stats.uid !== ownUid()) return 'belongs to somebody else';
  if ((stats.mode & 0o077) !== 0) return `is open to others (mode ${(stats.mode & 0o777).toString(8)}, 700 is needed)`;
  return null;
}
