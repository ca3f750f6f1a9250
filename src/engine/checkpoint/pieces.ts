/**
 * Job: read a blob that is too large to hold, piece by piece.
 * Boundary: the store's files; whether the bytes are those of the id is the caller's to check.
 */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';
import { assert } from '../../base/assert.ts';
import { storeEnvironment } from './catFile.ts';

/** The most in one piece. */
export const pieceBytes = 256 * 1024;

/** What a loose object holds behind its header. */
export async function* inflated(path: string): AsyncGenerator<Buffer> {
  const inflate = createInflate({ chunkSize: pieceBytes });
  const done = pipeline(createReadStream(path, { highWaterMark: pieceBytes }), inflate);
  done.catch(() => undefined); // the reader of `inflate` gets it
  let isHeader = true;
  for await (const chunk of inflate) {
    assert(chunk instanceof Buffer, 'a stream without encoding yields buffers');
    const from = isHeader ? chunk.indexOf(0) + 1 : 0; // it is shorter than one piece
    isHeader = false;
    if (from < chunk.length) yield chunk.subarray(from);
  }
}

/** What git reads from its packs, where large files are deltas too. */
export async function* packed(folder: string, id: string): AsyncGenerator<Buffer> {
  const child = spawn('git', ['cat-file', 'blob', id], {
    cwd: folder,
    env: storeEnvironment(folder),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  ended.catch(() => undefined); // awaited at the end
  try {
    for await (const chunk of child.stdout) {
      assert(chunk instanceof Buffer, 'a stream without encoding yields buffers');
      yield chunk;
    }
    const code = await ended;
    if (code !== 0) throw new Error(`git cat-file ended with ${String(code)}`);
  } finally {
    child.kill();
  }
}
