/**
 * Job: serve `belay-checkpoint:` addresses as a read-only file system, so that text, image and binary diffs all open.
 * Boundary: bytes come from the engine's store by request; immutable, so they are kept, up to a bound, and never refreshed.
 */
import * as vscode from 'vscode';
import type { RunSession } from '../runSession.ts';
import { checkpointScheme, parseCheckpointQuery, pathBelow } from './checkpointUri.ts';

const cachedBytesMost = 32 * 1024 * 1024;

export interface CheckpointSource {
  readonly session: RunSession;
  /** The folder of the run as VS Code names it. */
  readonly folder: () => vscode.Uri | null;
  /** Resolves when the window has looked for a run: a diff restored by a reload asks before that. */
  readonly ready: () => Promise<void>;
}

export class CheckpointFiles implements vscode.FileSystemProvider {
  private readonly source: CheckpointSource;
  private readonly cache = new Map<string, Uint8Array>();
  private cachedBytes = 0;
  private readonly pending = new Map<string, Promise<Uint8Array>>();
  private readonly fileChanged = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  /** Never fires: a checkpoint does not change. */
  readonly onDidChangeFile = this.fileChanged.event;

  constructor(source: CheckpointSource) {
    this.source = source;
  }

  register(): vscode.Disposable {
    const options = { isReadonly: true, isCaseSensitive: true };
    return vscode.Disposable.from(
      this.fileChanged,
      vscode.workspace.registerFileSystemProvider(checkpointScheme, this, options),
    );
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const bytes = await this.readFile(uri);
    const permissions = vscode.FilePermission.Readonly;
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: bytes.byteLength, permissions };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const key = uri.toString();
    const kept = this.cache.get(key);
    if (kept !== undefined) return kept;
    const asked = this.pending.get(key) ?? this.fetch(uri).finally(() => this.pending.delete(key));
    this.pending.set(key, asked);
    return asked;
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  private async fetch(uri: vscode.Uri): Promise<Uint8Array> {
    await this.source.ready();
    const address = parseCheckpointQuery(uri.query);
    const folder = this.source.folder();
    const path = folder === null ? null : pathBelow(folder.path, uri.path);
    if (address === null || path === null) throw vscode.FileSystemError.FileNotFound(uri);
    if (address.runId !== this.source.session.runId) {
      throw vscode.FileSystemError.Unavailable(
        `This diff belongs to run ${address.runId}, which this window does not show.`,
      );
    }
    const file = await this.source.session.request('readFileAt', { side: address.side, path });
    if (file.contentBase64 === null) throw vscode.FileSystemError.FileNotFound(uri);
    const bytes = Buffer.from(file.contentBase64, 'base64');
    this.keep(uri.toString(), bytes);
    return bytes;
  }

  private keep(key: string, bytes: Uint8Array): void {
    this.cache.set(key, bytes);
    this.cachedBytes += bytes.byteLength;
    for (const [oldest, old] of this.cache) {
      if (this.cachedBytes <= cachedBytesMost) return;
      this.cache.delete(oldest);
      this.cachedBytes -= old.byteLength;
    }
  }
}
