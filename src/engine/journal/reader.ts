/**
 * Job: read entries of an open journal: from a seq on, or those of a step or of a page of steps.
 * Boundary: durable bytes only, as far as the journal has counted them; it shares the journal's list of segments and its index.
 * Rules: J4 a line that changed since it was checked is told with its place. An index that leads to another line than it says
 *   is made anew from the lines themselves, never believed.
 */
import { join } from 'node:path';
import type { Entry } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { JournalDamaged } from './damage.ts';
import type { Disk } from './disk.ts';
import { pieces, readJson, readLine } from './frame.ts';
import type { Scan } from './scan.ts';
import { stepStartedIn, type Position, type StepIndex, type StepPlace } from './stepIndex.ts';

/** A line that begins a step is far shorter. */
const startedBytesMost = 512;

export interface SearchedStep {
  readonly step: number;
  /** Everything from its beginning to that of the next one. */
  readonly entries: readonly Entry[];
}

export class JournalReader {
  private readonly folder: string;
  private readonly disk: Disk;
  private readonly segments: Scan['segments'];
  private readonly steps: StepIndex;

  constructor(folder: string, disk: Disk, { segments, steps }: Pick<Scan, 'segments' | 'steps'>) {
    this.folder = folder;
    this.disk = disk;
    this.segments = segments;
    this.steps = steps;
  }

  /** Durable entries from `fromSeq` on, in order, up to what is durable when a segment is read. */
  async *read(fromSeq = 1): AsyncGenerator<Entry> {
    let next = fromSeq;
    for (let index = 0; index < this.segments.length; index++) {
      const [segment, after] = [this.segments[index], this.segments[index + 1]];
      if (!segment || (after && after.firstSeq <= next)) continue;
      const near = this.steps.lastUpTo(next);
      const from = near?.segment === index && (await this.isThere(near)) ? near.offset : 0;
      for (const entry of await this.entriesIn(index, from, segment.bytes)) {
        if (entry.seq < next) continue;
        yield entry;
        next = entry.seq + 1;
      }
    }
  }

  /** Everything from the beginning of a step to the beginning of the next one; empty where the journal has no such step. */
  async step(step: number): Promise<readonly Entry[]> {
    return this.retried(() => {
      const index = this.steps.countBefore(step);
      return this.steps.at(index)?.step === step ? this.between(index, index + 1) : Promise.resolve([]);
    });
  }

  /** The same of the newest steps before this one: as many as the limits of a page allow, at least one. */
  async stepsBefore(before: number): Promise<readonly Entry[]> {
    return this.retried(() => {
      const end = this.steps.countBefore(before);
      let first = end;
      while (
        first > 0 &&
        end - first < limits.stepsInPage &&
        (first === end || this.bytesOf(first - 1, end) <= limits.pageBytes)
      )
        first -= 1;
      return first === end ? Promise.resolve([]) : this.between(first, end);
    });
  }

  /** Null: the index has led astray. */
  private async retried(read: () => Promise<readonly Entry[] | null>): Promise<readonly Entry[]> {
    const entries = await read();
    if (entries !== null) return entries;
    await this.indexAgain();
    return (await read()) ?? [];
  }

  /**
   * The newest steps before this one whose lines may hold something, newest first, each with its entries; not parsed are the others.
   * Looks at so many bytes, at least at one step.
   * @param mayHold told a step's lines as they stand
   * @returns with the number of the oldest step that was looked at; null: there is none before it
   */
  async searchBefore(
    before: number,
    bytesMost: number,
    mayHold: (lines: string) => boolean,
  ): Promise<{ readonly steps: readonly SearchedStep[]; readonly lookedTo: number | null }> {
    const steps: SearchedStep[] = [];
    let index = this.steps.countBefore(before);
    for (let bytes = 0; index > 0 && bytes < bytesMost; index--) {
      const { step } = this.steps.at(index - 1) ?? {};
      if (step === undefined) break;
      bytes += this.bytesOf(index - 1, index);
      let text = await this.textOf(index - 1);
      if (stepStartedIn(text) !== step) {
        await this.indexAgain();
        index = this.steps.countBefore(step + 1);
        text = await this.textOf(index - 1);
      }
      if (mayHold(text)) steps.push({ step, entries: await this.step(step) });
    }
    return { steps, lookedTo: index === 0 ? null : (this.steps.at(index)?.step ?? null) };
  }

  /** The lines of one step as they stand, unchecked. */
  private async textOf(index: number): Promise<string> {
    const [from, to] = [this.steps.at(index), this.steps.at(index + 1) ?? this.end()];
    if (from === undefined) return '';
    let text = '';
    for (let segment = from.segment; segment <= to.segment; segment++) {
      const { name, bytes } = this.segments[segment] ?? { name: '', bytes: 0 };
      const first = segment === from.segment ? from.offset : 0;
      const end = segment === to.segment ? to.offset : bytes;
      text += (await this.disk.readPart(join(this.folder, name), first, end - first)).toString('utf8');
    }
    return text;
  }

  private async between(first: number, end: number): Promise<readonly Entry[] | null> {
    const from = this.steps.at(first);
    if (from === undefined || !(await this.isThere(from))) return null;
    const next = this.steps.at(end);
    if (next !== undefined && !(await this.isThere(next))) return null;
    const to: Position = next ?? this.end();
    const entries: Entry[] = [];
    for (let index = from.segment; index <= to.segment; index++) {
      const bytes = index === to.segment ? to.offset : (this.segments[index]?.bytes ?? 0);
      for (const entry of await this.entriesIn(index, index === from.segment ? from.offset : 0, bytes))
        entries.push(entry);
    }
    return entries;
  }

  /** Whether the line at a place begins the step that the index names. */
  private async isThere({ step, seq, segment, offset }: StepPlace): Promise<boolean> {
    const { name, bytes } = this.segments[segment] ?? { name: '', bytes: 0 };
    if (offset >= bytes) return false;
    const start = await this.disk.readPart(join(this.folder, name), offset, Math.min(startedBytesMost, bytes - offset));
    const [piece] = pieces(start);
    const line = piece?.ended === true ? readLine(piece.bytes) : null;
    return line?.seq === seq && stepStartedIn(line.json) === step;
  }

  private async *linesIn(): AsyncGenerator<{ readonly place: Position; readonly json: string; readonly seq: number }> {
    for (const [segment, { name, bytes }] of this.segments.entries()) {
      for (const piece of pieces(await this.disk.readPart(join(this.folder, name), 0, bytes))) {
        const line = readLine(piece.bytes);
        if (!line) throw new JournalDamaged(name, piece.offset, 'the line changed after it was checked');
        yield { place: { segment, offset: piece.offset }, json: line.json, seq: line.seq };
      }
    }
  }

  private async indexAgain(): Promise<void> {
    this.steps.reset();
    for await (const { place, json, seq } of this.linesIn()) {
      const step = stepStartedIn(json);
      if (step !== null) this.steps.add({ step, seq, ...place });
    }
  }

  private bytesOf(first: number, end: number): number {
    const [from, to] = [this.steps.at(first), this.steps.at(end) ?? this.end()];
    if (from === undefined) return 0;
    let bytes = to.offset - from.offset;
    for (let index = from.segment; index < to.segment; index++) bytes += this.segments[index]?.bytes ?? 0;
    return bytes;
  }

  private end(): Position {
    return { segment: this.segments.length - 1, offset: this.segments.at(-1)?.bytes ?? 0 };
  }

  /** One after the other, parsed when it is asked for: a segment's entries are never all in memory. */
  private async entriesIn(index: number, from: number, to: number): Promise<Generator<Entry>> {
    const name = this.segments[index]?.name ?? '';
    const bytes = await this.disk.readPart(join(this.folder, name), from, to - from);
    return (function* () {
      for (const piece of pieces(bytes)) {
        const json = readJson(piece.bytes);
        if (json === null) throw new JournalDamaged(name, from + piece.offset, 'the line changed after it was checked');
        yield JSON.parse(json) as Entry;
      }
    })();
  }
}
