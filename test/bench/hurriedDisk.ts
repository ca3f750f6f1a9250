/** Job: a disk for made journals: the real one, without its waiting. */
import type { Disk, DiskFile } from '../../src/engine/journal/disk.ts';
import { realDisk } from '../../src/engine/journal/disk.ts';

/** The real disk, that gathers what is appended and waits for no medium: a million syncs would take an hour. */
export class HurriedDisk implements Disk {
  private readonly waiting = new Map<string, { readonly file: DiskFile; parts: Uint8Array[]; bytes: number }>();
  readonly list = realDisk.list;
  readonly exists = realDisk.exists;
  readonly read = realDisk.read;
  readonly readPart = realDisk.readPart;
  readonly size = realDisk.size;
  readonly makeFolder = realDisk.makeFolder;
  readonly rename = realDisk.rename;
  readonly remove = realDisk.remove;
  readonly syncFolder = () => Promise.resolve();

  async openToAppend(path: string): Promise<DiskFile> {
    const file = await realDisk.openToAppend(path);
    const of = { file, parts: [] as Uint8Array[], bytes: 0 };
    this.waiting.set(path, of);
    return {
      append: async (bytes) => {
        of.parts.push(bytes);
        of.bytes += bytes.length;
        if (of.bytes > 1_000_000) await flush(of);
      },
      sync: () => Promise.resolve(),
      truncate: async (bytes) => {
        await flush(of);
        await file.truncate(bytes);
      },
      close: async () => {
        await flush(of);
        await file.close();
        this.waiting.delete(path);
      },
    };
  }

  /** Everything was closed: nothing may wait. */
  flushAll(): void {
    if (this.waiting.size > 0) throw new Error('a segment of the made journal was left open');
  }
}

async function flush(of: { readonly file: DiskFile; parts: Uint8Array[]; bytes: number }): Promise<void> {
  if (of.bytes === 0) return;
  await of.file.append(Buffer.concat(of.parts));
  of.parts = [];
  of.bytes = 0;
}
