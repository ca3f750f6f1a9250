/**
 * Job: look through the changed files of a checkpoint, each content once.
 * Boundary: reads the checkpoint store; what is looked for in a file is `integrity/`'s, what it means `run/integrity.ts`'s.
 * Rules: B3 files, bytes and time are bounded. What was not looked through is named with its reason: a table must not hide by
 *   being hard to read, nor hold a gate up by it.
 */
import { messageOf } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { formatBytes } from '../../run/forDisplay.ts';
import type { UnreadFile } from '../../run/integrity.ts';
import { limits } from '../../run/limits.ts';
import type { ManifestEntry } from '../checkpoint/manifest.ts';
import type { FileFindings } from '../integrity/findings.ts';
import type { ScannerThread } from '../integrity/scannerThread.ts';
import type { Checkpoints } from './checkpoints.ts';

export interface FileScanPorts {
  readonly checkpoints: Pick<Checkpoints, 'contentAt'>;
  readonly scanner: Pick<ScannerThread, 'find' | 'close'>;
  readonly clock: Pick<Clock, 'awake'>;
}

export interface ScannedFile {
  readonly path: string;
  readonly digest: string;
  readonly findings: FileFindings;
}

export interface FileScan {
  readonly found: readonly ScannedFile[];
  readonly unread: readonly UnreadFile[];
}

/** What one check has left. */
interface Allowance {
  files: number;
  bytes: number;
  /** As Clock.awake has it, ms. */
  readonly ends: number;
}

export class FileScans {
  private readonly ports: FileScanPorts;
  /** By content: what was found, or why that can't be told, for the same bytes take as long a second time. */
  private readonly known = new Map<string, FileFindings | string>();

  constructor(ports: FileScanPorts) {
    this.ports = ports;
  }

  /** @throws the signal's reason when it is aborted: then the scanner is ended too */
  async lookThrough(
    checkpoint: number,
    files: readonly ManifestEntry[],
    signal: AbortSignal | null,
  ): Promise<FileScan> {
    const found: ScannedFile[] = [];
    const unread: UnreadFile[] = [];
    const { clock, scanner } = this.ports;
    const left: Allowance = {
      files: limits.scannedFiles,
      bytes: limits.scannedBytes,
      ends: clock.awake() + limits.checkWallMs,
    };
    const end = () => void scanner.close();
    signal?.addEventListener('abort', end);
    try {
      for (const file of files) {
        const told = this.known.get(file.digest) ?? (await this.scan(checkpoint, file, left, signal));
        signal?.throwIfAborted();
        if (typeof told === 'string') unread.push({ path: file.path, why: told });
        else found.push({ path: file.path, digest: file.digest, findings: told });
      }
    } finally {
      signal?.removeEventListener('abort', end);
    }
    return { found, unread };
  }

  /** What it holds, or why that was not looked for. */
  private async scan(
    checkpoint: number,
    { path, digest, size }: ManifestEntry,
    left: Allowance,
    signal: AbortSignal | null,
  ): Promise<FileFindings | string> {
    if (size > limits.scannedFileBytes) return `larger than ${formatBytes(limits.scannedFileBytes)}`;
    if (left.files <= 0 || left.bytes < size || this.ports.clock.awake() >= left.ends)
      return 'too many files for one check'; // the next check begins after those that are known by then
    left.files -= 1;
    left.bytes -= size;
    const told = await this.find(checkpoint, path);
    if (signal?.aborted) return told; // the scanner was ended: that says nothing of the file
    this.known.set(digest, told);
    if (this.known.size > limits.findingsKept) this.known.delete(this.known.keys().next().value ?? '');
    return told;
  }

  private async find(checkpoint: number, path: string): Promise<FileFindings | string> {
    try {
      const content = await this.ports.checkpoints.contentAt(checkpoint, path);
      return content === null ? `${path} is not in the checkpoint` : await this.ports.scanner.find({ path, content });
    } catch (error) {
      return messageOf(error);
    }
  }
}
