/**
 * Job: make one model call over the network and fold its stream into one answer.
 * Boundary: which SDK speaks to whom stands in `providers.ts`. No retries, no budget, no journal: the caller decides those
 *   from the result.
 * Rules: B3 silence, time and length of a call are limited. Deltas carry only the new text.
 */
import { limits } from '../../run/limits.ts';
import type { TokenUsage, ToolCall } from '../../run/entry.ts';
import type { Provider } from '../../run/providers.ts';
import { estimatedUsage, inputTokensBound } from './bound.ts';
import { emptyAnswer, failureOf, hostOf, refusedAnswer, type CutBy } from './failure.ts';
import type { ModelAnswer, ModelCallOptions, ModelRequest, ModelResult } from './request.ts';
import { languageModel, optionsOf } from './providers.ts';
import { sdkPrompt, sdkTools, signatureOf, watchedFetch, type SdkMetadata, type WireWatch } from './wire.ts';

/** Must not throw: every failure is in the result. */
export async function requestModel(request: ModelRequest, options: ModelCallOptions): Promise<ModelResult> {
  const key = options.key?.trim() === '' ? undefined : options.key?.trim();
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    const message = `The key for ${hostOf(request)} holds characters that no key has. Enter it again.`;
    return { ok: false, failure: { kind: 'key-wrong', message, retryable: false, billed: false } };
  }
  if (key === undefined && wantsKey(request.provider)) {
    const message = `${hostOf(request)} wants a key and none is set. Enter the model's key to go on.`;
    return { ok: false, failure: { kind: 'key-missing', message, retryable: false, billed: false } };
  }
  const silenceMs = options.silenceMs ?? limits.modelSilenceMs;
  const watch: WireWatch = { status: null, contentType: '', bytes: 0 };
  const guard = new CallGuard(watch, options, silenceMs);
  let error: unknown;
  try {
    const answer = await streamed(request, key, watch, guard, options);
    if (guard.cutBy === null && answer.error === undefined) return judgeAnswer(request, key, answer);
    error = answer.error;
  } catch (caught) {
    error = caught;
  } finally {
    guard.dispose();
  }
  return {
    ok: false,
    failure: failureOf({ request, key, watch, error, cutBy: guard.cutBy, silenceMs, now: options.now() }),
  };
}

/** An endpoint of one's own may want none; it says so itself where it does. */
function wantsKey(provider: Provider): boolean {
  return provider !== 'openai-compatible';
}

/** Ends the call when the caller says so, when nothing is heard, or when there is no end to it. */
class CallGuard {
  cutBy: CutBy | null = null;
  readonly controller = new AbortController();
  private readonly watch: Readonly<WireWatch>;
  private readonly options: ModelCallOptions;
  private readonly silence: NodeJS.Timeout;
  private readonly whole: NodeJS.Timeout;
  private readonly onCaller = () => {
    this.cut('caller');
  };

  constructor(watch: Readonly<WireWatch>, options: ModelCallOptions, silenceMs: number) {
    this.watch = watch;
    this.options = options;
    this.silence = setTimeout(() => {
      this.cut('silence');
    }, silenceMs);
    this.whole = setTimeout(() => {
      this.cut('time');
    }, options.callMs ?? limits.modelCallMs);
    if (options.signal.aborted) this.onCaller();
    else options.signal.addEventListener('abort', this.onCaller, { once: true });
  }

  readonly onBytes = (): void => {
    this.silence.refresh();
    this.options.onSign?.();
    if (this.watch.bytes > (this.options.answerBytes ?? limits.modelAnswerBytes)) this.cut('length');
  };

  dispose(): void {
    clearTimeout(this.silence);
    clearTimeout(this.whole);
    this.options.signal.removeEventListener('abort', this.onCaller);
  }

  private cut(by: CutBy): void {
    this.cutBy ??= by;
    this.controller.abort();
  }
}

interface Draft {
  text: string;
  readonly calls: Map<string, { name: string; argumentsJson: string; signature?: string }>;
  usage: TokenUsage | null;
  finishReason: string;
  /** The SDK's word for it; null: the answer has not ended. */
  ended: string | null;
  /** The first error of the stream. */
  error: unknown;
}

async function streamed(
  request: ModelRequest,
  key: string | undefined,
  watch: WireWatch,
  guard: CallGuard,
  { onText }: ModelCallOptions,
): Promise<Draft> {
  const draft: Draft = {
    text: '',
    calls: new Map(),
    usage: null,
    finishReason: 'unknown',
    ended: null,
    error: undefined,
  };
  if (guard.controller.signal.aborted) return draft;
  const model = await languageModel(request, key, watchedFetch(watch, guard.onBytes));
  // The provider's own stream: what the SDK lays over it repeats calls and runs tools, which is Belay's, and costs CPU.
  const { stream } = await model.doStream({
    prompt: sdkPrompt(request),
    tools: sdkTools(request.tools),
    maxOutputTokens: request.maxOutputTokens,
    abortSignal: guard.controller.signal,
    ...optionsOf(request.provider),
  });
  for await (const part of stream) {
    switch (part.type) {
      case 'text-delta':
        draft.text += part.delta;
        if (part.delta !== '') onText?.(part.delta);
        break;
      case 'tool-input-start':
        draft.calls.set(part.id, { name: part.toolName, argumentsJson: '' });
        break;
      case 'tool-call':
        takeWhole(draft, part);
        break;
      case 'tool-input-delta': {
        const call = draft.calls.get(part.id);
        if (call) call.argumentsJson += part.delta;
        break;
      }
      case 'finish':
        draft.finishReason = part.finishReason.raw ?? part.finishReason.unified;
        draft.ended = part.finishReason.unified;
        draft.usage = usageOf(part.usage);
        break;
      case 'error':
        draft.error ??= part.error ?? new Error('the stream failed');
        break;
      default: // the SDK's own bookkeeping
    }
  }
  // A stream that merely stops is no answer: its calls may be half, and the SDKs pass it on as if it were one.
  if (draft.ended === null || draft.ended === 'interrupted' || draft.finishReason === 'error')
    draft.error ??= new Error('the stream ended before the answer did');
  return draft;
}

/** The call once more, whole: for providers that send it in one piece, and for what they want back with it. */
function takeWhole({ calls }: Draft, { toolCallId, toolName, input, providerMetadata }: WholeCall): void {
  const call = calls.get(toolCallId) ?? { name: toolName, argumentsJson: '' };
  if (call.argumentsJson === '') call.argumentsJson = input;
  const signature = signatureOf(providerMetadata);
  if (signature !== undefined) call.signature = signature;
  calls.set(toolCallId, call);
}

interface WholeCall {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: string;
  readonly providerMetadata?: SdkMetadata;
}

interface SdkUsage {
  readonly inputTokens: {
    readonly total: number | undefined;
    readonly cacheRead: number | undefined;
    readonly cacheWrite: number | undefined;
  };
  readonly outputTokens: { readonly total: number | undefined };
}

/** null where the provider reported nothing that can be counted. */
function usageOf(usage: SdkUsage): TokenUsage | null {
  const { total: input, cacheRead = 0, cacheWrite = 0 } = usage.inputTokens;
  const { total: output } = usage.outputTokens;
  // B1: what is charged comes from these; an endpoint that makes them up can't lift a limit.
  if (!input || output === undefined || ![input, output, cacheRead, cacheWrite].every(isTokenCount)) return null;
  const cachedInput = Math.min(input, cacheRead);
  return { input, cachedInput, cacheWriteInput: Math.min(input - cachedInput, cacheWrite), output };
}

const tokensMost = 1_000_000_000;

function isTokenCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0 && count <= tokensMost;
}

/**
 * B1: more input than the request has bytes was never read, whatever the endpoint says; but some put words of their own around
 * tools, and count what they thought beside what they wrote.
 */
function isPossible({ input, output }: TokenUsage, request: ModelRequest): boolean {
  return input <= inputTokensBound(request) + limits.providersOwnTokens && output <= 2 * request.maxOutputTokens;
}

function judgeAnswer(request: ModelRequest, key: string | undefined, draft: Draft): ModelResult {
  const calls = [...draft.calls].map(([callId, call]): ToolCall => ({
    callId,
    ...call,
  }));
  if (draft.ended === 'content-filter')
    return { ok: false, failure: refusedAnswer({ request, key }, draft.finishReason, draft.text) };
  if (draft.text.trim() === '' && calls.length === 0)
    return { ok: false, failure: emptyAnswer(request, draft.finishReason, draft.ended === 'length') };
  const reported = draft.usage !== null && isPossible(draft.usage, request) ? draft.usage : null;
  const answer: ModelAnswer = {
    text: draft.text,
    calls,
    usage: reported ?? estimatedUsage(request, { text: draft.text, calls }, request.maxOutputTokens),
    usageEstimated: reported === null,
    finishReason: draft.finishReason,
  };
  return { ok: true, answer };
}
