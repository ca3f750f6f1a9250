/**
 * Job: what the window knows of the changes since the accepted tree: the engine's list, what of it was read, the rows.
 * Boundary: no vscode. Asks only when it is told to; views/reviewTree.ts knows when somebody looks.
 */
import { messageOf } from '../../base/assert.ts';
import { Emitter } from '../../base/emitter.ts';
import type { ChangedFile, Side } from '../../protocol/messages.ts';
import { limits } from '../../run/limits.ts';
import type { RunState } from '../../run/state.ts';
import type { RunSession } from '../runSession.ts';
import { newDependencyWords } from './dependencies.ts';
import { findingsOf } from './findings.ts';
import { isDependencyList } from './fileKinds.ts';
import type { ReadMarks } from './readMarks.ts';
import { reviewGroups, type ReviewFile, type ReviewGroup } from './reviewList.ts';

/** Lists of dependencies whose content is asked for, to name what is new in them. */
const listsRead = 8;
const listBytesMost = 200_000;

/** What the engine last said of the changes since the accepted tree. */
export interface Review {
  readonly runId: string | null;
  /** The accepted tree that it was compared with. */
  readonly acceptedFiles: RunState['acceptedFiles'];
  readonly files: readonly ChangedFile[];
  /** What the supervisor changed since the open gate's checkpoint. */
  readonly edited: ReadonlySet<string>;
  /** What is new in lists of dependencies, by path. */
  readonly why: ReadonlyMap<string, string>;
  /** Read before this list was made. */
  readonly settled: ReadonlySet<string>;
}

export interface ReviewPorts {
  readonly session: Pick<RunSession, 'runId' | 'state' | 'request'>;
  readonly marks: ReadMarks;
  readonly log: (line: string) => void;
}

export class ReviewModel {
  private readonly ports: ReviewPorts;
  private readonly changed = new Emitter<void>();
  private current: Review | null = null;
  private rowsOf: readonly ReviewGroup[] = [];
  private failure: string | null = null;
  /** The list, or what of it is read, is new. */
  readonly onChanged = this.changed.event;

  constructor(ports: ReviewPorts) {
    this.ports = ports;
  }

  /** null: not asked yet, or of another run. */
  get review(): Review | null {
    return this.current?.runId === this.ports.session.runId ? this.current : null;
  }

  get groups(): readonly ReviewGroup[] {
    return this.review === null ? [] : this.rowsOf;
  }

  /** In the order of the groups. */
  get rows(): readonly ReviewFile[] {
    return this.groups.flatMap(({ files }) => files);
  }

  /** How many files the supervisor has not read; null: not known. */
  get unread(): number | null {
    return this.review === null ? null : this.rows.filter(({ read }) => read !== 'read').length;
  }

  /** Why the newest list could not be had; null when it could. */
  get problem(): string | null {
    return this.failure;
  }

  /** Never rejects: what went wrong is `problem`, and the list stays as it was. */
  async ask(): Promise<void> {
    const { session, marks, log } = this.ports;
    const { state, runId } = session;
    if (state === null) return;
    try {
      const heard = await this.hear(state);
      marks.show(runId);
      const read = heard.files.filter((file) => marks.stateOf(file) === 'read');
      this.current = { runId, ...heard, settled: new Set(read.map(({ path }) => path)) };
      this.failure = null;
      await this.countRest();
    } catch (error) {
      this.failure = messageOf(error);
      log(`changes not listed: ${this.failure}`);
    }
    this.drawRows();
  }

  /** To read is not to accept: nothing but the mark changes. */
  async mark(files: readonly ReviewFile[], read: boolean): Promise<void> {
    const seen = files.map(({ file }) => file);
    const kept = this.ports.marks.set(seen, read);
    this.drawRows();
    await kept;
  }

  private async hear({ acceptedFiles, gate }: RunState): Promise<Omit<Review, 'runId' | 'settled'>> {
    const { session } = this.ports;
    const { files } = await session.request('compare', { from: 'accepted', to: 'workspace' });
    const since = gate && (await session.request('compare', { from: gate.checkpoint, to: 'workspace' })).files;
    const edited = new Set(since?.map(({ path }) => path));
    return { acceptedFiles, files, edited, why: await this.newDependencies(files) };
  }

  /** Of thousands of files names stand there at once; their lines come in slices. */
  private async countRest(): Promise<void> {
    for (;;) {
      const { current } = this;
      const rest = current?.files.filter(({ uncounted }) => uncounted).slice(0, limits.filesCountedAtOnce) ?? [];
      if (current === null || rest.length === 0 || this.review === null) return;
      this.drawRows();
      const paths = rest.map(({ path }) => path);
      const { files } = await this.ports.session.request('compare', { from: 'accepted', to: 'workspace', paths });
      const counted = new Map(files.map((file) => [file.path, file]));
      const asked = new Set(paths);
      // What no longer differs is as it was accepted by now.
      const known = current.files.flatMap((file) => (asked.has(file.path) ? (counted.get(file.path) ?? []) : file));
      this.current = { ...current, files: known };
    }
  }

  private async newDependencies(files: readonly ChangedFile[]): Promise<ReadonlyMap<string, string>> {
    const why = new Map<string, string>();
    for (const { path } of files.filter(isReadableList).slice(0, listsRead)) {
      const words = newDependencyWords(path, await this.text('accepted', path), await this.text('workspace', path));
      if (words !== null) why.set(path, words);
    }
    return why;
  }

  private async text(side: Side, path: string): Promise<string> {
    const { contentBase64 } = await this.ports.session.request('readFileAt', { side, path });
    return Buffer.from(contentBase64 ?? '', 'base64').toString('utf8');
  }

  /** With what is known of the files and what was found by now. */
  drawRows(): void {
    const { marks, session } = this.ports;
    const { review } = this;
    if (review !== null) {
      const { settled, edited, why } = review;
      const found = findingsOf(session.state?.integrity.last ?? null);
      this.rowsOf = reviewGroups(review.files, { readOf: (file) => marks.stateOf(file), settled, edited, why }, found);
    }
    this.changed.fire();
  }
}

function isReadableList({ path, change, beforeBytes, afterBytes }: ChangedFile): boolean {
  return change !== 'deleted' && isDependencyList(path) && Math.max(beforeBytes ?? 0, afterBytes ?? 0) <= listBytesMost;
}
