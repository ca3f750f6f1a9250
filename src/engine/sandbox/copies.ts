/**
 * Job: find copies of the reference under other names in what a sandbox would show.
 * Boundary: `find` gives the files of the same size, digests decide; nothing is followed, other file systems are entered only
 *   where a root is one.
 * Rules: H2. A copy that the disk hides from this user is hidden from the agent too. Nothing is remembered from one start to the
 *   next: a file that is written over in place changes neither the package manager's records nor the times of its folder, so
 *   that only a look at each file can tell. That look is all that the search costs.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, lstatSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const wallMs = 60_000;
const outputMost = 16 * 1024 * 1024;
/** More files than this are a package of data, not of a program. */
const soughtMost = 100;

/**
 * @param files real paths of what must not be seen
 * @returns real paths of others with the same content, sorted; null: they could not be searched for
 */
export async function copiesOf(files: readonly string[], roots: readonly string[]): Promise<readonly string[] | null> {
  const sought = files.filter(mayRun).slice(0, soughtMost);
  const sizes = [...new Set(sought.map((file) => lstatSync(file).size))].filter((size) => size > 0);
  if (sizes.length === 0) return [];
  const tests = sizes.flatMap((size, i) => [...(i === 0 ? [] : ['-o']), '-size', `${String(size)}c`]);
  let found: string;
  try {
    // a folder that can't be read makes an exit of 1, and is no business of the agent's either
    found = await run('find', [...roots, '-xdev', '-type', 'f', '(', ...tests, ')', '-print0'], options).then(
      ({ stdout }) => stdout,
      (error: unknown) => foundAllTheSame(error),
    );
  } catch {
    return null;
  }
  const others = found.split('\0').filter((path) => path !== '' && !files.includes(path));
  if (others.length === 0) return [];
  const digests = new Set(await Promise.all(sought.map(digestOf)));
  const same: string[] = [];
  for (const path of others) if (digests.has(await digestOf(path))) same.push(path);
  return same.sort();
}

const options = { timeout: wallMs, maxBuffer: outputMost, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };

function foundAllTheSame(error: unknown): string {
  const { code, stdout } = error as { code?: unknown; stdout?: string };
  if (typeof code === 'number' && stdout !== undefined) return stdout;
  throw error;
}

/** Programs and libraries; a data file may well be in another package too, which needs it. */
function mayRun(file: string): boolean {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && ((stat.mode & 0o111) !== 0 || /\.(so[.\d]*|a|jar|pyc?|pm|rb|js)$/.test(file));
}

/** Equal to nothing where it can't be read. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return `unreadable ${file}`;
  }
}
