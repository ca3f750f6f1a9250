/**
 * Job: which version of each file the supervisor has read. To read is not to accept.
 * Boundary: memory of this workspace, by run; bounded, the oldest marks go first.
 */
import type { SeenFile } from '../../protocol/messages.ts';

/** VS Code's Memento, as far as it is used. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

/** `changed`: another version of it was read. */
export type ReadState = 'read' | 'unread' | 'changed';

const memoryKey = 'belay.read';
const filesMost = 2_000;
const runsMost = 3;

interface Stored {
  readonly runId: string;
  /** Path and version, the oldest mark first. */
  readonly files: readonly (readonly [string, string])[];
}

const absent = 'none';

export class ReadMarks {
  private readonly memory: Memory;
  private runId: string | null = null;
  private marks = new Map<string, string>();

  constructor(memory: Memory) {
    this.memory = memory;
  }

  /** The marks of this run from now on. */
  show(runId: string | null): void {
    if (runId === this.runId) return;
    this.runId = runId;
    this.marks = new Map(this.stored().find((run) => run.runId === runId)?.files);
  }

  stateOf({ path, version }: SeenFile): ReadState {
    const mark = this.marks.get(path);
    if (mark === undefined) return 'unread';
    return mark === (version ?? absent) ? 'read' : 'changed';
  }

  async set(files: readonly SeenFile[], read: boolean): Promise<void> {
    for (const { path, version } of files) {
      this.marks.delete(path); // the newest mark stands last
      if (read) this.marks.set(path, version ?? absent);
    }
    for (const oldest of this.marks.keys()) {
      if (this.marks.size <= filesMost) break;
      this.marks.delete(oldest);
    }
    const { runId } = this;
    if (runId === null) return;
    const others = this.stored().filter((run) => run.runId !== runId);
    await this.memory.update(memoryKey, [{ runId, files: [...this.marks] }, ...others].slice(0, runsMost));
  }

  private stored(): readonly Stored[] {
    const value = this.memory.get(memoryKey);
    return Array.isArray(value) ? (value as readonly Stored[]) : [];
  }
}
