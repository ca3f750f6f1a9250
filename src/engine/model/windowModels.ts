/**
 * Job: VS Code's models, asked through the windows that are attached: which window serves a call, and what became of it.
 * Boundary: knows a window as something that can be asked; the socket is the server's, `vscode.lm` the extension's.
 * Rules: exactly one window serves a call; where it has not the model, or no consent, the next is asked before the call has
 *   failed. B1 a window that goes away in mid-answer leaves a call that may have been paid for: it counts wholly. The models
 *   can't be told how long an answer may be: one that grows beyond its cap is ended here. B3 silence, time and length are limited.
 */
import { estimateTokenCount } from 'tokenx';
import { messageOf } from '../../base/assert.ts';
import type { BrokeredAnswer, BrokeredCall, BrokerRefusal } from '../../protocol/brokering.ts';
import type { ModelFailureKind, TokenUsage, ToolCall } from '../../run/entry.ts';
import { limits } from '../../run/limits.ts';
import { estimatedUsage, inputTokensBound, outputTokensBound } from './bound.ts';
import { emptyAnswer } from './failure.ts';
import type { CallModel, ModelCallOptions, ModelFailure, ModelRequest, ModelResult } from './request.ts';

/** A window that said that it can ask VS Code's models. */
export interface ModelWindow {
  /** Rejects with WindowGone when the window goes away first. */
  askModel(call: BrokeredCall, onText: (text: string) => void, signal: AbortSignal): Promise<BrokeredAnswer>;
}

export class WindowGone extends Error {
  override readonly name = 'WindowGone';
}

type Refused = Extract<BrokeredAnswer, { readonly ok: false }>;
type Cut = 'caller' | 'silence' | 'time' | 'length';

/** What is left of a model's window for the conversation, beside instructions, tools and the answer. */
const storyShare = 0.6;
/** A story of fewer tokens holds no step. */
const storyTokensLeast = 2_000;

export class WindowModels {
  private readonly windows = new Set<ModelWindow>();
  private calls = 0;
  private storyMost: number = limits.conversationTokens;

  /** Whether somebody is there to be asked. */
  get present(): boolean {
    return this.windows.size > 0;
  }

  /** How many tokens the conversation may have, as far as the model has let know. */
  get storyTokens(): number {
    return this.storyMost;
  }

  add(window: ModelWindow): void {
    this.windows.add(window);
  }

  /** Also for one that was never added. */
  remove(window: object): void {
    this.windows.delete(window as ModelWindow);
  }

  /** Asks one window after the other until one has the model. Must not throw. */
  readonly call: CallModel = async (request, options): Promise<ModelResult> => {
    let refused: Refused | null = null;
    for (const window of [...this.windows]) {
      const outcome = await this.ask(window, request, options);
      if ('ok' in outcome) return outcome;
      // Consent can be given at once; a missing model has to be found first.
      if (refused?.reason !== 'no-consent') refused = outcome.refused;
    }
    return refused === null ? gone(options, false) : { ok: false, failure: failureOf(refused) };
  };

  private async ask(
    window: ModelWindow,
    request: ModelRequest,
    options: ModelCallOptions,
  ): Promise<ModelResult | { readonly refused: Refused }> {
    this.calls += 1;
    const guard = new Guard(request, options);
    try {
      const asked = window.askModel(brokered(this.calls, request), guard.onText, guard.signal);
      const answer = await Promise.race([asked, guard.cut]);
      if (typeof answer === 'string') {
        asked.catch(() => undefined); // what became of it is known already
        return cutResult(answer, request, guard.text);
      }
      if (answer.ok) return answered(request, answer);
      if (answer.reason === 'no-model' || answer.reason === 'no-consent') return { refused: answer };
      return { ok: false, failure: this.learn(answer) };
    } catch (error) {
      if (error instanceof WindowGone) return gone(options, true);
      return failed('server-error', `The window could not ask the model: ${messageOf(error)}.`, true, true);
    } finally {
      guard.dispose();
    }
  }

  /** Some models read less than others: the next prompt is made to fit. */
  private learn(refused: Refused): ModelFailure {
    const failure = failureOf(refused);
    if (refused.reason !== 'too-long') return failure;
    const next = Math.floor(Math.min(this.storyMost, refused.maxInputTokens ?? this.storyMost) * storyShare);
    if (next < storyTokensLeast) return failure;
    this.storyMost = next;
    return { ...failure, retryable: true };
  }
}

/** Ends the call when the caller says so, when nothing is heard, or when there is no end to it. */
class Guard {
  text = '';
  readonly cut: Promise<Cut>;
  private readonly controller = new AbortController();
  private readonly silence: NodeJS.Timeout;
  private readonly whole: NodeJS.Timeout;
  private readonly options: ModelCallOptions;
  private readonly end: (by: Cut) => void;
  private readonly maxOutputTokens: number;
  private counted = 0;
  private readonly onCaller = (): void => {
    this.end('caller');
  };

  constructor({ maxOutputTokens }: ModelRequest, options: ModelCallOptions) {
    const { promise, resolve } = Promise.withResolvers<Cut>();
    this.cut = promise;
    this.options = options;
    this.maxOutputTokens = maxOutputTokens;
    this.end = (by) => {
      resolve(by);
      this.controller.abort();
    };
    this.silence = setTimeout(this.end, options.silenceMs ?? limits.windowSilenceMs, 'silence');
    this.whole = setTimeout(this.end, options.callMs ?? limits.modelCallMs, 'time');
    if (options.signal.aborted) this.onCaller();
    else options.signal.addEventListener('abort', this.onCaller, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  readonly onText = (text: string): void => {
    if (this.signal.aborted) return;
    this.silence.refresh();
    this.text += text;
    this.options.onSign?.();
    if (text !== '') this.options.onText?.(text);
    if (this.text.length - this.counted < charsBetweenCounts) return;
    this.counted = this.text.length;
    if (estimateTokenCount(this.text) > this.maxOutputTokens) this.end('length');
  };

  dispose(): void {
    clearTimeout(this.silence);
    clearTimeout(this.whole);
    this.options.signal.removeEventListener('abort', this.onCaller);
  }
}

const charsBetweenCounts = 512;

function brokered(call: number, { name, vendor, system, messages, tools }: ModelRequest): BrokeredCall {
  return { call, model: { name, ...(vendor !== undefined && { vendor }) }, system, messages, tools };
}

function answered(request: ModelRequest, answer: Extract<BrokeredAnswer, { readonly ok: true }>): ModelResult {
  const { text } = answer;
  const calls = answer.calls.map((call, index): ToolCall => ({ ...call, callId: String(index + 1) }));
  if (text.trim() === '' && calls.length === 0) return { ok: false, failure: emptyAnswer(request, 'stop', false) };
  const usage = usageOf(request, { text, calls }, answer);
  return { ok: true, answer: { text, calls, usage, usageEstimated: true, finishReason: 'stop' } };
}

/** As the model's own tokenizer counts where it does, never above the proven bound. */
function usageOf(
  request: ModelRequest,
  written: { readonly text: string; readonly calls: readonly ToolCall[] },
  { inputTokens, outputTokens }: { readonly inputTokens: number | null; readonly outputTokens: number | null },
): TokenUsage {
  const estimated = estimatedUsage(request, written, request.maxOutputTokens);
  return {
    ...estimated,
    input: inputTokens === null ? estimated.input : Math.min(inputTokens, inputTokensBound(request)),
    output: outputTokens === null ? estimated.output : Math.min(outputTokens, outputTokensBound(written)),
  };
}

function cutResult(by: Cut, request: ModelRequest, text: string): ModelResult {
  switch (by) {
    case 'length': {
      // Providers end an answer at its cap too; what was written until then counts.
      const usage = usageOf(request, { text, calls: [] }, { inputTokens: null, outputTokens: request.maxOutputTokens });
      return { ok: true, answer: { text, calls: [], usage, usageEstimated: true, finishReason: 'length' } };
    }
    case 'caller':
      return failed('interrupted', 'The call to VS Code’s model was interrupted.', true, true);
    case 'silence':
      return failed('silent', 'VS Code’s model gave nothing for too long, so the call was ended.', true, true);
    case 'time':
      return failed('silent', 'VS Code’s model did not finish in the time that a call may take.', true, true);
  }
}

/** Another window is asked at once, or the run waits for one. */
function gone({ now }: ModelCallOptions, billed: boolean): ModelResult {
  const failure: ModelFailure = {
    kind: 'cut',
    message: 'The window that asked VS Code’s model went away before the answer was there.',
    retryable: true,
    retryAt: now(),
    billed,
  };
  return { ok: false, failure };
}

const kinds: Readonly<Record<BrokerRefusal, { readonly kind: ModelFailureKind; readonly retryable: boolean }>> = {
  'no-model': { kind: 'unknown-model', retryable: false },
  'no-consent': { kind: 'no-consent', retryable: false },
  blocked: { kind: 'rate-limited', retryable: true },
  'too-long': { kind: 'too-long', retryable: false },
  cancelled: { kind: 'interrupted', retryable: true },
  failed: { kind: 'server-error', retryable: true },
};

function failureOf({ reason, message, begun }: Refused): ModelFailure {
  return { ...kinds[reason], message, billed: begun };
}

function failed(kind: ModelFailureKind, message: string, retryable: boolean, billed: boolean): ModelResult {
  return { ok: false, failure: { kind, message, retryable, billed } };
}
