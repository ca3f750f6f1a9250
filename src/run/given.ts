/**
 * Job: what a run is given: its task, limits, prices, baseline, provenance and seal, as its first entry holds them.
 * Boundary: types only; `entry.ts` hands them on as part of the one vocabulary.
 */
import type { ForecastPolicy } from './forecastFacts.ts';
import type { RecordingFacts } from './recordingFacts.ts';
import type { StallPolicy } from './stallFacts.ts';

export interface Limit {
  /** Opens a gate when passed. */
  readonly soft?: number;
  /** Is never passed: the run pauses before. */
  readonly hard?: number;
}

/** What the run may use. costUsd in dollars, wall in ms of time spent running (not waiting, not paused). */
export interface BudgetLimits {
  readonly costUsd?: Limit;
  readonly tokens?: Limit;
  readonly wallMs?: Limit;
  readonly steps?: Limit;
}
export type BudgetKind = keyof BudgetLimits;

/** Dollars per million tokens: fresh input, input read from the provider's cache, input written to it, output. */
export interface TokenPrices {
  readonly inputUsdPerMTok: number;
  readonly cachedInputUsdPerMTok: number;
  readonly cacheWriteUsdPerMTok: number;
  readonly outputUsdPerMTok: number;
}

export interface Price extends TokenPrices {
  /** What a call costs, all of it, whose input has more tokens than `overInputTokens`; absent where that makes no difference. */
  readonly longContext?: TokenPrices & { readonly overInputTokens: number };
}

export interface TokenUsage {
  /** All input tokens, with those read from the provider's cache and those written to it. */
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWriteInput: number;
  readonly output: number;
}

/** When to stop for the supervisor. */
export interface GatePolicy {
  readonly everySteps?: number;
  readonly everyUsd?: number;
  /** Percentage points below the best since the last gate. */
  readonly visibleRegression?: number;
  /** Correctness debt that is borne, in percentage points; absent: none of it opens a gate. */
  readonly correctnessDebt?: number;
  /** Whether what makes the figures doubtful opens a gate; absent: it does not. */
  readonly integrity?: boolean;
}

/** How the visible suite is verified between gates; at gates both suites are run whole. */
export interface VerificationPolicy {
  /** Of one core, what verification may use over the hours. */
  readonly cpuShare: number;
  /** After so many checkpoints at the latest the whole suite is run. */
  readonly completeEvery: number;
}

/** How fast a run may go. */
export interface ThrottlePolicy {
  readonly usdPerHour?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** While more than so many steps are not accepted, the run waits before each of its steps: so long for each step too many. */
  readonly unreviewed?: { readonly steps: number; readonly waitMs: number };
  /** Hours of the day in which no call is made: minutes of the day in a time zone; `to` may lie on the day after. */
  readonly quiet?: { readonly from: number; readonly to: number; readonly zone: string };
}

/** When and how the context is made smaller. */
export interface ContextPolicy {
  /** What stands in for the story when a prompt is full; off: nothing, its oldest steps drop out of the prompt. */
  readonly way: 'summary' | 'fresh' | 'off';
  /** A prompt of so many tokens is full; absent: limits.compactAtTokens, or less where the model's window is small. */
  readonly compactAtTokens?: number;
}

/** Whether the agent could learn of held-out cases or run the reference: sealed only when nothing says otherwise. */
export interface Seal {
  readonly sealed: boolean;
  /** Why not, one sentence each; empty when sealed. */
  readonly reasons: readonly string[];
  /** Where held-out cases were not sought, though commands may read there; phrases. Absent in older journals. */
  readonly notSearched?: readonly string[];
  /** Allowed without a sandbox by whom; absent when there is one. */
  readonly unsealedBy?: string;
  /** How many attacks the sandbox withstood when it was checked on this machine; absent: it was not, or one came through. */
  readonly withstood?: number;
}

/** Where a run was forked from. */
export interface ForkOrigin {
  readonly run: string;
  readonly checkpoint: number;
}

export interface Baseline {
  /** null without a git repository. */
  readonly git: {
    readonly branch: string | null;
    readonly head: string | null;
    readonly dirty: boolean;
    /** Where the folder lies in the repository: '' is its top, else with a slash at its end. Absent in old runs. */
    readonly prefix?: string;
  } | null;
}

/** Everything that the run's outcome depends on: names to versions or digests. */
export interface Provenance {
  readonly belay: string;
  readonly engineDigest: string;
  readonly node: string;
  readonly platform: string;
  readonly git: string;
  /** null without bubblewrap. */
  readonly sandbox: string | null;
  /** SHA-256 of belay.json and of each suite and document; held-out digests are named `suite:heldOut`. */
  readonly digests: Readonly<Record<string, string>>;
}

/** A model that answers. */
export interface ModelFacts {
  readonly provider: string;
  readonly name: string;
  readonly vendor?: string;
  readonly maxOutputTokens: number;
  /** What its prompt and its answer may have together; absent: neither the task nor the price list says. */
  readonly windowTokens?: number;
  /** null: what a call costs is not known to Belay; then steps or tokens have a hard limit. */
  readonly price: Price | null;
  /** Where the price is from, for a person: "belay.json", "genai-prices 0.1.8", "the recording". */
  readonly priceFrom: string;
}

/** The task as the run took it: what the screens and the pure decisions need of `belay.json`. */
export interface TaskFacts {
  readonly name: string;
  readonly language: string;
  readonly model: ModelFacts;
  readonly limits: BudgetLimits;
  readonly gates: GatePolicy;
  /** Absent in older journals: the default of a task. */
  readonly verification?: VerificationPolicy;
  /** Absent in runs of a time before stalls were looked for. */
  readonly stalls?: StallPolicy;
  /** Another one of the same provider, which a stall or the supervisor switches to; absent: none is named. */
  readonly otherModel?: ModelFacts;
  /** Absent in runs of a time before there were forecasts. */
  readonly forecast?: ForecastPolicy;
  /** Absent in older journals: the default of a task. */
  readonly context?: ContextPolicy;
  /** Absent: nothing holds it back but its budget. */
  readonly throttle?: ThrottlePolicy;
  readonly hasReference: boolean;
  readonly hasHeldOut: boolean;
  /** What is played; absent where a real model answers. */
  readonly recording?: RecordingFacts;
}

/** One of its checkpoints in a folder of its own. */
export interface ForkMade {
  readonly checkpoint: number;
  /** Real path. */
  readonly workspace: string;
  /** Of a worktree. */
  readonly branch?: string;
  readonly by: string;
}
