/**
 * Job: content by digest under `<run>/blobs/ab/abcd…`.
 * Boundary: whole contents only; who names a blob is the journal's matter.
 * Rules: J9 when `putBlob` resolves, content and name are durable. A blob's file is never changed once it has its name; content
 *   that doesn't match its digest is an error, never an answer.
 */
import { join } from 'node:path';
import { assert } from '../../base/assert.ts';
import type { BlobRef } from '../../run/entry.ts';
import type { Disk } from './disk.ts';
import { DiskFull, codeOf, isDiskFull, realDisk } from './disk.ts';
import { sha256 } from './frame.ts';

export class BlobMissing extends Error {
  override readonly name = 'BlobMissing';
}

export class BlobDamaged extends Error {
  override readonly name = 'BlobDamaged';
}

const digestPattern = /^[0-9a-f]{64}$/;
export const blobsFolder = (run: string) => join(run, 'blobs');

export class Blobs {
  private readonly folder: string;
  private readonly disk: Disk;
  private readonly pending = new Map<string, Promise<void>>();
  /** Shards whose names are known to be durable. A name that a former process left may not be. */
  private readonly syncedShards = new Set<string>();
  private temporary = 0;

  constructor(run: string, disk: Disk = realDisk) {
    this.folder = blobsFolder(run);
    this.disk = disk;
  }

  /** Stores content once. @throws DiskFull */
  async putBlob(content: string | Buffer): Promise<BlobRef> {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    const digest = sha256(bytes);
    let writing = this.pending.get(digest);
    if (!writing) {
      writing = this.store(digest, bytes).finally(() => this.pending.delete(digest));
      this.pending.set(digest, writing);
    }
    await writing;
    return { digest, bytes: bytes.length };
  }

  /** @throws BlobMissing, BlobDamaged */
  async getBlob(digest: string): Promise<Buffer> {
    const path = this.pathOf(digest);
    let bytes: Buffer;
    try {
      bytes = await this.disk.read(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw new BlobMissing(`The blob ${digest} is missing: ${path}`, { cause: error });
      throw error;
    }
    if (sha256(bytes) !== digest)
      throw new BlobDamaged(`The blob ${digest} is damaged: ${path} doesn't match its digest`);
    return bytes;
  }

  /** Whether it is stored and durable. */
  async has(digest: string): Promise<boolean> {
    if (this.pending.has(digest)) return false;
    if (!(await this.disk.exists(this.pathOf(digest)))) return false;
    await this.syncShard(this.shardOf(digest));
    return true;
  }

  private shardOf(digest: string): string {
    assert(digestPattern.test(digest), `a digest has 64 hex digits: ${digest}`);
    return join(this.folder, digest.slice(0, 2));
  }

  private pathOf(digest: string): string {
    return join(this.shardOf(digest), digest);
  }

  private async store(digest: string, bytes: Buffer): Promise<void> {
    const shard = this.shardOf(digest);
    const path = this.pathOf(digest);
    if (await this.disk.exists(path)) {
      await this.syncShard(shard);
      return;
    }
    const temporary = join(shard, `.${digest}.${String(process.pid)}-${String(++this.temporary)}`);
    try {
      await this.disk.makeFolder(shard);
      await this.write(temporary, bytes);
      await this.disk.rename(temporary, path);
      this.syncedShards.delete(shard);
      await this.syncShard(shard);
    } catch (error) {
      await this.disk.remove(temporary).catch(() => undefined); // the first error is the one to tell
      throw isDiskFull(error) ? new DiskFull(path, error) : error;
    }
  }

  private async write(path: string, bytes: Buffer): Promise<void> {
    const file = await this.disk.openToAppend(path);
    try {
      await file.truncate(0); // a process with this very id may have died here before: process ids come back
      await file.append(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  private async syncShard(shard: string): Promise<void> {
    if (this.syncedShards.has(shard)) return;
    await this.disk.syncFolder(shard);
    await this.disk.syncFolder(this.folder);
    await this.disk.syncFolder(join(this.folder, '..'));
    this.syncedShards.add(shard);
  }
}
