/**
 * Job: remember across windows what the supervisor asked for in a folder that another window opens: to start the sample there,
 *   or to go where a link led.
 * Boundary: one small file in the extension's own storage, which a folder that somebody made can't write: no other folder does
 *   anything by being opened. Taken once. What stands in it is checked again by whoever takes it.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realOf } from './runRecords.ts';

export interface AskedFor {
  /** As the window names its folder. */
  readonly folder: string;
  readonly what: string;
}

export class ForNextWindow {
  private readonly storage: string;
  private readonly file: string;

  /** @param storage the extension's; made when it is needed. @param name of the file in it */
  constructor(storage: string, name: string) {
    this.storage = storage;
    this.file = join(storage, `${name}.json`);
  }

  async ask(workspace: string, what = ''): Promise<void> {
    await mkdir(this.storage, { recursive: true });
    await writeFile(this.file, JSON.stringify({ workspace: await realOf(workspace), what }));
  }

  /** What was asked for in one of these folders, once; null: nothing. Never rejects: the supervisor can ask again. */
  async take(folders: readonly string[]): Promise<AskedFor | null> {
    try {
      const asked = await this.read(folders);
      if (asked !== null) await rm(this.file, { force: true });
      return asked;
    } catch {
      return null; // nothing was asked for, or not in a way that can be read
    }
  }

  /** As `take`, and leaves it there. */
  async look(folders: readonly string[]): Promise<AskedFor | null> {
    try {
      return await this.read(folders);
    } catch {
      return null; // as above
    }
  }

  private async read(folders: readonly string[]): Promise<AskedFor | null> {
    const { workspace, what } = JSON.parse(await readFile(this.file, 'utf8')) as Record<string, unknown>;
    if (typeof what !== 'string') return null;
    for (const folder of folders) if ((await realOf(folder)) === workspace) return { folder, what };
    return null;
  }
}
