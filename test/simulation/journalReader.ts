/**
 * Job: read the journal's bytes off the simulated disk by the description of the format alone (frame.ts's header), a second
 * time and apart from the product's own reader.
 */
import { createHash } from 'node:crypto';
import type { SimulatedDisk } from '../unit/journal/simulatedDisk.ts';

const noLine = '0'.repeat(64);

export interface ReadBack {
  readonly json: string;
  /** Position in its commit, from 1, and the commit's length. */
  readonly k: number;
  readonly n: number;
}

export class JournalReader {
  /** Digest of the line before the last one read. */
  digestBefore = noLine;
  private digest = noLine;
  private segment = 1;
  private offset = 0;
  private readonly disk: SimulatedDisk;

  constructor(disk: SimulatedDisk) {
    this.disk = disk;
  }

  /** The next line that a power cut would leave, with all that was read before it; null when there is none yet. */
  nextDurable(): ReadBack | null {
    return this.next((path) => this.disk.durableContent(path));
  }

  private next(read: (path: string) => Buffer | null): ReadBack | null {
    const content = read(this.path(this.segment));
    if (content !== null && content.length < this.offset) return null;
    const here = this.lineIn(content);
    if (here !== null) return here;
    const next = read(this.path(this.segment + 1));
    if (next === null) return null;
    this.segment += 1;
    this.offset = 0;
    return this.lineIn(next);
  }

  /** All lines that a process sees now, durable or not, with the chain followed from the first. */
  readAll(): { readonly lines: readonly ReadBack[]; readonly problem: string | null } {
    const lines: ReadBack[] = [];
    for (;;) {
      const line = this.next((path) => this.disk.presentContent(path));
      if (line === null) return { lines, problem: null };
      lines.push(line);
      const { seq, prev } = JSON.parse(line.json) as { seq: number; prev: string };
      if (seq !== lines.length) return { lines, problem: `line ${lines.length} holds entry ${seq}` };
      if (prev !== this.digestBefore) return { lines, problem: `entry ${seq} does not continue the one before it` };
    }
  }

  private lineIn(content: Buffer | null): ReadBack | null {
    const end = content?.indexOf(0x0a, this.offset) ?? -1;
    if (content === null || end < 0) return null;
    const bytes = content.subarray(this.offset, end);
    const [json = '', position = '', check = ''] = bytes.toString('utf8').split('\t');
    const sum = createHash('sha256').update(`${json}\t${position}`).digest('hex').slice(0, 16);
    if (sum !== check) return null;
    this.offset = end + 1;
    this.digestBefore = this.digest;
    this.digest = createHash('sha256').update(bytes).digest('hex');
    const [k = 0, n = 0] = position.split('/').map(Number);
    return { json, k, n };
  }

  private path(segment: number): string {
    return `/run/journal/${String(segment).padStart(6, '0')}.jsonl`;
  }
}
