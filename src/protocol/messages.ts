/**
 * Job: the wire between an engine and its clients (windows, command line): the registry of requests and notifications.
 * Boundary: types only. Entries travel as they stand in the journal; nothing here says a fact a second time.
 * Rules: a client attaches first, with the token; any other request before that is refused. A client sends the last seq that
 *   it holds and gets the tail, or a snapshot of the folded state, then the stream. A decision is a request; its fact
 *   comes back as an entry.
 */
import type { Bisection } from '../run/bisect.ts';
import type { Comparator } from '../run/compare.ts';
import type { ContextWay } from '../run/contextFacts.ts';
import type { Delta, Signs } from '../run/delta.ts';
import type { BudgetLimits, Decision, Entry, PathChange, RollbackPart, Shown, VerdictKind } from '../run/entry.ts';
import type { FoundSteps } from '../run/find.ts';
import type { RunReport } from '../run/report/report.ts';
import type { RunState, StepSummary } from '../run/state.ts';
import type { ThinningPlan } from '../run/thinning.ts';
import type { SnapshotPiece } from './snapshot.ts';

/** Grows with each incompatible change of messages or entries. */
export const protocolVersion = 1;

export interface AttachParams {
  readonly token: string;
  readonly protocol: number;
  /** Who attaches, for the journal: "anna@host (window)". */
  readonly client: string;
  /** The last entry that the client folded; 0 for none. */
  readonly lastSeq: number;
  /** The client can ask VS Code's models for the engine (`brokering.ts`); absent: it can't. */
  readonly asksModels?: boolean;
  /** The client takes the long lists of a state as `stateItems` before the answer; absent: it wants them in it. */
  readonly inPieces?: boolean;
}

export type AttachResult =
  | (AttachedTo & { readonly kind: 'snapshot'; readonly state: RunState })
  | (AttachedTo & { readonly kind: 'tail'; readonly entries: readonly Entry[] });

interface AttachedTo {
  readonly readOnly: boolean;
  /** The newest signs of life; absent where nothing goes on, and from engines of a time before there were any. */
  readonly signs?: Signs;
}

/** `merge`: the target's version with the supervisor's own edits in it is written. */
export type RollbackAction = 'write' | 'merge' | 'delete' | 'keep' | 'conflict';
export interface RollbackPlanPath {
  readonly path: string;
  readonly action: RollbackAction;
  /** Bytes that will be written; where nothing is written the bytes that are there. */
  readonly bytes: number;
  /** Why it is kept or conflicts, such as "you edited it after step 12". */
  readonly reason?: string;
  /** What is written where it is not the target's version: the store's id of the bytes, and the mode. */
  readonly content?: { readonly digest: string; readonly mode: number };
}

export interface RollbackPlan {
  readonly to: number;
  /** What it is about; absent: the whole workspace. */
  readonly only?: RollbackPart;
  readonly write: number;
  /** Files; absent as none. */
  readonly merge?: number;
  readonly delete: number;
  readonly keep: number;
  readonly conflict: number;
  /** Sorted by path. */
  readonly paths: readonly RollbackPlanPath[];
  /** Digest of the plan; a rollback names it, and is refused when the workspace has moved on since. */
  readonly digest: string;
}

export interface ChangedFile extends PathChange {
  /** Bytes on each side; null where the file is absent. */
  readonly beforeBytes: number | null;
  readonly afterBytes: number | null;
  readonly binary: boolean;
  readonly added?: number;
  readonly removed?: number;
  /** Its content was not looked at, as there are so many: `compare` with its path does. */
  readonly uncounted?: true;
  /** Names the bytes, type and mode on the side compared to; null: it has no such file. */
  readonly version: string | null;
}

/** A version of a file that the supervisor looked at, as `compare` named it. */
export interface SeenFile {
  readonly path: string;
  readonly version: string | null;
}

/** What a commit accepts: the open gate, or files in the versions that were looked at. */
export interface CommitScope {
  readonly gate?: number;
  readonly files?: readonly SeenFile[];
}

export interface CommitProposal {
  readonly branch: string;
  readonly message: string;
  /** How many files it would hold. */
  readonly files: number;
  /** What is accepted with it and not committed, and why. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
}

export interface CommitParams extends CommitScope {
  /** Without Belay's trailers. */
  readonly message: string;
  readonly shown: Shown;
  /** What hooks and signing need of the client's environment (`commitEnvironment`); it is kept nowhere. */
  readonly session: Readonly<Record<string, string>>;
}

export interface ForkParams {
  readonly checkpoint: number;
  /** A whole path; a new folder, or an empty one. */
  readonly to: string;
  /** Makes it a worktree of the supervisor's repository, on a new branch of this name. */
  readonly branch?: string;
}

export interface ForkResult {
  /** The folder to open: `to`, or where the run's folder lies in the new worktree. */
  readonly workspace: string;
  readonly taskFile: string;
}

/** A commit of the supervisor's repository, by its whole id: read only, and as it is committed. */
export type CommitSide = `commit ${string}`;

/** What stands on one side of a comparison: a checkpoint's number, the accepted tree, the folder as it is now, or a commit. */
export type Side = number | 'accepted' | 'workspace' | CommitSide;

export interface FileAt {
  /** null: no such file there. */
  readonly contentBase64: string | null;
  readonly mode: string | null;
}

export interface NotCovered {
  readonly path: string;
  readonly reason: string;
  readonly bytes: number | null;
}

export interface Question {
  readonly step: number;
  /** The whole prompt, for a new chat. */
  readonly prompt: string;
  /** What came after the last answer, for the chat that gave it. */
  readonly news: string;
  /** Where the prompt stands as a file. */
  readonly file: string;
}

/** What is left to do to decide the open gate as the recording's supervisor did: rejections first. */
export interface RecordedActs {
  readonly rejects: readonly { readonly path: string; readonly reason: string }[];
  readonly decision: Decision;
  /** A redirect's directive, or why a rollback. */
  readonly text?: string;
  /** The checkpoint of a rollback, as this run numbers it. */
  readonly to?: number;
}

/** One case of the visible suite. */
export interface VisibleCase {
  readonly id: string;
  readonly tags: readonly string[];
  /** Absent: byte for byte. */
  readonly compare?: Comparator;
  /** Of the newest verification where the workspace stands; null: it did not run the case. */
  readonly verdict: VerdictKind | null;
  /** It does not pass, and passed at the verification before. */
  readonly fell?: true;
}

export interface VisibleCases {
  /** The checkpoint that the verdicts are of; null: none was verified yet. */
  readonly checkpoint: number | null;
  /** That of the verification before; null: there was none. */
  readonly before: number | null;
  /** The suite file that the cases were taken from, absolute; null: not known. */
  readonly file: string | null;
  readonly cases: readonly VisibleCase[];
}

/** What a case gave; of one that passed only the verdict. */
export interface Tried {
  readonly id: string;
  readonly verdict: VerdictKind;
  readonly wallMs: number;
  /** What differs and how it was compared. */
  readonly detail?: string;
  /** What was run: the candidate with arguments, or a command in its place. */
  readonly args?: readonly string[];
  readonly command?: string;
  readonly stdin?: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** Every request with its parameters and its answer. A refusal is a JSON-RPC error whose message is for a person. */
export interface Requests {
  attach: { params: AttachParams; result: AttachResult };
  pause: { params: Record<string, never>; result: null };
  resume: { params: Record<string, never>; result: null };
  stop: { params: Record<string, never>; result: null };
  /** Gives the engine the model's key; it is held in memory only. */
  provideKey: { params: { readonly key: string }; result: null };
  /** What a model by hand is asked now; null: nothing. */
  question: { params: Record<string, never>; result: Question | null };
  /** The answer by hand to the question of a step. */
  answer: { params: { readonly step: number; readonly text: string }; result: null };
  /** The run's answers and decisions in the format of `run/recording.ts`. */
  readRecording: { params: Record<string, never>; result: { readonly text: string } };
  /** What was recorded at the open gate; null: nothing, or the model is not a recording. */
  recordedDecision: { params: Record<string, never>; result: RecordedActs | null };
  /** Plays so many times as quick as recorded, and says how quick it plays; null only asks. Kept in memory only. */
  setPace: { params: { readonly factor: number | null }; result: { readonly factor: number } };
  /** Decides the open gate. `text` is the redirect's directive; `to`, `planDigest` and `reason` are the rollback's. */
  decide: {
    params: {
      readonly gate: number;
      readonly decision: Decision;
      readonly shown: Shown;
      readonly text?: string;
      readonly to?: number;
      readonly planDigest?: string;
      readonly reason?: string;
    };
    result: null;
  };
  /** Adds a directive; at an open gate this decides it as a redirect. Returns the directive's number. */
  redirect: { params: { readonly text: string; readonly shown: Shown }; result: { readonly directive: number } };
  /**
   * Accepts files one by one, in the versions that were looked at; refused, all of them, when one has changed since. Returns
   * the checkpoint that holds them. What only the step in progress wrote waits for its end.
   */
  acceptFiles: {
    params: { readonly files: readonly SeenFile[]; readonly shown: Shown };
    result: { readonly checkpoint: number };
  };
  /** What `acceptAndCommit` would commit, with a message to begin with; touches nothing. */
  proposeCommit: { params: CommitScope; result: CommitProposal };
  /**
   * Makes one commit on the branch that is checked out, with these files only, then accepts them. Refused with what git and the hooks
   * said; then nothing is committed or accepted. `accepted` is false where somebody else decided meanwhile.
   */
  acceptAndCommit: {
    params: CommitParams;
    result: { readonly commit: string; readonly branch: string; readonly files: number; readonly accepted: boolean };
  };
  /**
   * Takes the newest acceptance back, of files or of a gate, named by its seq; the gate stays decided. A commit that was made with
   * it is taken back first: refused where the branch has moved on or it was pushed.
   */
  undoAccept: { params: { readonly acceptance: number }; result: null };
  withdraw: { params: { readonly directive: number }; result: null };
  /** The alarm of a stall is none: such signs raise none for a while. */
  dismissStall: { params: Record<string, never>; result: null };
  /** The other model of the task answers from the next call on; refused where `name` is not the one that would. */
  switchModel: { params: { readonly name: string }; result: null };
  /** The context is made shorter when no step is half done: by a summary, or by leaving the story out. */
  askContext: { params: { readonly way: ContextWay }; result: null };
  /** What the model wrote, by the entry that had it stand in for the story. */
  readSummary: { params: { readonly seq: number }; result: { readonly text: string } };
  planRollback: { params: { readonly to: number; readonly only?: RollbackPart }; result: RollbackPlan };
  /**
   * Queued to the end of the step in progress, or to a pause; answers when the rollback is done. What the step changes until
   * then is rolled back too. A `reason` becomes a directive. A rollback of a part (`only` as it was planned) neither pauses the
   * run nor decides an open gate.
   */
  rollBack: {
    params: {
      readonly to: number;
      readonly planDigest: string;
      readonly only?: RollbackPart;
      readonly reason?: string;
    };
    result: { readonly checkpoint: number };
  };
  /** Takes back the rollbacks that this client has asked for and that still wait for the end of the step. */
  cancelRollback: { params: Record<string, never>; result: { readonly cancelled: number } };
  /**
   * Puts one file back to its accepted version, with a directive that says so and why; `reason` may be empty. Queued to the end of
   * the step in progress; neither pauses the run nor decides an open gate. Taken back by `undoRollback`.
   */
  rejectFile: {
    params: { readonly path: string; readonly reason: string; readonly shown: Shown };
    result: { readonly directive: number; readonly checkpoint: number };
  };
  undoRollback: { params: Record<string, never>; result: { readonly checkpoint: number } };
  changeLimits: { params: { readonly limits: BudgetLimits }; result: null };
  /**
   * Verifies held-out on the newest checkpoint and journals the look (H4). It begins when the command that the agent runs has
   * ended, and the next one waits for it.
   */
  showHeldOut: { params: Record<string, never>; result: { readonly rate: number; readonly checkpoint: number } };
  /** Takes back the looks that still wait for what the agent runs to end. */
  cancelHeldOut: { params: Record<string, never>; result: { readonly cancelled: boolean } };
  visibleCases: { params: Record<string, never>; result: VisibleCases };
  /** A visible case as a document: its verdict and what its suite says of it. */
  readCase: { params: { readonly id: string }; result: { readonly text: string } };
  /** Runs these visible cases on the newest checkpoint; a look that no figure comes from. */
  tryCases: {
    params: { readonly ids: readonly string[] };
    result: { readonly checkpoint: number; readonly cases: readonly Tried[] };
  };
  /**
   * One move of the search for the step that broke a visible case: runs it at the checkpoint `verify`, with no figure from it, and
   * says which one to verify next, or what was found. Who asks no more has cancelled it; what is known is kept for the next search.
   */
  bisect: { params: { readonly id: string; readonly verify?: number }; result: Bisection };
  /** Where the supervisor's repository stands; null: there is none, or it has no commit. */
  userHead: {
    params: Record<string, never>;
    result: { readonly commit: string; readonly branch: string | null } | null;
  };
  /** All files that differ, the first of them with counts; with `paths` only these, with counts. */
  compare: {
    params: { readonly from: Side; readonly to: Side; readonly paths?: readonly string[] };
    result: { readonly files: readonly ChangedFile[] };
  };
  readFileAt: { params: { readonly side: Side; readonly path: string }; result: FileAt };
  /** Writes a checkpoint into a new folder for another run; starts nothing. */
  fork: { params: ForkParams; result: ForkResult };
  /** What would go if the newest `last` checkpoints stayed whole, and about how much of the store that frees. */
  planThinning: { params: { readonly last: number }; result: ThinningPlan };
  /** Lets the checkpoints of a plan go for good; answers when their content is removed. Refused when one has to stay by now. */
  thin: {
    params: { readonly last: number; readonly checkpoints: readonly number[] };
    result: { readonly freedBytes: number };
  };
  /** Above so many bytes the checkpoint store is thinned. */
  changeQuota: { params: { readonly storeBytes: number }; result: null };
  notCovered: { params: { readonly checkpoint: number }; result: readonly NotCovered[] };
  /** The whole output of a tool call, or the composed prompt of a step, as text. */
  readOutput: { params: { readonly step: number; readonly callId: string }; result: { readonly text: string } };
  readPrompt: { params: { readonly step: number }; result: { readonly text: string } };
  /** The run's report; null when it is still the one of entry `known` (0 for none), so that to ask again is cheap. */
  report: { params: { readonly known: number }; result: RunReport | null };
  /** Finished steps before `before`, newest last, at most 100. */
  steps: { params: { readonly before: number }; result: readonly StepSummary[] };
  /**
   * One move of a search through the steps before `before`, newest first; the answer says where the next move begins. Who asks no
   * more has cancelled it.
   */
  find: { params: { readonly text: string; readonly before: number }; result: FoundSteps };
  /** What the window reports of itself: unsaved editors (S3) and files that the supervisor saved. */
  reportEditors: { params: { readonly dirty: readonly string[]; readonly saved: readonly string[] }; result: null };
}

/** What the engine tells unasked. `entry` only after it is durable (J2). */
export interface Notifications {
  entry: Entry;
  delta: Delta;
  /** A part of a list of the state that the answer to `attach` will hold without it; in their order, before that answer. */
  stateItems: Pick<SnapshotPiece, 'list' | 'items'>;
  /** Before the engine leaves by itself, so that a client does not take it for a crash. */
  goodbye: { readonly reason: string };
}

export type RequestName = keyof Requests;
export type NotificationName = keyof Notifications;
