/**
 * Job: remember across windows that the supervisor asked for the sample: the window that opens its folder starts it by itself.
 * Boundary: one small file in the extension's own storage, which a folder that somebody made can't write: no other folder starts
 *   anything by being opened. Taken once.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realOf } from './runRecords.ts';

export class SampleStart {
  private readonly folder: string;

  /** @param folder the extension's storage; made when it is needed */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** The window that opens this workspace next shall start it. */
  async ask(workspace: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.file, JSON.stringify({ workspace: await realOf(workspace) }));
  }

  /** The folder of these that was asked for, once; null: none. Never rejects: without it a person starts the run. */
  async take(folders: readonly string[]): Promise<string | null> {
    try {
      const { workspace } = JSON.parse(await readFile(this.file, 'utf8')) as { readonly workspace?: unknown };
      for (const folder of folders) {
        if ((await realOf(folder)) !== workspace) continue;
        await rm(this.file, { force: true });
        return folder;
      }
    } catch {
      // nothing was asked for, or not in a way that can be read
    }
    return null;
  }

  private get file(): string {
    return join(this.folder, 'sample.json');
  }
}
