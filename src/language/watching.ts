/**
 * Job: hear of changes of the files that open tasks name, wherever they lie, through the editor's own file watching.
 * Boundary: one registration at a time, replaced when the set of files changes; an editor that can't watch relative
 *   patterns is not asked, and the check is then repeated on edit and on save.
 */
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DidChangeWatchedFilesNotification, type Connection } from 'vscode-languageserver/node';
import { messageOf } from '../base/assert.ts';

/** Enough for every open task; more would be a mistake in a file, and each costs a watcher. */
const watchedFilesMost = 200;

export class Watching {
  private readonly connection: Connection;
  private readonly onWatched: () => void;
  private registered: { readonly key: string; readonly off: { dispose(): void } | null } = { key: '', off: null };
  private wanted: readonly string[] = [];
  private last: Promise<void> = Promise.resolve();

  /** `onWatched` is told when other files are watched: what changed before that was heard by nobody. */
  constructor(connection: Connection, onWatched: () => void) {
    this.connection = connection;
    this.onWatched = onWatched;
  }

  /** From now on these files, absolute, and no others. */
  set(files: Iterable<string>): void {
    this.wanted = [...new Set(files)].sort().slice(0, watchedFilesMost);
    this.last = this.last.then(() => this.register());
  }

  private async register(): Promise<void> {
    const files = this.wanted;
    const key = files.join('\0');
    if (key === this.registered.key) return;
    const before = this.registered.off;
    try {
      const watchers = files.map((file) => ({
        globPattern: { baseUri: pathToFileURL(dirname(file)).href, pattern: literal(basename(file)) },
      }));
      const off =
        watchers.length === 0
          ? null
          : await this.connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
      this.registered = { key, off };
      if (off !== null) this.onWatched();
    } catch (error) {
      this.registered = { key: '', off: null };
      this.connection.console.warn(`the files of the suites are not watched: ${messageOf(error)}`);
    }
    before?.dispose();
  }
}

/** A file name as a glob that matches only it. */
function literal(name: string): string {
  return name.replace(/[*?{}[\]]/g, (c) => (c === ']' ? '[]]' : `[${c}]`));
}
