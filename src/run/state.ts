/**
 * Job: the shape of a run as folded from its journal: what `decide` and every screen read.
 * Boundary: data only; `reduce.ts` is the one place that makes it.
 */
import type { LongList } from '../base/longList.ts';
import type {
  Baseline,
  BlobRef,
  BudgetLimits,
  Changeset,
  CheckpointKind,
  FileEdit,
  ForkOrigin,
  GateReason,
  ModelFacts,
  PauseReason,
  PlanItem,
  Provenance,
  RolledBackPart,
  Seal,
  SuiteName,
  TaskFacts,
  ToolStatus,
} from './entry.ts';
import type { ContextState } from './contextFacts.ts';
import type { CommitInProgress, FinishedCommit } from './commitState.ts';
import type { DebtCounts } from './debt.ts';
import type { ForecastState } from './forecastFacts.ts';
import type { SuiteFigures } from './figures.ts';
import type { Happening } from './happeningFacts.ts';
import type { IntegrityState } from './reduceIntegrity.ts';
import type { StallState } from './stallFacts.ts';
import type { StepInProgress, StepTokens } from './stepState.ts';
import type { Pace } from './pace.ts';

export type { Happening, HappeningKind } from './happeningFacts.ts';
export type * from './stepState.ts';

export type * from './figures.ts';

/** Why the supervisor rolled back, where they said it, and the directive that tells the agent. */
export interface RollbackWhy {
  readonly reason: string;
  readonly directive: number;
}

export interface FinishedRollback {
  readonly to: number;
  readonly safety: number;
  readonly conflicts: readonly string[];
  /** It took an earlier rollback back: to take it back in turn is to do that one again. */
  readonly undo: boolean;
  /** The gate that it decided: its undo opens that one again. */
  readonly gate: GateOpen | null;
  /** Only these paths: a part of the workspace, a rejection, or the undo of one. */
  readonly paths?: readonly string[];
  /** What the paths are; absent: rejected files. */
  readonly part?: RolledBackPart;
  /** Of an undo: of the rollback that it took back. */
  readonly why?: RollbackWhy;
}

export interface PutBack {
  readonly paths: readonly string[];
  readonly part: RolledBackPart;
  readonly to: number;
  readonly undo: boolean;
}

/** A file that the supervisor rejected. */
export interface Rejection {
  readonly path: string;
  /** May be empty. */
  readonly reason: string;
  readonly directive: number;
  readonly by: string;
  readonly at: number;
  /** The checkpoint that holds the accepted version. */
  readonly to: number;
  /** The supervisor took it back: the file is as it was before. */
  readonly takenBack: boolean;
}

/** The accepted tree as it was before an acceptance, and what that one was. */
export interface BeforeAccept {
  readonly accepted: number;
  readonly acceptedFiles: Readonly<Record<string, number>>;
  /** The seq of the acceptance, which names it. */
  readonly acceptance: number;
  /** How many files were accepted; null: a whole gate. */
  readonly files: number | null;
}

export interface RunState {
  /** The last entry folded; 0 before the first. */
  readonly seq: number;
  /** Wall time of that entry. */
  readonly at: number;
  readonly run: RunFacts | null;
  readonly generation: number;
  readonly paused: Paused | null;
  readonly stopRequested: boolean;
  readonly ended: Ended | null;
  /** The step in progress. */
  readonly step: StepInProgress | null;
  /** Finished steps, oldest first, at most limits.stepsInState. */
  readonly steps: readonly StepSummary[];
  readonly stepsFinished: number;
  /** Also those that a rollback cut; the next step has the next number. */
  readonly stepsStarted: number;
  readonly checkpoints: LongList<CheckpointSummary>;
  /** The checkpoint that the workspace goes on from. */
  readonly head: number | null;
  /** The checkpoint whose tree is accepted as a whole; 0 at first. */
  readonly accepted: number;
  /** Files accepted one by one since: the checkpoint that holds the accepted version (or holds none). See accepted.ts. */
  readonly acceptedFiles: Readonly<Record<string, number>>;
  /** What the newest acceptance replaced: what "Undo" brings back; null when there is nothing to undo. */
  readonly beforeAccept: BeforeAccept | null;
  /** A commit on the supervisor's branch that was begun and whose end is not known yet. */
  readonly commit: CommitInProgress | null;
  /** The newest commit that was made and not taken back. */
  readonly lastCommit: FinishedCommit | null;
  readonly rollback: RollbackInProgress | null;
  /** The last finished rollback, until a step follows it: what "Undo" takes back. */
  readonly lastRollback: FinishedRollback | null;
  readonly figures: Readonly<Record<SuiteName, SuiteFigures>>;
  /** Of the newest checkpoint of which both suites are known. */
  readonly debt: DebtCounts | null;
  readonly integrity: IntegrityState;
  readonly stalls: StallState;
  readonly forecast: ForecastState;
  readonly context: ContextState;
  readonly gate: GateOpen | null;
  /** A gate decided by a rollback that starts with the next entry. */
  readonly gateRolledBack: GateOpen | null;
  readonly gatesDecided: number;
  /** What was used when the last gate was decided: the base for "every N steps" and "every $X". */
  readonly sinceGate: {
    readonly steps: number;
    readonly spentUsd: number;
    /** The best visible pass rate of the checkpoints after `checkpoint`; a rollback begins anew. */
    readonly bestVisible: number | null;
    readonly checkpoint: number;
    /** Verdicts by case of the newest verification then. */
    readonly results: Readonly<Partial<Record<SuiteName, BlobRef>>>;
  };
  /** Soft limits that already opened a gate. */
  readonly softPassed: readonly (keyof BudgetLimits)[];
  readonly directives: readonly Directive[];
  /** Oldest first, with those that were taken back. */
  readonly rejections: readonly Rejection[];
  readonly plan: readonly PlanItem[];
  readonly notes: readonly string[];
  /** A question or an end that the agent declared and that no gate has taken up yet. */
  readonly asked: { readonly question?: string; readonly finish?: string } | null;
  /** The supervisor accepted the end: nothing is left but to end the run. */
  readonly endAccepted: boolean;
  readonly budget: BudgetState;
  readonly pace: Pace;
  readonly heldOutLooks: number;
  /** Oldest first, at most limits.happeningsInState. */
  readonly happenings: readonly Happening[];
  readonly store: StoreFacts;
}

/** What the checkpoint store took on disk at a time (ms since the epoch). */
export interface StoreSample {
  readonly at: number;
  readonly bytes: number;
}

export interface StoreFacts {
  /** null: no checkpoint has told it. */
  readonly bytes: number | null;
  readonly quotaBytes: number;
  /** Oldest first, at most limits.storeSamples, over the whole run. */
  readonly samples: readonly StoreSample[];
  /** Checkpoints were thinned whose content is still to be removed. */
  readonly sweepDue: boolean;
}

export interface Ended {
  readonly outcome: 'finished' | 'stopped';
  readonly message: string;
  readonly at: number;
  /** Of a recorded run: the content digest of what was left. */
  readonly endDigest?: string;
}

export interface RunFacts {
  readonly runId: string;
  readonly workspace: string;
  readonly task: TaskFacts;
  readonly baseline: Baseline;
  readonly provenance: Provenance;
  readonly seal: Seal;
  readonly supervisor: string;
  readonly forkedFrom?: ForkOrigin;
  readonly createdAt: number;
  /** The model that the task names, where another one answers now. */
  readonly ownModel?: ModelFacts;
}

export interface Paused {
  readonly reason: PauseReason;
  readonly message: string;
  readonly since: number;
  /** The checkpoint from which a recorded run goes on. */
  readonly checkpoint?: number;
  /** When it goes on by itself, ms since the epoch. */
  readonly until?: number;
}

/** A row of the log: outputs are cut to a few lines, the whole is read from the journal. */
export interface StepSummary {
  readonly step: number;
  /** The seq of its `step.started`. */
  readonly seq: number;
  readonly title: string;
  readonly text: string;
  readonly checkpoint: number;
  readonly costUsd: number;
  readonly tokens: StepTokens;
  readonly wallMs: number;
  readonly calls: readonly CallSummary[];
}

export interface CallSummary {
  readonly callId: string;
  readonly name: string;
  readonly title: string;
  readonly status: ToolStatus;
  readonly wallMs: number;
  /** The first lines of the output. */
  readonly head: string;
  readonly edit?: FileEdit;
  readonly exitCode?: number;
  readonly visible?: { readonly pass: number; readonly total: number };
}

export interface CheckpointSummary {
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  readonly step: number | null;
  readonly continues: number | null;
  readonly commit: string;
  readonly tree: string;
  readonly manifest?: BlobRef;
  readonly title: string;
  readonly at: number;
  readonly changeset: Changeset;
  readonly notCovered: number;
  /** Changed paths that the supervisor saved while the step ran. */
  readonly saved?: readonly string[];
  /** Set by the verification of this checkpoint. */
  readonly visible?: { readonly pass: number; readonly total: number };
  readonly gate?: number;
  /** Its content was let go: it can't be compared, exported or rolled back to. */
  readonly thinned?: true;
  /** Of a checkpoint of kind `reject`: what was put back, or by an undo came again. */
  readonly rejected?: { readonly paths: readonly string[]; readonly undo: boolean };
  /** Of a rollback of a part: what it was about. Its story goes on from where it stood. */
  readonly putBack?: PutBack;
  /** Of a rollback that was a rung of Belay's. */
  readonly byBelay?: true;
}

export interface RollbackInProgress {
  readonly to: number;
  readonly safety: number;
  readonly plan: BlobRef;
  readonly by: string;
  readonly undo: boolean;
  /** The gate that it decided; of an undo, the gate that it opens again. */
  readonly gate: GateOpen | null;
  /** Only these paths; absent: the whole workspace. */
  readonly paths?: readonly string[];
  readonly part?: RolledBackPart;
  readonly why?: RollbackWhy;
}

export interface GateOpen {
  readonly gate: number;
  readonly step: number;
  readonly checkpoint: number;
  readonly reasons: readonly GateReason[];
  readonly openedAt: number;
}

export interface Directive {
  readonly directive: number;
  readonly text: string;
  readonly by: string;
  readonly withdrawn: boolean;
  /** The step whose request carried it first; null while it waits. */
  readonly sentInStep: number | null;
}

export interface BudgetState {
  readonly limits: BudgetLimits;
  readonly spentUsd: number;
  readonly reservedUsd: number;
  readonly tokens: number;
  readonly reservedTokens: number;
  /** Input tokens of all answers, as the provider counts them. */
  readonly inputTokens: number;
  /** Of these, read from the provider's cache, and written to it. */
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  /** Tokens of answers whose provider reported no usage, so that Belay counted. */
  readonly estimatedTokens: number;
  /** Time spent running, up to `runningSince` exclusive. */
  readonly wallMs: number;
  /** Since when the run is running (not paused, no gate); null while it waits. */
  readonly runningSince: number | null;
}
