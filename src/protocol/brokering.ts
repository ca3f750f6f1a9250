/**
 * Job: the wire's other direction: what an engine asks of a window, which alone can ask the models that VS Code offers.
 * Boundary: types only. The engine composes, counts and journals; the window carries one call to the model and back.
 * Rules: only a client that said so at attach (`AttachParams.asksModels`) is asked. Exactly one window serves a call; the end of
 *   its connection is the end of the call. Either side may cancel: the engine by the request's own cancellation, the window by
 *   its answer.
 */
import type { AbortSignalLike } from '../base/clock.ts';
import type { ModelMessage, ToolDefinition } from '../run/modelMessage.ts';

/** A model as `belay.json` names it: by id, family or name, and by vendor where one is given. */
export interface WindowModel {
  readonly name: string;
  readonly vendor?: string;
}

export interface BrokeredCall {
  /** Unique within an engine's life. */
  readonly call: number;
  readonly model: WindowModel;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDefinition[];
}

/**
 * Why a window could not have the call answered. `no-model`: VS Code offers none of that name here. `no-consent`: the
 * supervisor has not allowed Belay to use it. `blocked`: a quota or a rate. `too-long`: more than the model reads.
 * `cancelled`: by the window or the model's own extension.
 */
export type BrokerRefusal = 'no-model' | 'no-consent' | 'blocked' | 'too-long' | 'cancelled' | 'failed';

export type BrokeredAnswer =
  | {
      readonly ok: true;
      readonly text: string;
      readonly calls: readonly { readonly name: string; readonly argumentsJson: string }[];
      /** As the model's own tokenizer counts them; null where it could not. */
      readonly inputTokens: number | null;
      readonly outputTokens: number | null;
    }
  | {
      readonly ok: false;
      readonly reason: BrokerRefusal;
      /** For a person: one sentence. */
      readonly message: string;
      /** Whether the model may have begun to work. */
      readonly begun: boolean;
      /** For `too-long`: how many tokens the model reads at most. */
      readonly maxInputTokens?: number;
    };

/** Asks VS Code's models for an engine. Must not throw: every failure is in the answer. */
export type AskWindowModel = (
  call: BrokeredCall,
  onText: (text: string) => void,
  signal: AbortSignalLike,
) => Promise<BrokeredAnswer>;

/** What an engine may ask of a client. */
export interface ClientRequests {
  askModel: { params: BrokeredCall; result: BrokeredAnswer };
}

/** What a client tells unasked. */
export interface ClientNotifications {
  /** New text of the answer to a call, in order. */
  modelText: { readonly call: number; readonly text: string };
}
