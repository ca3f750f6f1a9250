/**
 * Job: write many objects as one git pack with its index, so that a first checkpoint of a large tree is two synced files.
 * Boundary: bytes in, bytes out; no file system. Version 2 of both formats (git's Documentation/gitformat-pack).
 */
import { createHash } from 'node:crypto';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { assert } from '../../base/assert.ts';

export type ObjectType = 'commit' | 'tree' | 'blob';
const typeNumbers: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 };

export interface PackObject {
  readonly id: string;
  readonly type: ObjectType;
  readonly content: Buffer;
}

/** An object as it stands in a pack: what it is and how long, then its content, deflated. */
export interface PackedObject {
  readonly id: string;
  readonly bytes: Buffer;
}

export interface Pack {
  /** The pack's checksum: its file name. */
  readonly name: string;
  readonly pack: readonly Buffer[];
  readonly index: Buffer;
}

export function packedObject({ id, type, content }: PackObject): PackedObject {
  return { id, bytes: Buffer.concat([objectHeader(type, content.length), deflateSync(content, { level: 1 })]) };
}

/** `breathe` is awaited between objects. */
export async function packedObjects(
  objects: Iterable<PackObject>,
  breathe: () => Promise<void>,
): Promise<PackedObject[]> {
  const packed: PackedObject[] = [];
  for (const object of objects) {
    await breathe();
    packed.push(packedObject(object));
  }
  return packed;
}

/** The content of an object that is no delta; its type is the caller's to know. */
export function contentOfPacked({ bytes }: PackedObject): Buffer {
  const header = packedHeader(bytes);
  assert(header !== null, 'what was packed here is no delta');
  return inflateSync(bytes.subarray(header.bodyAt));
}

export function isCommit({ bytes }: PackedObject): boolean {
  return (((bytes[0] ?? 0) >> 4) & 7) === typeNumbers.commit;
}

/** A pack of objects with distinct ids; all of them together stay under 2 GB. */
export function packOf(objects: readonly PackedObject[]): Pack {
  const header = Buffer.alloc(12);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const parts: Buffer[] = [header];
  const rows: { id: string; crc: number; offset: number }[] = [];
  let offset = header.length;
  for (const { id, bytes } of objects) {
    rows.push({ id, crc: crc32(bytes), offset });
    parts.push(bytes);
    offset += bytes.length;
  }
  assert(offset < 0x7fffffff, 'a pack stays under 2 GB');
  const sum = createHash('sha1');
  for (const part of parts) sum.update(part);
  const checksum = sum.digest();
  return { name: checksum.toString('hex'), pack: [...parts, checksum], index: indexFile(rows, checksum) };
}

function objectHeader(type: ObjectType, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (typeNumbers[type] << 4) | (size & 0x0f);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

function indexFile(rows: { id: string; crc: number; offset: number }[], checksum: Buffer): Buffer {
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const count = rows.length;
  const index = Buffer.alloc(8 + 1024 + count * 28 + 40);
  index.writeUInt32BE(0xff744f63, 0);
  index.writeUInt32BE(2, 4);
  const perFirstByte = new Array<number>(256).fill(0);
  rows.forEach(({ id, crc, offset }, at) => {
    const first = Number.parseInt(id.slice(0, 2), 16);
    perFirstByte[first] = (perFirstByte[first] ?? 0) + 1;
    index.write(id, idsAt + at * 20, 'hex');
    index.writeUInt32BE(crc, idsAt + count * 20 + at * 4);
    index.writeUInt32BE(offset, idsAt + count * 24 + at * 4);
  });
  let total = 0;
  perFirstByte.forEach((number, first) => {
    total += number;
    index.writeUInt32BE(total, 8 + first * 4);
  });
  checksum.copy(index, index.length - 40);
  const own = createHash('sha1')
    .update(index.subarray(0, index.length - 20))
    .digest();
  own.copy(index, index.length - 20);
  return index;
}

/** An index file of version 2, searched as it is. Throws on another format. */
export class PackIndex {
  readonly count: number;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    if (bytes.length < idsAt || bytes.readUInt32BE(0) !== 0xff744f63 || bytes.readUInt32BE(4) !== 2) {
      throw new Error('not a pack index of version 2');
    }
    this.bytes = bytes;
    this.count = bytes.readUInt32BE(8 + 255 * 4);
    if (bytes.length < idsAt + 40 + this.count * 28) throw new Error('the pack index is cut');
  }

  /** Where the object starts in the pack; null when it is not in it. @param id 40 hex digits */
  offsetOf(id: string): number | null {
    const wanted = Buffer.from(id, 'hex');
    const first = wanted[0] ?? 0;
    let low = first === 0 ? 0 : this.bytes.readUInt32BE(8 + (first - 1) * 4);
    let high = this.bytes.readUInt32BE(8 + first * 4);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = idsAt + middle * 20;
      const order = this.bytes.compare(wanted, 0, 20, at, at + 20);
      if (order === 0) return this.offsetAt(middle);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return null;
  }

  *[Symbol.iterator](): Generator<readonly [id: string, offset: number]> {
    for (let at = 0; at < this.count; at++)
      yield [this.bytes.toString('hex', idsAt + at * 20, idsAt + at * 20 + 20), this.offsetAt(at)];
  }

  private offsetAt(at: number): number {
    const offset = this.bytes.readUInt32BE(idsAt + this.count * 24 + at * 4);
    if (offset <= 0x7fffffff) return offset;
    // Behind 2 GB: the place of it in a table of larger numbers.
    return Number(this.bytes.readBigUInt64BE(idsAt + this.count * 28 + (offset - 0x80000000) * 8));
  }
}

/** Behind the file's header and its table of counts by first byte. */
const idsAt = 8 + 1024;

/** What an object in a pack begins with; null for a delta, which git has to resolve. */
export function packedHeader(bytes: Buffer): { readonly size: number; readonly bodyAt: number } | null {
  const first = bytes[0] ?? 0;
  const type = (first >> 4) & 7;
  if (type < 1 || type > 3) return null;
  let size = first & 0x0f;
  let bodyAt = 1;
  for (let byte = first, unit = 16; (byte & 0x80) !== 0; unit *= 128) {
    byte = bytes[bodyAt++] ?? 0;
    size += (byte & 0x7f) * unit;
  }
  return { size, bodyAt };
}
