/**
 * Job: the store's objects: written in process (into a log, from there into packs), read in process or through git.
 * Boundary: a bare repository that belongs to the run; no index, no hooks, no filters, no configuration of the user.
 * Rules: J9 `sync` returns when all that was added is durable; content is synced before it gets its name, so that an
 *   object found after a crash is whole. C2 raw bytes. C7 gc.auto=0: only Belay removes objects.
 *
 * A step's few objects go into the log. Where they don't fit any more, they and all that is in it become a pack: git sees only
 * packs, and the files of large content, which lie by themselves.
 */
import { createHash, hash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDeflate, inflateSync } from 'node:zlib';
import { messageOf } from '../../base/assert.ts';
import type { Disposable } from '../../base/disposable.ts';
import { SerialQueue } from '../../base/queue.ts';
import { CatFile } from './catFile.ts';
import { codeOf, ContentMoved, digestOnly, type ContentSink } from './content.ts';
import { namesIfThere, orRemove, renameIntoFolder, syncFolder, syncFolderIfThere, writeSynced } from './durable.ts';
import { ObjectLog } from './objectLog.ts';
import {
  contentOfPacked,
  isCommit,
  packedObjects,
  packOf,
  type ObjectType,
  type PackedObject,
  type PackObject,
} from './pack.ts';
import { Packs } from './packs.ts';
import { inflated, packed, pieceBytes } from './pieces.ts';

/** The store can't be used, or misses what it must have; the message is for a person. */
export class CheckpointStoreDamaged extends Error {
  override readonly name = 'CheckpointStoreDamaged';
}

const pendingBytesMost = 64 * 1024 * 1024;

export class ObjectStore implements Disposable, ContentSink {
  private readonly folder: string;
  private readonly catFile: CatFile;
  private readonly log: ObjectLog;
  private readonly packs: Packs;
  private readonly known = new Set<string>();
  private readonly pending = new Map<string, PackObject>();
  private pendingBytes = 0;
  private looseBytes: number;
  private readonly writing = new SerialQueue();

  /** @param folder an existing bare repository. @param logBytes see ObjectLog; 0 for who only reads */
  constructor(folder: string, logBytes = 0) {
    this.folder = folder;
    this.catFile = new CatFile(folder);
    // Before the packs: what another process takes out of it meanwhile is in one of these.
    this.log = new ObjectLog(`${folder}/objects.log`, logBytes, () => this.temporary());
    this.packs = new Packs(`${folder}/objects/pack`);
    this.looseBytes = looseBytesIn(folder);
  }

  dispose(): void {
    this.catFile.dispose();
    this.log.dispose();
    this.packs.dispose();
  }

  /** Whether the object is there or about to be written. */
  has(id: string): boolean {
    if (this.known.has(id) || this.pending.has(id) || this.log.has(id) || this.packs.has(id)) return true;
    if (!existsSync(this.loosePath(id))) return false;
    this.known.add(id);
    return true;
  }

  blob(content: Buffer): string {
    return this.add('blob', content);
  }

  /** Takes an object in; it is durable only after `sync`. */
  add(type: ObjectType, content: Buffer): string {
    const id = objectId(type, content);
    if (this.has(id)) return id;
    this.pending.set(id, { id, type, content });
    this.pendingBytes += content.length;
    return id;
  }

  /** It is read twice where it is new: most large files that are looked at again are as they were, and packing takes longest. */
  async large(file: number, size: number): Promise<string> {
    const known = await digestOnly.large(file, size);
    if (this.has(known)) return known;
    const temporary = this.temporary();
    const header = Buffer.from(`blob ${String(size)}\0`);
    const whole = createHash('sha1').update(header);
    let seen = 0;
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, done: TransformCallback): void {
        seen += chunk.length;
        whole.update(chunk);
        done(null, chunk);
      },
    });
    const deflate = createDeflate({ level: 1, chunkSize: pieceBytes });
    deflate.write(header);
    const source = createReadStream('', {
      fd: file,
      start: 0,
      end: size - 1,
      autoClose: false,
      highWaterMark: pieceBytes,
    });
    await orRemove([temporary], () =>
      pipeline(source, tap, deflate, createWriteStream(temporary, { mode: 0o444, flush: true })),
    );
    const id = whole.digest('hex');
    if (seen !== size || this.has(id)) rmSync(temporary);
    if (seen !== size) throw new ContentMoved(`${String(seen)} bytes where ${String(size)} were expected`);
    if (!this.has(id)) {
      await this.name(id, temporary);
      this.known.add(id);
    }
    return id;
  }

  room(): Promise<void> | null {
    return this.pendingBytes > pendingBytesMost ? this.sync() : null;
  }

  /** Makes everything that was added durable. Throws what writing throws (ENOSPC for a full disk); may be repeated. */
  sync(): Promise<void> {
    return this.writing.run(async () => {
      const objects = [...this.pending.values()];
      if (objects.length === 0) return;
      const packed = await packedObjects(objects, breather());
      await (this.log.fits(packed) ? this.log.append(packed) : this.settleWith(packed));
      for (const { id, content } of objects) {
        this.pending.delete(id);
        this.pendingBytes -= content.length;
      }
    });
  }

  /** Puts what is in the log into a pack, where git finds it. Throws as `sync` does. */
  settle(): Promise<void> {
    return this.writing.run(() => this.settleWith([]));
  }

  /** Whether git finds all that is durable. */
  get isSettled(): boolean {
    return this.log.usedBytes === 0;
  }

  /** The newest commit in the log. */
  get loggedCommit(): string | null {
    return this.log.objects.findLast(isCommit)?.id ?? null;
  }

  /** What each pack takes on disk, bytes. */
  get packSizes(): readonly number[] {
    return this.packs.sizes;
  }

  /** What the objects take on disk, bytes, of the log what is used: counted as they are written, and measured when the store is opened or reloaded. */
  get bytes(): number {
    return this.packs.sizes.reduce((sum, size) => sum + size, this.looseBytes + this.log.usedBytes);
  }

  /** After packs were gathered or objects dropped: what is there lies elsewhere. */
  reload(): Promise<void> {
    return this.writing.run(async () => {
      this.log.load();
      this.packs.load();
      this.looseBytes = looseBytesIn(this.folder);
      this.known.clear();
      await this.catFile.letGo();
    });
  }

  /** The content of an object, checked against its id. Throws CheckpointStoreDamaged when it is missing or damaged. */
  async read(id: string, type: ObjectType): Promise<Buffer> {
    const pending = this.pending.get(id);
    const content = pending?.content ?? this.readHere(id) ?? (await this.readThroughGit(id));
    if (objectId(type, content) !== id) {
      throw new CheckpointStoreDamaged(`checkpoint store ${this.folder}: object ${id} is damaged`);
    }
    return content;
  }

  /** A blob in pieces, for one that is too large to hold. Throws CheckpointStoreDamaged, at its end where its bytes are wrong. */
  async *pieces(id: string, size: number): AsyncGenerator<Buffer> {
    const sum = createHash('sha1').update(`blob ${String(size)}\0`);
    try {
      for await (const piece of this.stored(id)) {
        sum.update(piece);
        yield piece;
      }
    } catch (error) {
      throw new CheckpointStoreDamaged(`checkpoint store ${this.folder}: object ${id} can't be read`, { cause: error });
    }
    if (sum.digest('hex') === id) return;
    throw new CheckpointStoreDamaged(`checkpoint store ${this.folder}: object ${id} is damaged`);
  }

  private async *stored(id: string): AsyncGenerator<Buffer> {
    try {
      yield* inflated(this.loosePath(id));
    } catch (error) {
      // What can't be opened has given nothing yet; a gathering may have moved it into a pack at this moment.
      if (codeOf(error) !== 'ENOENT') throw error;
      yield* packed(this.folder, id);
    }
  }

  /** Gives a synced object its name, and syncs that. */
  private async name(id: string, temporary: string): Promise<void> {
    this.looseBytes += statSync(temporary).size;
    const folder = this.looseFolder(id);
    const isMade = renameIntoFolder(temporary, this.loosePath(id), folder);
    await Promise.all((isMade ? [`${this.folder}/objects`, folder] : [folder]).map(syncFolderIfThere));
  }

  /** Puts what is in the log into packs, and these. */
  private async settleWith(more: readonly PackedObject[]): Promise<void> {
    const logged = this.log.objects.filter(({ id }) => !this.packs.has(id)); // it is where a crash came before it was cleared
    const objects = [...logged, ...more];
    if (objects.length > 0) await this.writePack(objects);
    await this.log.clear();
  }

  private async writePack(objects: readonly PackedObject[]): Promise<void> {
    const { name, pack, index } = packOf(objects);
    const files = { pack: this.temporary(), idx: this.temporary() };
    await orRemove([files.pack, files.idx], () =>
      Promise.all([writeSynced(files.pack, pack), writeSynced(files.idx, [index])]),
    );
    const folder = `${this.folder}/objects/pack`;
    renameSync(files.pack, `${folder}/pack-${name}.pack`);
    renameSync(files.idx, `${folder}/pack-${name}.idx`);
    await syncFolder(folder);
    this.packs.add(`pack-${name}`, index);
  }

  /** null when it is neither loose nor in a pack as it is. */
  private readHere(id: string): Buffer | null {
    try {
      const logged = this.log.get(id);
      if (logged !== null) return contentOfPacked(logged);
      if (this.packs.has(id)) return this.packs.read(id);
      const whole = inflateSync(readFileSync(this.loosePath(id)));
      return whole.subarray(whole.indexOf(0) + 1);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      if (codeOf(error)?.startsWith('Z_') !== true) throw error;
      throw new CheckpointStoreDamaged(`checkpoint store ${this.folder}: object ${id} is damaged`, { cause: error });
    }
  }

  private async readThroughGit(id: string): Promise<Buffer> {
    const content = await this.askGit(id);
    if (content === null) throw new CheckpointStoreDamaged(`checkpoint store ${this.folder}: object ${id} is missing`);
    return content;
  }

  private async askGit(id: string): Promise<Buffer | null> {
    try {
      return (await this.catFile.read(id)).content;
    } catch (error) {
      // It also ends where a pack is cut or overwritten.
      throw new CheckpointStoreDamaged(
        `checkpoint store ${this.folder}: object ${id} is damaged, or can't be read: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  private temporary(): string {
    return `${this.folder}/tmp/${randomBytes(9).toString('hex')}`;
  }

  private looseFolder(id: string): string {
    return `${this.folder}/objects/${id.slice(0, 2)}`;
  }

  private loosePath(id: string): string {
    return `${this.looseFolder(id)}/${id.slice(2)}`;
  }
}

/** The files of objects that lie by themselves, below the store. */
export function looseFiles(folder: string): string[] {
  const folders = readdirSync(`${folder}/objects`).filter((name) => /^[0-9a-f]{2}$/.test(name));
  return folders.flatMap((name) => namesIfThere(`${folder}/objects/${name}`).map((file) => `objects/${name}/${file}`));
}

function looseBytesIn(folder: string): number {
  const sizes = looseFiles(folder).map((file) => statSync(`${folder}/${file}`, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Git's id of an object. */
export function objectId(type: ObjectType, content: Buffer): string {
  const header = Buffer.from(`${type} ${String(content.length)}\0`);
  if (content.length < 64 * 1024) return hash('sha1', Buffer.concat([header, content]));
  return createHash('sha1').update(header).update(content).digest('hex');
}

/** Makes the folders and files of an empty bare repository where they are missing; harmless on a whole one. */
export function initStore(folder: string): void {
  mkdirSync(`${folder}/objects/pack`, { recursive: true, mode: 0o700 });
  mkdirSync(`${folder}/objects/info`, { recursive: true });
  mkdirSync(`${folder}/refs/heads`, { recursive: true });
  mkdirSync(`${folder}/info`, { recursive: true });
}

/** Lets the event loop go on now and then, so that a long piece of work does not silence the engine. */
export function breather(): () => Promise<void> {
  let ends = performance.now() + 12;
  return async () => {
    if (performance.now() < ends) return;
    await new Promise((resolve) => setImmediate(resolve));
    ends = performance.now() + 12;
  };
}
