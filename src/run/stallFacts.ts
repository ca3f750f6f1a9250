/**
 * Job: the shapes of stalls: their signs and rungs, what the journal tells of them, what the state remembers.
 * Boundary: types only, and a leaf: entries and state are made of them.
 */

export type StallKind =
  /** One call gives the same result again and again, and no file changes. */
  | 'calls'
  /** One error comes again and again. */
  | 'errors'
  /** Two or three versions of the files, or idle steps, follow each other in turn. */
  | 'alternation'
  /** Answers that repeat themselves. */
  | 'text'
  /** No file changes and nothing new is learned, or no file changes for very long. */
  | 'idle'
  /** The visible score does not rise. */
  | 'score';

export interface StallSign {
  readonly kind: StallKind;
  /** One sentence without a full stop, with its numbers. */
  readonly text: string;
}

/**
 * What is done about a stall, in this order. nudge: the agent is told in its prompts; fresh: the story so far is left out of
 * them; rollback: to the best visible checkpoint; model: another one answers, where the task names one; hold: a gate.
 */
export type StallRung = 'nudge' | 'fresh' | 'rollback' | 'model' | 'hold';

/** Which rungs there are, as the task says. */
export interface StallPolicy {
  readonly nudge: boolean;
  readonly freshContext: boolean;
  readonly rollback: boolean;
  readonly hold: boolean;
  /** So many dollars without a gain of visible are a stall; absent: a tenth of the hard limit of dollars. */
  readonly gainlessUsd?: number;
}

export interface StallEntries {
  /** The run stalls, and this rung is taken for it; of a rollback in one commit with its intent. */
  'stall.detected': {
    readonly rung: StallRung;
    readonly signs: readonly StallSign[];
    /** Of a rollback: the best visible checkpoint. */
    readonly to?: number;
    /** Why the rung before it could not be taken. */
    readonly skipped?: string;
  };
  /** What became of a rung, with the steps and dollars since it was taken; told when the run moves again or the next comes. */
  'stall.settled': {
    readonly rung: StallRung;
    readonly moved: boolean;
    readonly steps: number;
    readonly costUsd: number;
  };
  /** The supervisor says that it is none: such signs raise no alarm for limits.stallQuietSteps. */
  'stall.dismissed': { readonly kinds: readonly StallKind[]; readonly by: string };
}

/** What a finished step came to: fingerprints, never contents. */
export interface StepTrace {
  readonly step: number;
  /** Of the checkpoint at its end. */
  readonly tree: string;
  /** Whether that differs from the tree that the step began with. */
  readonly changed: boolean;
  readonly calls: readonly CallTrace[];
  /** Its answer says the same over and over: the beginning of that; null: it does not. */
  readonly repeats: string | null;
}

export interface CallTrace {
  /** Fingerprints of name and arguments, and of what came of it. */
  readonly call: string;
  readonly result: string;
  readonly title: string;
  readonly error: { readonly key: string; readonly head: string } | null;
  /** Whether its result can tell the agent anything: that of a note or a plan does not. */
  readonly tells: boolean;
}

/** How the visible score moves, by verified version: a checkpoint whose tree is the last one's again is none. */
export interface ScoreTrace {
  /** 0–1; null before the first. */
  readonly best: number | null;
  /** Of the newest versions up to the last gain (limits.stallVersions): which were gains. */
  readonly gains: readonly boolean[];
  /** Versions since the last gain. */
  readonly flat: number;
  /** The same, counted anew from each rung and each new course. */
  readonly waited: number;
  /** What was spent then. */
  readonly gainAtUsd: number;
  readonly waitedFromUsd: number;
  readonly tree: string | null;
}

/** A stall that stands. */
export interface StallAlarm {
  /** Since when, ms since the epoch. */
  readonly since: number;
  /** As of its newest rung. */
  readonly signs: readonly StallSign[];
  readonly rung: StallRung;
  /** The rungs taken for it, that one included. */
  readonly taken: readonly StallRung[];
  /** When that rung was taken: steps finished, dollars spent, the best visible rate. */
  readonly steps: number;
  readonly spentUsd: number;
  readonly best: number | null;
}

export interface StallState {
  /** The newest steps on this course, oldest first, at most limits.stallTraces. */
  readonly traces: readonly StepTrace[];
  /** Steps in a row that changed no file. */
  readonly unchanged: number;
  readonly score: ScoreTrace;
  readonly alarm: StallAlarm | null;
  /** The last rung since visible rose or the supervisor set another course; null: none. */
  readonly rung: StallRung | null;
  /** Kinds that the supervisor dismissed, until so many steps are finished. */
  readonly quietUntil: Readonly<Partial<Record<StallKind, number>>>;
  /** The prompt tells nothing of steps up to this one; null: it tells all. */
  readonly freshFrom: number | null;
}
