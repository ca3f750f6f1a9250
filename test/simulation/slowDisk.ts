/**
 * Job: one engine's way to the simulated disk: it takes time, so that other work comes in between, and it ends with the
 * engine's process.
 */
import type { Clock } from '../../src/base/clock.ts';
import type { Disk, DiskFile } from '../../src/engine/journal/disk.ts';
import { PowerCut, type Random, type SimulatedDisk } from '../unit/journal/simulatedDisk.ts';

export class SlowDisk implements Disk {
  private readonly disk: SimulatedDisk;
  private readonly clock: Clock;
  private readonly random: Random;
  private killed = false;

  private readonly onAppend: (path: string, operation: number) => void;

  /** @param onAppend told of each append with the number that the disk will give it. */
  constructor(disk: SimulatedDisk, clock: Clock, random: Random, onAppend: (path: string, operation: number) => void) {
    this.onAppend = onAppend;
    this.disk = disk;
    this.clock = clock;
    this.random = random;
  }

  /** The process is gone: nothing of it reaches the disk any more. */
  kill(): void {
    this.killed = true;
  }

  get isDead(): boolean {
    return this.killed || this.disk.isDead;
  }

  list(folder: string) {
    return this.disk.list(folder);
  }
  exists(path: string) {
    return this.disk.exists(path);
  }
  read(file: string) {
    return this.disk.read(file);
  }
  readPart(file: string, from: number, length: number) {
    return this.disk.readPart(file, from, length);
  }
  size(file: string) {
    return this.disk.size(file);
  }
  makeFolder(folder: string) {
    return this.disk.makeFolder(folder);
  }
  async openToAppend(path: string): Promise<DiskFile> {
    const file = await this.after(0, () => this.disk.openToAppend(path));
    return {
      append: (bytes) =>
        this.after(1, () => {
          this.onAppend(path, this.disk.operations + 1);
          return file.append(bytes);
        }),
      sync: () => this.after(6, () => file.sync()),
      truncate: (bytes) => this.after(1, () => file.truncate(bytes)),
      close: () => file.close(),
    };
  }
  rename(from: string, to: string) {
    return this.after(0, () => this.disk.rename(from, to));
  }
  remove(file: string) {
    return this.after(0, () => this.disk.remove(file));
  }
  syncFolder(folder: string) {
    return this.after(3, () => this.disk.syncFolder(folder));
  }

  private async after<T>(mostMs: number, work: () => Promise<T>): Promise<T> {
    if (mostMs > 0 && this.random() < 0.5) await this.clock.sleep(Math.ceil(this.random() * mostMs));
    if (this.killed) throw new PowerCut('the process is gone');
    return work();
  }
}
