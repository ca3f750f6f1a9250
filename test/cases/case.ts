/** Job: what a case is: a short story of a run and its supervisor, and what a rollback of it must leave. */
import type { CaseEngine } from './engine.ts';
import type { Scene } from './scene.ts';

type Hands = (scene: Scene) => unknown;

/** Something that the run does in one step, or the supervisor between two. */
export interface Act {
  readonly by: 'run' | 'you';
  readonly does: Hands;
}

export const theRun = (does: Hands): Act => ({ by: 'run', does });
export const you = (does: Hands): Act => ({ by: 'you', does });

interface Named {
  readonly name: string;
  /** For the table: what Belay does, in Markdown; starts with a capital letter, ends without a full stop. */
  readonly does: string;
  /** It takes next to no time: it is run with the unit tests too. */
  readonly quick?: boolean;
}

/**
 * Checked by check.ts: rolled back to `to`, taken back, rolled back again, taken back again; after each the whole tree is
 * compared with what it was.
 */
export interface Story extends Named {
  /** The folder that the run works in, below the user's; `workspace` unless given. */
  readonly workspace?: string;
  /** What is there when the run starts. */
  readonly before?: Hands;
  readonly acts: readonly Act[];
  /** How many of the acts stay: 0, unless given, is the baseline. */
  readonly to?: number;
  /**
   * What the rollback leaves as it is now, although it differs from then: a path (bytes as Latin-1), or with `/**` at its end a
   * folder with everything in it.
   */
  readonly stays?: readonly string[];
  /** Files that the rollback merges: their content then, by path; the mode is 644. */
  readonly becomes?: Readonly<Record<string, string>>;
  /** More to look at, after the last move; throws. The workspace is as it was before the first rollback. */
  readonly also?: (scene: Scene, engine: CaseEngine) => unknown;
  /** Too large to write every checkpoint out once more. */
  readonly large?: boolean;
}

/** What was wrong; '' is nothing. */
export interface Outcome {
  /** Rolling back gave the tree of then, and taking that back the tree of now. */
  readonly undo: string;
  /** The same a second time. */
  readonly redo: string;
  /** Something in a `.git` of the user's is not what it was. */
  readonly git: string;
}

/** A case that no story tells: a full disk, a process that is killed. */
export interface OwnCase extends Named {
  readonly perform: (scene: Scene) => Promise<Outcome>;
}

export type Case = Story | OwnCase;
