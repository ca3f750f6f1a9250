/**
 * Job: a file of the workspace on disk, content and mode, durable when it returns.
 * Boundary: which file, and whether it may be touched, is the rollback's to say.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** Makes a new file; throws EEXIST where something stands. @param content whole, or in pieces where it is large */
export async function writeFileSynced(
  path: string | Buffer,
  content: Buffer | AsyncIterable<Buffer>,
  mode: number,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    if (Symbol.asyncIterator in content) await writePieces(file, content);
    else await file.writeFile(content);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Where a piece is all zeros a hole is left: a sparse file of a terabyte must not fill the disk. */
async function writePieces(file: FileHandle, pieces: AsyncIterable<Buffer>): Promise<void> {
  let at = 0;
  for await (const piece of pieces) {
    for (let from = 0; from < piece.length && !isZero(piece);) {
      from += (await file.write(piece, from, piece.length - from, at + from)).bytesWritten;
    }
    at += piece.length;
  }
  await file.truncate(at);
}

const zeros = Buffer.alloc(64 * 1024);

function isZero(piece: Buffer): boolean {
  for (let from = 0; from < piece.length; from += zeros.length) {
    const part = piece.subarray(from, from + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}

/** Never follows a link. */
export async function setFileMode(path: string | Buffer, mode: number): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}
