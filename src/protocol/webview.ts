/**
 * Job: the messages between the extension host and the Run webview: two registries, one for each direction.
 * Boundary: types only. Entries, deltas and plans travel as they stand in the journal and on the engine's wire; the webview
 *   folds them with the same reducer and holds no fact of its own.
 * Rules: the webview says `ready` first and is then sent one `state`, later `entry` after `entry` with dense seq. An
 *   intent asks; what became of it comes back as an entry, or as a `notice` that names the intent.
 */
import type { Delta } from '../run/delta.ts';
import type { Entry, RollbackPart, Shown } from '../run/entry.ts';
import type { AwayNews } from '../run/away.ts';
import type { RunState, StepSummary } from '../run/state.ts';
import type { EngineLink } from '../run/status.ts';
import type { RecordedActs, RollbackPlan } from './messages.ts';

/**
 * none: the folder has no run; starting: an engine was asked for; attached: live; readOnly: a finished run is served;
 * lost: the engine does not answer (the state shown is the last one known).
 */
export type ConnectionKind = EngineLink;

export interface Connection {
  readonly kind: ConnectionKind;
  /** Since when, ms since the epoch. */
  readonly since: number;
}

/** What the host sends. */
export interface HostMessages {
  /** Replaces everything that the webview folded; the answer to `ready`, and after a gap. */
  state: {
    readonly state: RunState;
    readonly connection: Connection;
    /** The host's clock when it sent this: a remote host and the window may disagree about the time. */
    readonly now: number;
  };
  connection: { readonly connection: Connection };
  entry: { readonly entry: Entry };
  delta: { readonly delta: Delta };
  /** The plan to show inline, the answer to `rollBackAsk`; null takes it away (cancelled, done or refused). */
  rollbackPlan: { readonly plan: RollbackPlan | null };
  /** An older page, oldest first, the answer to `olderSteps`; `before` repeats the question. */
  steps: { readonly before: number; readonly steps: readonly StepSummary[] };
  /** How many files differ from the accepted tree, and how many of them the supervisor has not read; null: not known. */
  review: { readonly filesChanged: number; readonly unread: number | null };
  /** How many times as quick as it was made a recording plays. */
  pace: { readonly factor: number };
  /** What was recorded at the open gate; null: no gate is open, or none was there. */
  recordedHere: { readonly acts: RecordedActs | null };
  /** Scroll the log to this finished step and open its row, paging older ones in as needed. */
  reveal: { readonly step: number };
  /** What a file with an answer holds, for the box. */
  answerFile: { readonly text: string };
  /** What the run did while nobody looked; null: nothing to tell, or read. */
  away: { readonly news: AwayNews | null };
  /** One sentence for the supervisor. With `intent` it says that this intent was refused, so that its input is given back. */
  notice: { readonly severity: 'info' | 'warning' | 'error'; readonly text: string; readonly intent?: IntentName };
}

/** What the webview asks for. Every member is the supervisor's gesture, save `ready` and `olderSteps`. */
export interface Intents {
  ready: Record<never, never>;
  start: Record<never, never>;
  /** Starts the engine of the same run again. */
  startAgain: Record<never, never>;
  pause: Record<never, never>;
  resume: Record<never, never>;
  stop: Record<never, never>;
  /** Shows what the open gate is about: the Review view and the diffs. */
  reviewGate: Record<never, never>;
  accept: { readonly gate: number; readonly shown: Shown };
  /** The same with a commit on the supervisor's branch; its message is asked for first. */
  acceptAndCommit: { readonly shown: Shown };
  /** A directive; while a gate is open this decides it as a redirect. */
  redirect: { readonly text: string; readonly shown: Shown };
  withdraw: { readonly directive: number };
  /** The alarm of a stall is none. */
  dismissStall: Record<never, never>;
  /** Asks for a plan. null: the host lets the supervisor pick the checkpoint. */
  rollBackAsk: { readonly checkpoint: number | null };
  /** Carries the plan out; while a gate is open this decides it as a rollback. */
  rollBackConfirm: {
    readonly planDigest: string;
    readonly to: number;
    /** As it was planned; a part decides no gate. */
    readonly only?: RollbackPart;
    readonly shown: Shown;
    /** Why, for the agent. */
    readonly reason?: string;
  };
  /** Leaves the plan; takes it back where it was confirmed and waits for the end of the step. */
  rollBackCancel: Record<never, never>;
  /** What the planned rollback would change, as a multi-diff. */
  openRollbackDiff: { readonly to: number };
  /** One file of the plan, now against the checkpoint. */
  openPlannedFile: { readonly to: number; readonly path: string };
  undoRollback: Record<never, never>;
  /** All changes since the accepted tree. */
  openDiffs: Record<never, never>;
  /** One checkpoint against the one before it. */
  openCheckpointDiff: { readonly checkpoint: number };
  /** The whole output of a tool call as a read-only document. */
  openOutput: { readonly step: number; readonly callId: string };
  /** The prompt of a step as it was sent. */
  openPrompt: { readonly step: number };
  /** What the model wrote, by the entry that has it stand in for the story. */
  openSummary: { readonly seq: number };
  /** The link of a step, to the clipboard. */
  copyStepLink: { readonly step: number };
  /** A file of the workspace, relative path. */
  openFile: { readonly path: string };
  /** The report of the run, in the editor. */
  openReport: Record<never, never>;
  /** What happened while one was away has been read. */
  dismissAway: Record<never, never>;
  enterKey: Record<never, never>;
  /** Lets VS Code ask for the consent that its model needs, and goes on. */
  allowModel: Record<never, never>;
  copyQuestion: Record<never, never>;
  /** The answer to the question of a step, for a model by hand. */
  answer: { readonly step: number; readonly text: string };
  /** Lets the supervisor choose the file with the answer; what it holds comes back as `answerFile`. */
  chooseAnswerFile: Record<never, never>;
  /** The same for a file that was dropped as a URI: a page can't read one. */
  readAnswerFile: { readonly uri: string };
  raiseLimits: Record<never, never>;
  /** Verifies held-out on the newest checkpoint and journals the look (H4). */
  showHeldOut: Record<never, never>;
  /** Names the visible cases that do not pass. */
  showFailing: Record<never, never>;
  /** Plays a recording so many times as quick as it was made. */
  setPace: { readonly factor: number };
  /** Decides the open gate as the recording's supervisor did. */
  doAsRecorded: Record<never, never>;
  /** A fresh copy of the sample in a new folder. */
  restartSample: Record<never, never>;
  newTask: Record<never, never>;
  /** Finished steps before this one. */
  olderSteps: { readonly before: number };
}

export type IntentName = keyof Intents;
export type HostMessageType = keyof HostMessages;

export type HostMessage<T extends HostMessageType = HostMessageType> = {
  [K in T]: { readonly type: K } & HostMessages[K];
}[T];
export type WebviewMessage<T extends IntentName = IntentName> = { [K in T]: { readonly type: K } & Intents[K] }[T];
