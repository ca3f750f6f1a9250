/**
 * Job: the frames that the engine's side and `caseSupervisor.pl` exchange: a length (32 bits, big-endian) and so many bytes,
 *   a list of strings, each behind its own length.
 * Boundary: bytes only; what the strings mean stands in `caseSupervisor.pl`.
 */
import { Buffer } from 'node:buffer';

const lengthBytes = 4;
/** The supervisor passes on 64 KiB at once: what is longer is not from it (B3). */
const frameBytesMost = 1024 * 1024;

/** A list, to stand in a frame or in another list. */
export function listOf(parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
      return [lengthOf(bytes), bytes];
    }),
  );
}

export function frameOf(parts: readonly (string | Uint8Array)[]): Buffer {
  const list = listOf(parts);
  return Buffer.concat([lengthOf(list), list]);
}

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(bytes.length);
  return length;
}

/** Puts frames together from a stream's chunks. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole with this chunk. @throws Error for what is no frame */
  push(chunk: Buffer): Buffer[][] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Buffer[][] = [];
    while (this.rest.length >= lengthBytes) {
      const end = lengthBytes + this.rest.readUInt32BE(0);
      if (end > frameBytesMost) throw new Error('a frame is too long');
      if (this.rest.length < end) break;
      frames.push(listIn(this.rest.subarray(lengthBytes, end)));
      this.rest = this.rest.subarray(end);
    }
    return frames;
  }
}

function listIn(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + lengthBytes > bytes.length) throw new Error('a frame is cut short');
    const end = at + lengthBytes + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new Error('a frame is cut short');
    parts.push(bytes.subarray(at + lengthBytes, end));
    at = end;
  }
  return parts;
}
