/**
 * Job: now, as the file system stamps files: its clock may run behind the process's, and a simulation has another.
 * Boundary: one file in the store's `tmp`, which is written again and again: a new one, or one that is cut, costs a walk more.
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import type { Disposable } from '../../base/disposable.ts';

export class FileSystemClock implements Disposable {
  private readonly path: string;
  private file: number | null = null;

  /** @param path of a file that is nobody else's */
  constructor(path: string) {
    this.path = path;
  }

  dispose(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  /** ns since the epoch. */
  nowNs(): bigint {
    this.file ??= openSync(this.path, 'w');
    writeSync(this.file, '.', 0);
    return fstatSync(this.file, { bigint: true }).mtimeNs;
  }
}
