/**
 * Job: answer what the check asks of the disk, for one `belay.json`, as the engine would find it.
 * Boundary: reads only, within limits, and never a device or a pipe. A twin of the engine's own port, since the two never
 *   import each other; a test holds them to the same answers.
 */
import { constants } from 'node:fs';
import { access, open, readFile, realpath, stat, type FileHandle } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { parseSuite, type ParsedSuite } from '../run/suite.ts';
import { limits } from '../run/limits.ts';
import type { TaskPort } from '../run/taskCheck.ts';

export interface Place {
  /** The folder of `belay.json`, absolute. */
  readonly folder: string;
  readonly home: string;
  /** The PATH to look for programs on. */
  readonly searchPath: string;
}

export interface SuiteReader {
  /** Rejects with a message for a person where the file can't be read. */
  read(absolute: string): Promise<{ readonly suite: ParsedSuite; readonly cut: boolean }>;
}

/** Of a larger suite only the head is checked while somebody types. */
const suiteBytesMost = 32 * 1024 * 1024;
const suitesKept = 8;

/** Reads suites and keeps the last few, so that typing in `belay.json` does not parse thousands of cases at each pause. */
export function createSuiteReader(bytesMost = suiteBytesMost): SuiteReader {
  const kept = new Map<string, { readonly stamp: string; readonly suite: ParsedSuite; readonly cut: boolean }>();
  return {
    read: async (absolute) => {
      await using handle = await open(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
      const { size, mtimeNs, ctimeNs, ino } = await handle.stat({ bigint: true });
      const stamp = [size, mtimeNs, ctimeNs, ino].join(' ');
      const before = kept.get(absolute);
      if (before?.stamp === stamp) return before;
      const cut = Number(size) > bytesMost;
      const bytes = await headOf(handle, Math.min(Number(size), bytesMost));
      if (bytes.subarray(0, 65_536).includes(0)) throw new Error('it is not text');
      const whole = cut ? bytes.subarray(0, bytes.lastIndexOf(10) + 1) : bytes;
      if (cut && whole.length === 0) throw new Error(`its first line is longer than ${bytesMost} bytes`);
      const read = { stamp, suite: parseSuite(whole.toString('utf8')), cut };
      kept.delete(absolute);
      kept.set(absolute, read);
      for (const oldest of [...kept.keys()].slice(0, -suitesKept)) kept.delete(oldest);
      return read;
    },
  };
}

/** So many bytes, or fewer where the file has become shorter. */
async function headOf(handle: FileHandle, bytes: number): Promise<Buffer> {
  const head = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await handle.read(head, filled, bytes - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return head.subarray(0, filled);
}

/** The disk as the check may ask it; `onCut` hears of each suite of which only the head was read. */
export function diskPort(
  { folder, home, searchPath }: Place,
  suites: SuiteReader,
  onCut: (absolute: string) => void,
): TaskPort {
  const resolvePath = (path: string) => resolveTaskPath(path, folder, home);
  return {
    resolve: resolvePath,
    kind: async (absolute) => {
      const found = await stat(absolute).catch(() => null); // nothing there, or nothing that this user may see
      if (found === null) return null;
      return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
    },
    suite: async (absolute) => {
      const { suite, cut } = await suites.read(absolute);
      if (cut) onCut(absolute);
      return suite;
    },
    inWorkspace: async (absolute) => {
      const inside = relative(await realpathOfExisting(folder), await realpathOfExisting(absolute));
      return inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
    },
    which: async (program) => {
      const places = program.includes('/')
        ? [resolvePath(program)]
        : searchPath
            .split(delimiter)
            .filter((entry) => entry !== '')
            .map((entry) => join(entry, program));
      for (const place of places) {
        if (await isExecutable(place)) return place;
      }
      return null;
    },
    text: async (absolute) => {
      const { size } = await stat(absolute);
      if (size > limits.recordingBytes)
        throw new Error(`it has ${String(size)} bytes, and a recording has at most ${String(limits.recordingBytes)}`);
      return readFile(absolute, 'utf8');
    },
    now: () => Date.now(),
  };
}

function resolveTaskPath(path: string, folder: string, home: string): string {
  if (path === '~') return home;
  if (path.startsWith('~/')) return join(home, path.slice(2));
  return resolve(folder, path);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false; // absent, or not for this user: in both cases it can't be started
  }
}

/** The real path; of what does not exist yet, that of its nearest folder with the rest added. */
async function realpathOfExisting(absolute: string): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (error) {
    const parent = dirname(absolute);
    if (parent === absolute) throw error;
    return join(await realpathOfExisting(parent), absolute.slice(parent.length));
  }
}
