/**
 * Job: the shapes of a model call: what is asked, what comes back, what can go wrong.
 * Boundary: data only, Belay's own words; the SDK's types stay inside `wire.ts` and `requestModel.ts`.
 */
import type { ModelFailureKind, TokenUsage, ToolCall } from '../../run/entry.ts';
import type { ModelMessage, ToolDefinition } from '../../run/modelMessage.ts';
import type { Provider } from '../../run/providers.ts';

export type { ModelMessage, ToolDefinition } from '../../run/modelMessage.ts';

/** Who is asked. */
export interface Endpoint {
  readonly provider: Provider;
  /** Such as "http://127.0.0.1:11434/v1"; absent: the provider's own address, or no address at all. */
  readonly baseUrl?: string;
  /** The model's name there. */
  readonly name: string;
  /** Who offers it among VS Code's models; absent: whoever does. */
  readonly vendor?: string;
}

export interface ModelRequest extends Endpoint {
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly maxOutputTokens: number;
}

export interface ModelAnswer {
  readonly text: string;
  /** In the order in which the model made them; malformed arguments and unknown names are kept as they came. */
  readonly calls: readonly ToolCall[];
  readonly usage: TokenUsage;
  /** True when the provider reported no usage and Belay counted. */
  readonly usageEstimated: boolean;
  /** The provider's own word, such as "stop", "tool_calls" or "length". */
  readonly finishReason: string;
  /** The step of the recording that it is played from. */
  readonly recordedStep?: number;
}

export interface ModelFailure {
  readonly kind: ModelFailureKind;
  /** For a person: what happened, where (the host only, never the key), what to do. */
  readonly message: string;
  readonly retryable: boolean;
  /** Not before this wall time, ms since the epoch. */
  readonly retryAt?: number;
  /**
   * Whether the call may have been billed: it reached the endpoint and no error status says otherwise. Such a call counts as
   * its whole reservation (B1).
   */
  readonly billed: boolean;
  /** Of a recording that has no answer here: the checkpoint from which it goes on. */
  readonly goesOnAt?: number;
}

export type ModelResult =
  { readonly ok: true; readonly answer: ModelAnswer } | { readonly ok: false; readonly failure: ModelFailure };

/** Makes one call. Must not throw: every failure is in the result. */
export type CallModel = (request: ModelRequest, options: ModelCallOptions) => Promise<ModelResult>;

export interface ModelCallOptions {
  /** The step that the answer is for. */
  readonly step: number;
  /** Absent for endpoints that need none. Held in memory only; never in a message, a log or the journal. */
  readonly key: string | undefined;
  readonly signal: AbortSignal;
  /** Wall time, ms since the epoch. */
  readonly now: () => number;
  /** Each piece of new text, in order. */
  readonly onText?: (text: string) => void;
  /** Any byte from the endpoint: it lives. */
  readonly onSign?: () => void;
  /** No byte for this long cuts the call; limits.modelSilenceMs where absent. */
  readonly silenceMs?: number;
  /** The whole call may take this long; limits.modelCallMs where absent. */
  readonly callMs?: number;
  /** The whole answer may have so many bytes on the wire; limits.modelAnswerBytes where absent. */
  readonly answerBytes?: number;
}
