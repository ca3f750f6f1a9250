/**
 * Job: the one vocabulary of facts. An entry is a durable record of the journal; every screen and every decision is a
 * fold of entries, and nothing else carries a fact from the model's answer to the pixel.
 * Boundary: types only; no I/O, no ambient time. The wire and the disk use these very shapes.
 * Rules: J1 `seq` is dense from 1. J5 an effect that changes the world has its intent entry first (`…Started`).
 *   J6 `prev` is the digest of the line before. J9 a blob or commit that an entry names is already durable.
 */

import type {
  Baseline,
  BudgetLimits,
  ForkMade,
  ForkOrigin,
  ModelFacts,
  Provenance,
  Seal,
  TaskFacts,
  TokenUsage,
} from './given.ts';
import type { IntegrityCheck } from './integrity.ts';
import type {
  BlobRef,
  BuildOutcome,
  CaseChanges,
  CaseIsolation,
  NotVerified,
  Sampled,
  SuiteName,
  TagCounts,
  VerdictCounts,
  VerificationCost,
} from './measured.ts';
import type { ContextEntries } from './contextFacts.ts';
import type { ModelFailureKind } from './modelFacts.ts';
import type { StallEntries } from './stallFacts.ts';

export type * from './given.ts';
export type * from './measured.ts';
export type { ModelFailureKind } from './modelFacts.ts';

/** What of the workspace a rollback is about; without it, all. */
export interface RollbackPart {
  /** Files, and folders with all that is in them, relative to the workspace, without a slash at the end; none within another. */
  readonly paths: readonly string[];
  /** Of the one file in `paths` only the hunks at these lines. */
  readonly lines?: FileLines;
}

/** Lines of one version of a file. */
export interface FileLines {
  /** From 1, both inclusive. A hunk that only lacks lines is touched by those beside it. */
  readonly first: number;
  readonly last: number;
  /** SHA-256 (hex) of the file in which they are so numbered. */
  readonly digest: string;
}

export interface EntryHeader {
  readonly seq: number;
  /** Wall time when it was appended, ms since the epoch; for display, never for logic about order. */
  readonly at: number;
  /** SHA-256 (hex) of the journal line before this one, without its line feed; 64 zeros for the first. */
  readonly prev: string;
}

export type GateReasonKind =
  'steps' | 'cost' | 'regression' | 'debt' | 'integrity' | 'stall' | 'forecast' | 'budget' | 'question' | 'end';
export interface GateReason {
  readonly kind: GateReasonKind;
  /** One sentence without a full stop, such as "visible fell 3.1 points (8 cases)". */
  readonly text: string;
}

export interface ToolCall {
  readonly callId: string;
  readonly name: string;
  /** The arguments as the model wrote them; may be malformed JSON, which the tool's outcome then says. */
  readonly argumentsJson: string;
  /** What the provider wants back with the call, unread: the thought signature of Google's models. */
  readonly signature?: string;
}

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** What a tool did to a file, for S3 and for the log. Digests are SHA-256 of the bytes; null: no file. */
export interface FileEdit {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly lines?: LineCounts;
}

export type ToolStatus = 'ok' | 'error' | 'interrupted' | 'refused';

export type CheckpointKind = 'baseline' | 'step' | 'supervisor' | 'safety' | 'rollback' | 'reject';
/** What was rolled back where it was not the whole workspace: files and folders, or hunks of one file. */
export type RolledBackPart = 'paths' | 'hunk';
export type ChangeKind = 'added' | 'modified' | 'deleted' | 'mode';
export interface PathChange {
  /** Relative to the workspace, `/` between parts. */
  readonly path: string;
  readonly change: ChangeKind;
}

export interface Changeset {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
  /** The first of them (limits.pathsInChangeset, limits.listedPathsChars), sorted by path. */
  readonly paths: readonly PathChange[];
}

type Missing = 'key' | 'window' | 'consent'; // the last two for VS Code's models
export type PauseReason =
  'supervisor' | 'rollback' | 'budget' | Missing | 'model' | 'throttle' | 'recording' | 'disk' | 'sandbox' | 'failure';
export type Decision = 'accept' | 'rollback' | 'redirect';

/** What the supervisor had before their eyes when they decided (G3). Rates are 0–1; null: not known. */
export interface Shown {
  readonly checkpoint: number;
  readonly visibleRate: number | null;
  readonly heldOutRate: number | null;
  /** The checkpoints that the rates are of, where they were told. */
  readonly visibleAt?: number;
  readonly heldOutAt?: number;
  readonly filesChanged: number;
  readonly spentUsd: number;
}

export interface PlanItem {
  readonly title: string;
  readonly status: 'open' | 'doing' | 'done';
}

export type CommitAccepts =
  { readonly gate: number } | { readonly paths: readonly string[]; readonly checkpoint: number };

/** The registry: one member per type, `noun.pastParticiple`. A fold that forgets one does not compile. */
export interface EntryBodies extends StallEntries, ContextEntries {
  'run.created': {
    readonly runId: string;
    readonly workspace: string;
    readonly task: TaskFacts;
    readonly baseline: Baseline;
    readonly provenance: Provenance;
    readonly seal: Seal;
    readonly supervisor: string;
    /** The checkpoint of another run that its folder began as. */
    readonly forkedFrom?: ForkOrigin;
    /** Above it the checkpoint store is thinned, bytes; absent: limits.storeQuotaBytes. */
    readonly storeQuotaBytes?: number;
  };
  'engine.started': { readonly pid: number; readonly generation: number };
  /** Wall time moved by so much more than the engine was awake: the machine slept, or somebody set its clock (back: below 0). */
  'clock.jumped': { readonly byMs: number };
  'run.paused': {
    readonly reason: PauseReason;
    readonly message: string;
    readonly by?: string;
    /** Of a recorded run that has no answer where it stands: the checkpoint from which it goes on. */
    readonly checkpoint?: number;
    /** The provider holds the run up: it goes on by itself at this wall time, ms since the epoch. */
    readonly until?: number;
  };
  /** `by` is absent where a parked run went on by itself. */
  'run.resumed': { readonly by?: string };
  'stop.requested': { readonly by: string };
  'run.ended': {
    readonly outcome: 'finished' | 'stopped';
    readonly message: string;
    /** Of a recorded run: the content digest of what was left, to be compared with the recording's. */
    readonly endDigest?: string;
  };

  'step.started': { readonly step: number };
  'step.finished': { readonly step: number; readonly checkpoint: number; readonly title: string };

  'model.requested': {
    readonly step: number;
    readonly attempt: number;
    /** The request exactly as composed: system, messages, tools, settings; JSON. */
    readonly prompt: BlobRef;
    readonly maxOutputTokens: number;
    readonly reservedUsd: number;
    readonly reservedTokens: number;
    /** Directives that stand in this prompt, by number (G2). */
    readonly directives: readonly number[];
  };
  'model.answered': {
    readonly step: number;
    readonly text: string;
    readonly calls: readonly ToolCall[];
    readonly usage: TokenUsage;
    /** True when the provider reported no usage and Belay counted. */
    readonly usageEstimated: boolean;
    readonly costUsd: number;
    readonly wallMs: number;
    readonly finishReason: string;
    /** The step of the recording that it is played from. */
    readonly recordedStep?: number;
  };
  'model.failed': {
    readonly step: number;
    readonly attempt: number;
    readonly kind: ModelFailureKind;
    readonly message: string;
    readonly retryable: boolean;
    /** Not before this wall time, ms since the epoch. */
    readonly retryAt?: number;
    /** A cut call counts as its whole reservation (B1); a call that never reached the model counts nothing. */
    readonly costUsd: number;
    readonly tokens: number;
  };

  /** From the next call on this one answers. `by` is absent where it was a rung of the ladder. */
  'model.changed': { readonly model: ModelFacts; readonly by?: string };

  'tool.started': {
    readonly step: number;
    readonly callId: string;
    readonly name: string;
    /** What it does in a few words, such as "edit src/month.pl" or "run prove -r t". */
    readonly title: string;
    /** The edit it is about to make, guarded by `before` (S1, S3). */
    readonly intent?: FileEdit;
  };
  'tool.finished': {
    readonly step: number;
    readonly callId: string;
    readonly status: ToolStatus;
    /** What the agent is told, at most limits.toolOutputChars. */
    readonly output: string;
    /** The whole output where `output` is cut. */
    readonly whole?: BlobRef;
    readonly wallMs: number;
    readonly edit?: FileEdit;
    /** The digest under which the agent has now seen a file (S3). */
    readonly read?: { readonly path: string; readonly digest: string };
    readonly exitCode?: number;
    /** Notes, plan, question and end as tools of the agent set them. */
    readonly note?: string;
    readonly plan?: readonly PlanItem[];
    readonly question?: string;
    readonly finish?: string;
    /** What a command made that steers the supervisor's editor or git, relative to the workspace: moved into the quarantine. */
    readonly quarantined?: readonly string[];
    /** Beyond that list: more of it, or some that could not be moved, for a person. */
    readonly quarantineProblem?: string;
    /** Counts of a visible test run that the agent asked for. */
    readonly visible?: { readonly pass: number; readonly total: number };
  };

  'checkpoint.created': {
    readonly checkpoint: number;
    readonly kind: CheckpointKind;
    readonly step: number | null;
    /** The checkpoint whose story this one goes on with: after a rollback the one that was restored. null for 0. */
    readonly continues: number | null;
    readonly commit: string;
    readonly tree: string;
    /** Of a run that was begun before the commit named its manifest. */
    readonly manifest?: BlobRef;
    readonly title: string;
    /** Against the checkpoint before it in the store. */
    readonly changeset: Changeset;
    readonly notCovered: number;
    /** Paths among its changes that a window saved while the step ran, sorted: the supervisor's, not the agent's (S3). */
    readonly saved?: readonly string[];
    /** What the checkpoint store takes on disk with it, bytes. */
    readonly storeBytes?: number;
  };
  /** Their content is let go: the intent of a sweep, which removes it from the store. */
  'checkpoints.thinned': {
    readonly checkpoints: readonly number[];
    /** Absent: the store was over its quota. */
    readonly by?: string;
  };
  /** Nothing of the thinned checkpoints is in the store any more. */
  'store.swept': { readonly bytes: number; readonly freedBytes: number };
  'quota.changed': { readonly storeBytes: number; readonly by: string };
  'rollback.started': {
    readonly to: number;
    readonly safety: number;
    readonly plan: BlobRef;
    readonly by: string;
    /** True when it takes back an earlier rollback. */
    readonly undo: boolean;
    /** Why, as the supervisor said it, and the directive of the same commit that tells the agent. */
    readonly reason?: string;
    readonly directive?: number;
    /** Only these paths, and the run goes on: a part of the workspace, a rejection, or the undo of one. Absent: all of it. */
    readonly paths?: readonly string[];
    /** What `paths` are; absent: rejected files. */
    readonly part?: RolledBackPart;
  };
  'rollback.finished': {
    readonly to: number;
    readonly written: number;
    readonly deleted: number;
    readonly kept: number;
    readonly conflicts: readonly string[];
  };
  /** In one commit with its directive and the rollback of this one path. */
  'file.rejected': {
    readonly path: string;
    /** As the supervisor gave it; may be empty. */
    readonly reason: string;
    readonly directive: number;
    /** The checkpoint that holds the accepted version. */
    readonly to: number;
    readonly by: string;
    readonly shown: Shown;
  };

  'verification.started': { readonly checkpoint: number; readonly suite: SuiteName; readonly seed: number };
  'verification.finished': {
    readonly checkpoint: number;
    readonly suite: SuiteName;
    readonly counts: VerdictCounts;
    readonly total: number;
    readonly build: BuildOutcome;
    /** Verdict by case, JSON lines; held-out results are in the run directory only. */
    readonly results: BlobRef;
    /** Against the last verification of this suite. */
    readonly regressed: number;
    readonly repaired: number;
    /** Against what stood when the last gate was decided; absent: nothing did. */
    readonly sinceGate?: CaseChanges;
    /** At most limits.tagsInEntry, those with most cases. */
    readonly tags?: readonly TagCounts[];
    /** Absent in older journals, and where no case was run for it. */
    readonly isolation?: CaseIsolation;
    /** Absent in older journals. */
    readonly cost?: VerificationCost;
    readonly wallMs: number;
  };
  'verification.sampled': Sampled;
  'verification.failed': NotVerified;
  'integrity.checked': IntegrityCheck;
  'heldOut.viewed': { readonly checkpoint: number; readonly by: string; readonly rate: number };

  'gate.opened': {
    readonly gate: number;
    readonly step: number;
    readonly checkpoint: number;
    readonly reasons: readonly GateReason[];
  };
  'gate.decided': {
    readonly gate: number;
    readonly decision: Decision;
    readonly by: string;
    readonly shown: Shown;
    /** For a rollback. */
    readonly to?: number;
  };
  /** The accepted version of each path is from now on the one at this checkpoint, which may hold none. */
  'files.accepted': {
    readonly paths: readonly string[];
    readonly checkpoint: number;
    readonly by: string;
    readonly shown: Shown;
  };
  /** One commit on the supervisor's branch that holds what is accepted with it; the intent (J5). */
  'commit.started': {
    readonly branch: string;
    /** What the branch stood at; null: it had no commit. */
    readonly parent: string | null;
    /** With its trailers. */
    readonly message: string;
    readonly files: number;
    /** What is accepted once it is made: the open gate, or files one by one. */
    readonly accepts: CommitAccepts;
    readonly by: string;
    readonly shown: Shown;
  };
  /** In one commit of the journal with the acceptance, where that could still be made. */
  'commit.finished': { readonly commit: string; readonly accepted: boolean };
  /** Branch, index and folder are as they were, and nothing was accepted. */
  'commit.failed': { readonly message: string };
  /** The branch stands at its parent again; the files in the folder stay as they are. */
  'commit.undone': { readonly commit: string; readonly by: string };
  /** The newest acceptance, of files or of a gate, is taken back; a gate stays decided. */
  'acceptance.withdrawn': { readonly by: string };
  /** The checkpoint stands in a folder of its own now; the run that is begun there names this one (`forkedFrom`). */
  'run.forked': ForkMade;
  'directive.added': { readonly directive: number; readonly text: string; readonly by: string };
  'directive.withdrawn': { readonly directive: number; readonly by: string };
  'budget.changed': { readonly limits: BudgetLimits; readonly by: string };
}

export type EntryType = keyof EntryBodies;
export type EntryBody<T extends EntryType = EntryType> = { [K in T]: { readonly type: K } & EntryBodies[K] }[T];
export type Entry<T extends EntryType = EntryType> = {
  [K in T]: EntryHeader & { readonly type: K } & EntryBodies[K];
}[T];

export const noPrev = '0'.repeat(64);
