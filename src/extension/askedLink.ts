/**
 * Job: remember across windows where a link led: the window that opens its folder goes there.
 * Boundary: one small file in the extension's own storage; taken once, and only by the folder that it names. It is checked again as
 *   any link is.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realOf } from './runRecords.ts';

export class AskedLink {
  private readonly folder: string;

  /** @param folder the extension's storage; made when it is needed */
  constructor(folder: string) {
    this.folder = folder;
  }

  async ask(workspace: string, path: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.file, JSON.stringify({ workspace: await realOf(workspace), path }));
  }

  /** The link's path, once; null: none leads to these folders. Never rejects. */
  async take(folders: readonly string[]): Promise<string | null> {
    try {
      const { workspace, path } = JSON.parse(await readFile(this.file, 'utf8')) as Record<string, unknown>;
      const real = await Promise.all(folders.map(realOf));
      if (typeof path !== 'string' || typeof workspace !== 'string' || !real.includes(workspace)) return null;
      await rm(this.file, { force: true });
      return path;
    } catch {
      return null; // nothing was asked for, or not in a way that can be read
    }
  }

  private get file(): string {
    return join(this.folder, 'link.json');
  }
}
