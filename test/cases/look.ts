/**
 * Job: see what stands in a folder, with eyes that are not the product's.
 * Boundary: reads only; nothing of src is used here. Content is streamed: a look at 200 MB holds one buffer.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/** By path (its bytes as Latin-1): type, mode, and for a file the digest of its bytes, for a link its target. */
export type Look = ReadonlyMap<string, string>;

const buffer = Buffer.alloc(1024 * 1024);

/** Every path below a folder, in the order of the bytes, but for `.git` of any depth. */
export function look(root: string): Look {
  const found = new Map<string, string>();
  if (existsSync(root)) lookInto(Buffer.from(root), '', found);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function lookInto(folder: Buffer, shown: string, found: Map<string, string>): void {
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    const text = name.toString('latin1');
    if (text === '.git') continue;
    const path = Buffer.concat([folder, Buffer.from('/'), name]);
    const key = shown === '' ? text : `${shown}/${text}`;
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isDirectory()) {
      found.set(key, `folder ${mode}`);
      lookInto(path, key, found);
    } else if (stat.isSymbolicLink())
      found.set(key, `link to ${readlinkSync(path, { encoding: 'buffer' }).toString('latin1')}`);
    else if (stat.isFile()) found.set(key, fileLine(mode, stat.size, digestOfFile(path)));
    else found.set(key, stat.isSocket() ? 'socket' : stat.isFIFO() ? 'pipe' : 'device');
  }
}

/** What a look says of a file with these bytes. */
export function lineOf(content: string, mode: number): string {
  return fileLine(mode.toString(8), Buffer.byteLength(content), shortened(createHash('sha256').update(content)));
}

function fileLine(mode: string, bytes: number, digest: string): string {
  return `file ${mode}, ${bytes} bytes ${digest}`;
}

/** Of large files, by what no write leaves as it is: the time of the inode's change can't be set. */
const largeDigests = new Map<string, string>();
const largeFrom = 8 * 1024 * 1024;

function digestOfFile(path: Buffer): string {
  const { size, ino, ctimeNs } = lstatSync(path, { bigint: true });
  const key = `${ino} ${ctimeNs} ${size}`;
  const known = largeDigests.get(key);
  if (known !== undefined) return known;
  const sum = createHash('sha256');
  readInto(sum, path);
  const digest = shortened(sum);
  if (size > largeFrom) largeDigests.set(key, digest);
  return digest;
}

function shortened(sum: Hash): string {
  return sum.digest('hex').slice(0, 16);
}

function readInto(sum: Hash, path: Buffer): void {
  const file = openSync(path, 'r');
  try {
    for (let got = readSync(file, buffer); got > 0; got = readSync(file, buffer)) sum.update(buffer.subarray(0, got));
  } finally {
    closeSync(file);
  }
}

/**
 * One line for everything in every `.git` below a folder: path, type, mode, time, inode and bytes, so that not even a file
 * that was written anew with the same bytes goes unseen. The order is that of the names.
 */
export function lookAtGit(root: string): string {
  const sum = createHash('sha256');
  const visit = (path: Buffer, isGit: boolean): void => {
    const stat = lstatSync(path, { bigint: true });
    if (isGit) sum.update(path).update(`\0${stat.mode}\0${stat.mtimeNs}\0${stat.ino}\0`);
    if (stat.isDirectory()) {
      for (const name of readdirSync(path, { encoding: 'buffer' }).sort((a, b) => a.compare(b)))
        visit(Buffer.concat([path, Buffer.from('/'), name]), isGit || name.toString('latin1') === '.git');
    } else if (isGit && stat.isSymbolicLink()) sum.update(readlinkSync(path, { encoding: 'buffer' }));
    else if (isGit && stat.isFile()) readInto(sum, path);
  };
  visit(Buffer.from(root), false);
  return sum.digest('hex');
}

/** What differs between two looks, a line each; '' where nothing does. */
export function difference(wanted: Look, seen: Look): string {
  const paths = [...new Set([...wanted.keys(), ...seen.keys()])].filter((path) => wanted.get(path) !== seen.get(path));
  const said = paths
    .slice(0, 8)
    .map((path) => `${JSON.stringify(path)} is ${seen.get(path) ?? 'gone'}, not ${wanted.get(path) ?? 'gone'}`);
  return [...said, ...(paths.length > 8 ? [`and ${paths.length - 8} more`] : [])].join('\n');
}
