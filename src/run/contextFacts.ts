/**
 * Job: the shapes of the context: how full it is, and where what was said before was replaced by a summary or left out.
 * Boundary: types only, and a leaf: entries and state are made of them.
 */
import type { TokenUsage } from './given.ts';
import type { BlobRef } from './measured.ts';
import type { CallAttempts, CallOnItsWay, ModelFailureKind } from './modelFacts.ts';

/** summary: the model writes what stands in for the story; fresh: the story is left out; both keep directives, plan and notes. */
export type ContextWay = 'summary' | 'fresh';

/** full: the prompt nears what it may have; overflow: the model said that it is too long; asked: by the supervisor. */
export type ContextWhy = 'full' | 'overflow' | 'asked';

export interface ContextEntries {
  /** To be done when no step is half done. */
  'context.asked': { readonly way: ContextWay; readonly by: string };
  /** The model is asked for a summary of the story up to `checkpoint`. */
  'summary.requested': {
    readonly checkpoint: number;
    readonly why: ContextWhy;
    readonly by?: string;
    readonly attempt: number;
    /** As that of a step. */
    readonly prompt: BlobRef;
    readonly maxOutputTokens: number;
    readonly reservedUsd: number;
    readonly reservedTokens: number;
    /** Directives that stand in this prompt, by number (G2). */
    readonly directives: readonly number[];
  };
  'summary.answered': {
    /** At most limits.summaryChars; what is longer does not pass. */
    readonly text: string;
    readonly usage: TokenUsage;
    readonly usageEstimated: boolean;
    readonly costUsd: number;
    readonly wallMs: number;
    readonly finishReason: string;
    /** What the check found wrong with it, one sentence without a full stop each; empty: it may replace the story (G2). */
    readonly problems: readonly string[];
  };
  'summary.failed': {
    readonly attempt: number;
    readonly kind: ModelFailureKind;
    readonly message: string;
    readonly retryable: boolean;
    /** Not before this wall time, ms since the epoch. */
    readonly retryAt?: number;
    /** As of a step's call (B1). */
    readonly costUsd: number;
    readonly tokens: number;
  };
  /** From here on prompts tell the story up to `checkpoint` by its summary. */
  'context.compacted': {
    readonly checkpoint: number;
    /** The last step that was begun by then. */
    readonly step: number;
    readonly why: ContextWhy;
    readonly by?: string;
    readonly summary: BlobRef;
    /** How it begins. */
    readonly head: string;
    /** How many steps it stands in for. */
    readonly steps: number;
    /** Of the prompt: as the provider counted it last, with what came since (0: not known), and as Belay estimates it now. */
    readonly tokensBefore: number;
    readonly tokensAfter: number;
    /** Of all calls for it, also of those that came to nothing. */
    readonly costUsd: number;
  };
  /** From here on prompts tell nothing of the story up to `checkpoint`. */
  'context.freshened': {
    readonly checkpoint: number;
    readonly step: number;
    readonly why: ContextWhy;
    readonly by?: string;
    readonly steps: number;
    readonly tokensBefore: number;
    readonly costUsd: number;
    /** Why no summary stands in for it, where one was wanted: a sentence without a full stop. */
    readonly instead?: string;
  };
}

/** A place in the story before which a prompt tells it otherwise; it stands as long as its checkpoint is in the story. */
export interface ContextCut {
  readonly checkpoint: number;
  readonly step: number;
  /** null: nothing is told of it. */
  readonly summary: BlobRef | null;
  /** Of the prompt right after it, as Belay estimates them; 0: nothing is told. */
  readonly tokens: number;
}

export interface SummaryInProgress extends CallAttempts {
  readonly why: ContextWhy;
  readonly by: string | null;
  readonly checkpoint: number;
  readonly request: CallOnItsWay | null;
  /** Summaries that did not pass, and calls that came to nothing for good. */
  readonly tries: number;
  /** Of the last of them. */
  readonly problems: readonly string[];
  /** One that passed, and replaces the story next. */
  readonly answer: string | null;
  readonly costUsd: number;
}

export interface ContextState {
  /** Oldest first, at most limits.contextCuts. */
  readonly cuts: readonly ContextCut[];
  readonly asked: { readonly way: ContextWay; readonly by: string } | null;
  readonly pending: SummaryInProgress | null;
  /** Of the next prompt: as the provider counted the last one with its answer, and what came since by length; null: not known. */
  readonly tokens: number | null;
  /** A prompt of so many was too long for the model; null: none was. */
  readonly tooLong: number | null;
}
