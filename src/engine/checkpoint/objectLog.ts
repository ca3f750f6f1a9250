/**
 * Job: the newest objects of the store, in one file that is there already: a step overwrites the next piece of it.
 * Boundary: one file of a fixed length beside git's own; what is in it is in no pack yet. Objects as they stand in a pack.
 * Rules: J9 `append` returns when the piece is durable. J3 a frame that was cut was never acknowledged: it ends the log. One
 *   writer (J7); others may read the file meanwhile.
 *
 * Why not a file for each step: a new file, or one that grows, makes the file system write its own journal too, and that costs
 * more the longer a run has been at it. Overwriting what is there costs the bytes.
 *
 * The file is a row of frames: a mark, the epoch (random), the length of what follows, a CRC-32 of epoch, place, length and
 * body; then the body: for each object its id, its length and its bytes. The first frame is empty and says which epoch counts: to
 * clear the log is to overwrite that one, and no older frame behind it counts any more.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, fstatSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { codeOf } from './content.ts';
import { orRemove, syncFolder, writeSynced } from './durable.ts';
import type { PackedObject } from './pack.ts';

const mark = 0x424c4f47; // BLOG
const headBytes = 20;
const rowBytes = 24;
/** A larger piece is not worth being written twice. */
const pieceOfAll = 1 / 4;

const whenSynced = promisify(fdatasync);

export class ObjectLog {
  private readonly path: string;
  private readonly temporary: () => string;
  private readonly bytes: number;
  private readonly found = new Map<string, PackedObject>();
  private file: number | null = null;
  private capacity: number;
  /** Of the frames that count; null: the next one begins anew. */
  private epoch: Buffer | null = null;
  private end = 0;

  /**
   * @param path the file; it is made when it is first needed
   * @param bytes how long it is made; 0: nothing is ever logged
   * @param temporary the path of a file that is to be renamed
   */
  constructor(path: string, bytes: number, temporary: () => string) {
    this.path = path;
    this.bytes = bytes;
    this.temporary = temporary;
    this.capacity = bytes;
    this.load();
  }

  dispose(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  /** What is in it, in the order in which it came. */
  get objects(): readonly PackedObject[] {
    return [...this.found.values()];
  }

  /** Of its objects; what they need of the file. */
  get usedBytes(): number {
    return this.found.size === 0 ? 0 : this.end;
  }

  get(id: string): PackedObject | null {
    return this.found.get(id) ?? null;
  }

  has(id: string): boolean {
    return this.found.has(id);
  }

  /** Reads the file anew. */
  load(): void {
    this.found.clear();
    this.epoch = null;
    this.end = 0;
    const content = contentIfThere(this.path);
    if (content.length > 0) this.capacity = content.length;
    for (let frame = frameAt(content, 0, null); frame; frame = frameAt(content, this.end, this.epoch)) {
      this.epoch = frame.epoch;
      this.end = frame.end;
      for (const object of objectsIn(frame.body)) this.found.set(object.id, object);
    }
  }

  /** Whether these may be appended; else they belong into a pack, with all that is here. */
  fits(objects: readonly PackedObject[]): boolean {
    const bytes = objects.reduce((sum, { bytes: { length } }) => sum + rowBytes + length, headBytes);
    const end = Math.max(this.end, headBytes);
    return bytes <= this.capacity * pieceOfAll && end + bytes <= this.capacity;
  }

  /** Adds objects that fit. When it fails none of them is there, and it may be repeated. */
  async append(objects: readonly PackedObject[]): Promise<void> {
    const begins = this.epoch === null;
    const epoch = this.epoch ?? randomBytes(8);
    const first = begins ? frameOf(epoch, 0, []) : Buffer.alloc(0);
    const at = begins ? first.length : this.end;
    const frame = frameOf(epoch, at, objects);
    await this.overwrite(begins ? 0 : at, Buffer.concat([first, frame]));
    this.epoch = epoch;
    this.end = at + frame.length;
    for (const object of objects) this.found.set(object.id, object);
  }

  /** What is in it is durable elsewhere: nothing of it is here from now on, also after a power cut. */
  async clear(): Promise<void> {
    if (this.found.size === 0) return;
    this.found.clear();
    const epoch = randomBytes(8);
    this.epoch = null; // also where what follows fails
    const first = frameOf(epoch, 0, []);
    await this.overwrite(0, first);
    this.epoch = epoch;
    this.end = first.length;
  }

  private async overwrite(at: number, content: Buffer): Promise<void> {
    const file = (this.file ??= await this.open());
    for (let done = 0; done < content.length;) done += writeSync(file, content.subarray(done), 0, null, at + done);
    await whenSynced(file);
  }

  private async open(): Promise<number> {
    if (contentIfThere(this.path).length === 0) await this.make();
    const file = openSync(this.path, 'r+');
    this.capacity = fstatSync(file).size;
    return file;
  }

  /** All of it is written: what is only reserved has to be entered in the file system's books when it is filled. */
  private async make(): Promise<void> {
    const temporary = this.temporary();
    await orRemove([temporary], async () => {
      await writeSynced(temporary, [Buffer.alloc(this.bytes)], 0o600);
      renameSync(temporary, this.path);
    });
    await syncFolder(this.path.slice(0, this.path.lastIndexOf('/')));
  }
}

interface Frame {
  readonly epoch: Buffer;
  readonly body: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

function frameOf(epoch: Buffer, at: number, objects: readonly PackedObject[]): Buffer {
  const rows = objects.flatMap(({ id, bytes }) => {
    const row = Buffer.alloc(rowBytes);
    row.write(id, 'hex');
    row.writeUInt32BE(bytes.length, 20);
    return [row, bytes];
  });
  const head = Buffer.alloc(headBytes);
  const frame = Buffer.concat([head, ...rows]);
  frame.writeUInt32BE(mark, 0);
  epoch.copy(frame, 4);
  frame.writeUInt32BE(frame.length - headBytes, 12);
  frame.writeUInt32BE(sumOf(frame, at), 16);
  return frame;
}

/** null where none begins, or not one of this epoch, or it was cut. @param epoch null: any */
function frameAt(content: Buffer, at: number, epoch: Buffer | null): Frame | null {
  if (at + headBytes > content.length || content.readUInt32BE(at) !== mark) return null;
  const own = content.subarray(at + 4, at + 12);
  if (epoch !== null && !own.equals(epoch)) return null;
  const end = at + headBytes + content.readUInt32BE(at + 12);
  if (end > content.length) return null;
  const frame = content.subarray(at, end);
  if (frame.readUInt32BE(16) !== sumOf(frame, at)) return null;
  return { epoch: own, body: frame.subarray(headBytes), end };
}

/** A frame that lies elsewhere than it was written for is none. */
function sumOf(frame: Buffer, at: number): number {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(at);
  return crc32(frame.subarray(headBytes), crc32(frame.subarray(4, 16), crc32(place)));
}

function* objectsIn(body: Buffer): Generator<PackedObject> {
  for (let at = 0; at < body.length;) {
    const start = at + rowBytes;
    const end = start + body.readUInt32BE(at + 20);
    yield { id: body.toString('hex', at, at + 20), bytes: body.subarray(start, end) };
    at = end;
  }
}

function contentIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
