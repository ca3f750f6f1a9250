/**
 * Job: read a file that somebody else may have put where one of ours is expected.
 * Boundary: node's file system only, so that activation may load it.
 * Rules: B3 a pipe, a device or a folder is refused instead of waited for, and so is more than was asked for.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

// Opening a pipe must not wait for its writer. Not on every platform, which then has no such pipes.
const flags = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);

/** Codes of a name that leads to nothing that can be read: absent, a loop of links, a folder, not for this user. */
const unreadable = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO', 'ENAMETOOLONG']);

export class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/** Links are followed. @throws NotPlain, and what the file system says */
export async function readPlainFile(path: string, bytesMost: number): Promise<string> {
  return (await readPlainBytes(path, bytesMost)).toString('utf8');
}

/** The same, as it is. */
export async function readPlainBytes(path: string, bytesMost: number): Promise<Buffer> {
  await using file = await open(path, flags);
  const stat = await file.stat();
  if (!stat.isFile()) throw new NotPlain(`${path} is not a file`);
  if (stat.size > bytesMost)
    throw new NotPlain(`${path} has ${String(stat.size)} bytes, more than the ${String(bytesMost)} that it can have`);
  return await file.readFile();
}

/** Whether there is nothing that can be read, now and later; anything else is a fault of the moment. */
export function isUnreadable(error: unknown): boolean {
  if (error instanceof NotPlain) return true;
  return error instanceof Error && 'code' in error && unreadable.has(String(error.code));
}
