/**
 * Job: make one model call and fold its stream into one answer.
 * Boundary: the only file that calls the AI SDK, which is loaded once the engine serves, so that it starts fast. No
 *   retries, no budget, no journal: the caller decides those from the result.
 * Rules: B3 silence, time and length of a call are limited. Deltas carry only the new text.
 */
import { limits } from '../../run/limits.ts';
import type { TokenUsage, ToolCall } from '../../run/entry.ts';
import { estimatedUsage } from './bound.ts';
import { emptyAnswer, failureOf, hostOf, type CutBy } from './failure.ts';
import type { ModelAnswer, ModelCallOptions, ModelRequest, ModelResult } from './request.ts';
import { sdkPrompt, sdkTools, watchedFetch, type WireWatch } from './wire.ts';

const loadSdk = () => import('@ai-sdk/openai-compatible');

/** Loads what the first call needs, so that the call doesn't wait for it. A failure shows at the call. */
export async function prepareModel(): Promise<void> {
  await loadSdk().catch(() => undefined);
}

/** Must not throw: every failure is in the result. */
export async function requestModel(request: ModelRequest, options: ModelCallOptions): Promise<ModelResult> {
  const key = options.key?.trim() === '' ? undefined : options.key?.trim();
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    const message = `The key for ${hostOf(request.baseUrl)} holds characters that no key has. Enter it again.`;
    return { ok: false, failure: { kind: 'key-wrong', message, retryable: false, billed: false } };
  }
  const silenceMs = options.silenceMs ?? limits.modelSilenceMs;
  const watch: WireWatch = { status: null, contentType: '', bytes: 0 };
  const guard = new CallGuard(watch, options, silenceMs);
  let error: unknown;
  try {
    const answer = await streamed(request, key, watch, guard, options);
    if (guard.cutBy === null && answer.error === undefined) return judgeAnswer(request, answer);
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
  readonly calls: Map<string, { name: string; argumentsJson: string }>;
  usage: TokenUsage | null;
  finishReason: string;
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
  const draft: Draft = { text: '', calls: new Map(), usage: null, finishReason: 'unknown', error: undefined };
  if (guard.controller.signal.aborted) return draft;
  const { createOpenAICompatible } = await loadSdk();
  const provider = createOpenAICompatible({
    name: 'endpoint',
    baseURL: request.baseUrl,
    includeUsage: true,
    fetch: watchedFetch(watch, guard.onBytes),
    ...(key === undefined ? {} : { apiKey: key }),
  });
  // The provider's own stream: what the SDK lays over it repeats calls and runs tools, which is Belay's, and costs CPU.
  const { stream } = await provider.chatModel(request.name).doStream({
    prompt: sdkPrompt(request),
    tools: sdkTools(request.tools),
    maxOutputTokens: request.maxOutputTokens,
    abortSignal: guard.controller.signal,
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
      case 'tool-input-delta': {
        const call = draft.calls.get(part.id);
        if (call) call.argumentsJson += part.delta;
        break;
      }
      case 'finish':
        draft.finishReason = part.finishReason.raw ?? part.finishReason.unified;
        draft.usage = usageOf(part.usage);
        break;
      case 'error':
        draft.error ??= part.error ?? new Error('the stream failed');
        break;
      default: // the SDK's own bookkeeping
    }
  }
  return draft;
}

interface SdkUsage {
  readonly inputTokens: { readonly total: number | undefined; readonly cacheRead: number | undefined };
  readonly outputTokens: { readonly total: number | undefined };
}

/** null where the provider reported nothing that can be counted. */
function usageOf(usage: SdkUsage): TokenUsage | null {
  const { total: input, cacheRead = 0 } = usage.inputTokens;
  const { total: output } = usage.outputTokens;
  if (!input || output === undefined) return null;
  return { input, cachedInput: Math.min(input, cacheRead), output };
}

function judgeAnswer(request: ModelRequest, draft: Draft): ModelResult {
  const calls = [...draft.calls].map(([callId, call]): ToolCall => ({
    callId,
    name: call.name,
    argumentsJson: call.argumentsJson,
  }));
  if (draft.text.trim() === '' && calls.length === 0)
    return { ok: false, failure: emptyAnswer(request, draft.finishReason) };
  const answer: ModelAnswer = {
    text: draft.text,
    calls,
    usage: draft.usage ?? estimatedUsage(request, { text: draft.text, calls }, request.maxOutputTokens),
    usageEstimated: draft.usage === null,
    finishReason: draft.finishReason,
  };
  return { ok: true, answer };
}
