/**
 * Job: let a process die at one of its writes: imported first, it counts what changes the file system, and at the chosen count the
 *   process kills itself with SIGKILL. What is written in that moment is written half.
 * Boundary: the functions of node:fs that the engine uses to change something; the engine itself knows nothing of it.
 */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type Call = (...args: unknown[]) => unknown;

const plain = [
  'chmodSync',
  'chownSync',
  'fdatasync',
  'fsync',
  'ftruncateSync',
  'lchownSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'symlinkSync',
  'unlinkSync',
  'writeFileSync',
];

let left: number | null = null;
let seen = 0;

/** From here on writes are counted. @param at which of them is the last; 0: none */
export function begin(at: number): void {
  left = at;
  seen = 0;
}

/** How many writes there were. */
export function writesSeen(): number {
  return seen;
}

/** Whether this write is the one. */
function isHere(): boolean {
  if (left === null) return false;
  seen += 1;
  return seen === left;
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('SIGKILL returned');
}

function wrap(holder: Record<string, Call>, name: string, around: (real: Call, args: unknown[]) => unknown): void {
  const real = holder[name];
  if (real === undefined) throw new Error(`there is no ${name}`);
  holder[name] = function (this: unknown, ...args: unknown[]) {
    return around((...given) => real.apply(this, given), args);
  };
}

function orDie(real: Call, args: unknown[]): unknown {
  if (isHere()) die();
  return real(...args);
}

function opensToWrite(flags: unknown): boolean {
  return typeof flags === 'string' ? /[wax+]/.test(flags) : typeof flags === 'number' && (flags & 3) !== 0;
}

/** Writes what half of the content is, where it was to go, then dies. */
function halfOrDie(real: Call, [file, content, ...rest]: unknown[]): unknown {
  if (!isHere()) return real(file, content, ...rest);
  if (content instanceof Uint8Array) real(file, content.subarray(0, content.length >> 1), 0, null, rest[2] ?? null);
  return die();
}

const files = fs as unknown as Record<string, Call>;
for (const name of plain) wrap(files, name, orDie);
wrap(files, 'writeSync', halfOrDie);
wrap(files, 'openSync', (real, args) => (opensToWrite(args[1]) ? orDie(real, args) : real(...args)));
wrap(promises as unknown as Record<string, Call>, 'open', async (real, args) => {
  const handle = (await (opensToWrite(args[1]) ? orDie(real, args) : real(...args))) as Record<string, Call>;
  for (const name of ['chmod', 'sync', 'truncate']) wrap(handle, name, orDie);
  wrap(handle, 'write', orDie);
  wrap(handle, 'writeFile', async (realWrite, [content]) => {
    if (!isHere()) return realWrite(content);
    await realWrite((content as Buffer).subarray(0, (content as Buffer).length >> 1));
    return die();
  });
  return handle;
});
syncBuiltinESMExports();
