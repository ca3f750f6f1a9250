/**
 * Job: the Run Report as data: both curves, gates, rollbacks, directives, spend and stops of a whole run, in bounded size.
 * Boundary: types only; `reporter.ts` folds them, `markdown.ts` and the page draw them. Times are ms since the epoch, dollars are
 *   the journal's.
 * Rules: H4 held-out figures are those that a gate or a journalled look has shown, never newer ones. B3 every list names how many
 *   there were in all and holds the newest.
 */
import type { DebtCounts } from '../debt.ts';
import type { Forecast, ForecastPolicy } from '../forecastFacts.ts';
import type { Lag, ToldSample } from '../sampleWords.ts';
import type { IntegrityCheck, IntegrityFlag } from '../integrity.ts';
import type {
  CaseChanges,
  CaseIsolation,
  Decision,
  ForkOrigin,
  GateReason,
  PauseReason,
  Seal,
  Shown,
  SuiteName,
  VerdictKind,
} from '../entry.ts';

/** Where in the run something stands: both axes of the chart, and when. */
export interface Place {
  /** The number of the step that had begun by then; 0 before the first. */
  readonly step: number;
  readonly costUsd: number;
  readonly at: number;
  /** Where the workspace stood. */
  readonly checkpoint: number;
}

/** A verified checkpoint; its place is that of the checkpoint, not of the verification, which lags behind. */
export interface CurvePoint extends Place {
  readonly pass: number;
  readonly total: number;
  readonly buildOk: boolean;
}

export interface Curve {
  /** Oldest first, thinned by the rule of `thin.ts`. */
  readonly points: readonly CurvePoint[];
  /** How many checkpoints were verified. */
  readonly total: number;
}

/** The newest of a list, oldest first, and how many there were. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export interface ReportGate extends Place {
  readonly gate: number;
  readonly reasons: readonly GateReason[];
  /** The checkpoint that was accepted as a whole when it opened: what the gate's changes are against. */
  readonly accepted: number;
  readonly decided: {
    readonly decision: Decision;
    readonly by: string;
    readonly at: number;
    readonly shown: Shown;
    readonly to?: number;
  } | null;
}

export interface ReportRollback extends Place {
  readonly to: number;
  readonly by: string;
  /** It took an earlier one back. */
  readonly undo: boolean;
  readonly written: number;
  readonly deleted: number;
  readonly kept: number;
  readonly conflicts: number;
  /** Only these files and folders; `isHunk`: a part of the one. */
  readonly paths?: readonly string[];
  readonly isHunk?: boolean;
  /** Why, as the supervisor gave it; at most limits.reportTextChars. */
  readonly reason?: string;
}

/** One file that the supervisor put back to its accepted version. */
export interface ReportRejection extends Place {
  readonly path: string;
  /** As it was given; may be empty. At most limits.reportTextChars. */
  readonly reason: string;
  readonly directive: number;
  readonly by: string;
  /** The supervisor took it back later. */
  readonly takenBack: boolean;
}

/** A verification of the visible suite at which cases failed that had passed at the one before. */
export interface Regression extends Place {
  readonly cases: number;
  readonly before: { readonly pass: number; readonly total: number };
  readonly after: { readonly pass: number; readonly total: number };
}

export interface ReportDirective extends Place {
  readonly directive: number;
  /** At most limits.reportTextChars. */
  readonly text: string;
  readonly by: string;
  /** The steps whose requests carried it: the first, the last, how many; null while it waits. */
  readonly steps: { readonly first: number; readonly last: number; readonly count: number } | null;
  readonly withdrawn: { readonly by: string; readonly at: number } | null;
}

export type StopKind = 'pause' | 'stop' | 'restart' | 'end';

/** Whatever held the run up, save gates. */
export interface ReportStop extends Place {
  readonly kind: StopKind;
  readonly reason: PauseReason | null;
  readonly message: string;
  readonly by: string | null;
  /** When it went on; null: it has not, or never can. */
  readonly until: number | null;
  readonly resumedBy: string | null;
}

export interface LimitsChange extends Place {
  /** "dollars $60 → $80; steps 400 → none" */
  readonly text: string;
  readonly by: string;
}

/** What a check of integrity found: where it was found first, and as it was found last. */
export interface ReportFinding extends Place {
  readonly flag: IntegrityFlag;
  /** The checkpoint at which it was gone; null: it stands, as far as the newest check knows. */
  readonly goneAt: number | null;
}

/** The supervisor asked for the held-out figure between gates. */
export interface Look extends Place {
  readonly by: string;
  /** 0–1. */
  readonly rate: number;
}

export interface CaseVerdict {
  readonly id: string;
  readonly verdict: VerdictKind;
}

/** From this checkpoint on the verdict was this one. */
export interface CaseChange {
  readonly checkpoint: number;
  readonly verdict: VerdictKind;
}

/** regressed: it passed and does not; flaky: it now does the one, now the other; repaired: it was lost and passes again. */
export type ChangedKind = 'regressed' | 'flaky' | 'repaired';

export interface ChangedCase {
  readonly id: string;
  readonly kind: ChangedKind;
  /** Oldest first, the first of all being what was known first; at most limits.changesPerCase, the newest. */
  readonly changes: readonly CaseChange[];
  readonly total: number;
}

export interface ReportCases {
  /** The newest verification that told of cases; null: none did. */
  readonly checkpoint: number | null;
  /** Those that do not pass, each as it was verified last. */
  readonly failing: Listed<CaseVerdict>;
  /** Those that changed after they had passed, or are flaky: what is lost first. */
  readonly changed: Listed<ChangedCase>;
  /** Cases that began to pass and were never lost. */
  readonly gained: number;
  /** Checkpoints at which one of `changed` changed, oldest first, the newest of them. */
  readonly checkpoints: readonly { readonly checkpoint: number; readonly step: number | null }[];
  /** Verifications whose verdicts could not be read. */
  readonly unread: number;
}

/** Tokens and dollars of one kind of usage. */
export interface SpendKind {
  readonly tokens: number;
  readonly usd: number;
}

export interface ModelSpend extends SpendKind {
  readonly name: string;
  readonly calls: number;
  /** Of its input, the share that was read from the provider’s cache, 0–1. */
  readonly cachedShare: number;
}

export interface Spend {
  readonly totalUsd: number;
  readonly tokens: number;
  readonly hardUsd: number | null;
  /** Of answered calls. Their dollars are by the task's price. */
  readonly kinds: {
    readonly input: SpendKind;
    readonly cachedInput: SpendKind;
    readonly cacheWriteInput: SpendKind;
    readonly output: SpendKind;
  };
  /** Calls that failed: counted as their whole reservation where the model was reached (B1). */
  readonly failed: SpendKind & { readonly calls: number };
  readonly calls: number;
  /** Of the call in progress. */
  readonly reservedUsd: number;
  /** By the model that answered, in the order of their first calls; at most limits.modelsInReport. */
  readonly models: readonly ModelSpend[];
  /** Dollars for each visible case that the best version passes and the first did not; null: none was gained, or no price is known. */
  readonly usdPerCase: number | null;
  /** Answers whose usage Belay counted by itself, and their dollars. */
  readonly estimated: { readonly calls: number; readonly usd: number };
  /** unknown: no price is known, so the dollars say nothing; estimated: tokens are Belay's own count. */
  readonly certainty: 'measured' | 'estimated' | 'unknown';
  /** Dollars an hour of running; null while it is too early to say. */
  readonly usdPerHour: number | null;
  /** In equal spans since the start, the last one not over; a span of an hour is doubled as often as needed. */
  readonly spans: { readonly spanMs: number; readonly usd: readonly number[] };
}

export interface ReportFigure {
  readonly checkpoint: number;
  readonly pass: number;
  readonly total: number;
  /** What has become of its tree since: not the one in the folder any more. Absent: nothing. */
  readonly left?: 'rejected' | 'undone' | 'partBack' | 'partUndone' | 'rolledBack';
  /** Of a figure that stands: how far it is behind what is in the folder. */
  readonly behind?: Lag;
  /** Cases that changed since what stood when the last gate was decided; absent: nothing did, or it is not known. */
  readonly sinceGate?: CaseChanges;
}

/** A sample of the visible suite that is newer than the newest run of all cases. */
export interface ReportSample extends ReportFigure, ToldSample {}

export interface ReportRun {
  readonly runId: string;
  readonly name: string;
  readonly language: string;
  readonly workspace: string;
  readonly model: { readonly provider: string; readonly name: string; readonly priceFrom: string };
  readonly supervisor: string;
  readonly forkedFrom?: ForkOrigin;
  readonly createdAt: number;
  readonly belay: string;
  readonly hasHeldOut: boolean;
  readonly seal: Seal;
}

/** What the next dollars are expected to buy, and by what it is weighed; null where nothing is verified yet, the run is over, or no price is known. */
export interface ReportForecast {
  readonly forecast: Forecast;
  readonly policy: ForecastPolicy;
}

export interface RunReport {
  /** The last entry that it tells of, and its time. */
  readonly seq: number;
  readonly at: number;
  /** null: the journal has no first entry yet. */
  readonly run: ReportRun | null;
  /** How the run stands by its journal; whether an engine answers is not said here. */
  readonly standing: { readonly word: string; readonly detail: string; readonly ended: boolean };
  readonly steps: number;
  readonly openGate: number | null;
  /** Visible: the newest of what lies in the folder; null: that is not verified. Held-out: as of the last gate or look. */
  readonly figures: Readonly<Record<SuiteName, ReportFigure | null>>;
  readonly sample: ReportSample | null;
  /** What the held-out figure stands as of: "gate 3", "a look". */
  readonly heldOutAsOf: string | null;
  readonly heldOutLooks: number;
  /** Of the checkpoint that the held-out figure is of; null: the visible suite was not run on it. */
  readonly debt: DebtCounts | null;
  /** The newest check of integrity; null: none was made. */
  readonly integrity: IntegrityCheck | null;
  /** What checks have found, each finding once. */
  readonly findings: Listed<ReportFinding>;
  readonly best: ReportFigure | null;
  /** How the cases of the newest verification were kept apart; null: none has told it. */
  readonly isolation: CaseIsolation | null;
  readonly cases: ReportCases;
  readonly curves: Readonly<Record<SuiteName, Curve>>;
  readonly gates: Listed<ReportGate>;
  readonly rollbacks: Listed<ReportRollback>;
  readonly rejections: Listed<ReportRejection>;
  readonly regressions: Listed<Regression>;
  readonly directives: Listed<ReportDirective>;
  readonly stops: Listed<ReportStop>;
  readonly limitChanges: Listed<LimitsChange>;
  readonly looks: Listed<Look>;
  readonly spend: Spend;
  readonly forecast: ReportForecast | null;
  /** Time spent running, waiting at gates, and paused or without an engine, ms. */
  readonly time: { readonly runningMs: number; readonly gatesMs: number; readonly stoppedMs: number };
  readonly checkpoints: {
    readonly total: number;
    readonly supervisor: number;
    readonly rollbacks: number;
    readonly accepted: number;
    readonly head: number | null;
  };
}
