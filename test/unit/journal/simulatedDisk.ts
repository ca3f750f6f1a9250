/**
 * Job: a disk in memory that keeps apart what was written and what is durable, can cut the power at any operation, and then
 * leaves what a real one may leave: unsynced bytes as a prefix or with sectors never written, unsynced names there or not.
 */
import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../../../src/engine/journal/disk.ts';

export type Random = () => number;

/** Mulberry32. */
export function seeded(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class PowerCut extends Error {}

interface Inode {
  content: Buffer;
  durable: Buffer;
}

const sector = 512;

export class SimulatedDisk implements Disk {
  /** Names as the running system sees them, and as they would be after a power cut. */
  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private folders = new Set<string>();
  private dead = false;
  operations = 0;
  /** Cuts the power before this operation. */
  cutAt = Infinity;
  /** Bytes that still fit; appends beyond it write what fits and fail with ENOSPC. */
  room = Infinity;
  /** A sabotage: `sync` says yes and does nothing. */
  lyingSync = false;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  private tick(): void {
    if (this.dead) throw new PowerCut('no power');
    if (++this.operations >= this.cutAt) {
      this.dead = true;
      throw new PowerCut('the power was cut');
    }
  }

  list(folder: string) {
    const inside = [...this.names.keys()].filter((path) => dirname(path) === folder);
    return Promise.resolve(inside.map((path) => path.slice(folder.length + 1)).sort());
  }
  exists(path: string) {
    return Promise.resolve(this.names.has(path) || this.folders.has(path));
  }
  read(file: string) {
    const inode = this.names.get(file);
    if (!inode) return Promise.reject(Object.assign(new Error(`no ${file}`), { code: 'ENOENT' }));
    return Promise.resolve(Buffer.from(inode.content));
  }
  async readPart(file: string, from: number, length: number) {
    return (await this.read(file)).subarray(from, from + length);
  }
  size(file: string) {
    return Promise.resolve(this.names.get(file)?.content.length ?? null);
  }
  makeFolder(folder: string) {
    this.folders.add(folder);
    return Promise.resolve();
  }
  async openToAppend(file: string): Promise<DiskFile> {
    this.tick();
    let inode = this.names.get(file);
    if (!inode) {
      inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0) };
      this.names.set(file, inode);
    }
    return Promise.resolve(this.handle(file, inode));
  }

  private handle(path: string, inode: Inode): DiskFile {
    return {
      append: async (bytes) => {
        this.tick();
        const fits = Math.min(bytes.length, Math.max(0, this.room));
        inode.content = Buffer.concat([inode.content, bytes.subarray(0, fits)]);
        this.room -= fits;
        if (fits < bytes.length) throw Object.assign(new Error(`ENOSPC: ${path}`), { code: 'ENOSPC' });
        return Promise.resolve();
      },
      sync: async () => {
        this.tick();
        if (!this.lyingSync) inode.durable = Buffer.from(inode.content);
        return Promise.resolve();
      },
      truncate: async (bytes) => {
        this.tick();
        this.room += inode.content.length - bytes;
        inode.content = inode.content.subarray(0, bytes);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
  }

  async rename(from: string, to: string) {
    this.tick();
    const inode = this.names.get(from);
    if (!inode) throw new Error(`no ${from}`);
    this.names.delete(from);
    this.names.set(to, inode);
    return Promise.resolve();
  }
  async remove(file: string) {
    this.tick();
    this.names.delete(file);
    return Promise.resolve();
  }
  async syncFolder(folder: string) {
    this.tick();
    for (const path of new Set([...this.names.keys(), ...this.durableNames.keys()])) {
      if (dirname(path) === folder) this.settle(path);
    }
    return Promise.resolve();
  }
  private settle(path: string): void {
    const inode = this.names.get(path);
    if (inode) this.durableNames.set(path, inode);
    else this.durableNames.delete(path);
  }

  /** What a restart finds. Unsynced changes survive in part, as the seed wills. */
  restart(): SimulatedDisk {
    const after = new SimulatedDisk(this.random);
    const names = new Map(this.durableNames);
    for (const [path, inode] of this.names) if (!names.has(path) && this.random() < 0.5) names.set(path, inode);
    for (const [path, inode] of names) {
      const content = this.surviving(inode);
      const copy = { content, durable: content };
      after.names.set(path, copy);
      after.durableNames.set(path, copy);
    }
    after.folders = new Set(this.folders);
    return after;
  }

  private surviving({ content, durable }: Inode): Buffer {
    const chance = this.random();
    if (content.length <= durable.length) return chance < 0.5 ? content : durable; // an unsynced truncate
    if (chance < 0.25) return durable;
    if (chance < 0.6)
      return content.subarray(0, durable.length + Math.floor(this.random() * (content.length - durable.length + 1)));
    const torn = Buffer.from(content);
    for (let at = durable.length; at < torn.length; at = (Math.floor(at / sector) + 1) * sector) {
      if (this.random() < 0.4) torn.fill(0, at, Math.min(torn.length, (Math.floor(at / sector) + 1) * sector));
    }
    return torn;
  }

  /** Whether the power is cut. */
  get isDead(): boolean {
    return this.dead;
  }

  /** What a file certainly holds after a power cut; null when its name is not durable. */
  durableContent(file: string): Buffer | null {
    return this.durableNames.get(file)?.durable ?? null;
  }

  /** What a process sees of it now. */
  presentContent(file: string): Buffer | null {
    return this.names.get(file)?.content ?? null;
  }

  /** Changes a byte behind everybody's back. */
  damage(path: string, offset: number, flip: number): void {
    const inode = this.names.get(path);
    if (!inode) throw new Error(`no ${path}`);
    inode.content = Buffer.from(inode.content);
    inode.content[offset] = (inode.content[offset] ?? 0) ^ flip;
  }
}
