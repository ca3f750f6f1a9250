/**
 * Job: an answer as a chat completion of the protocol: message, finish reason, usage, and the deltas of a stream.
 * Boundary: pure. Tokens are counted as a quarter of the characters, as a stand-in for a tokenizer.
 */
import type { Answer } from './policy.ts';

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

export interface ProtocolToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface Completion {
  readonly id: string;
  readonly message: {
    readonly role: 'assistant';
    readonly content: string | null;
    readonly tool_calls?: readonly ProtocolToolCall[];
  };
  readonly finishReason: 'stop' | 'tool_calls' | 'length' | 'content_filter';
  readonly usage: Usage;
}

export interface CompletionOptions {
  /** Makes the ids of the tool calls unique. */
  readonly id: string;
  readonly prompt: string;
  /** The prompt of the request before: what both begin with counts as cached. */
  readonly lastPrompt: string;
  /** null: as many as it takes. */
  readonly maxTokens: number | null;
  readonly spoil: 'malformed-arguments' | 'unknown-tool' | null;
}

const charsPerToken = 4;
/** Caches work in blocks of so many tokens. */
const cacheBlockTokens = 128;
const tokens = (chars: number) => Math.ceil(chars / charsPerToken);

export function completionOf(said: Answer, options: CompletionOptions): Completion {
  const calls = said.toolCalls.map((call, i): ProtocolToolCall => ({
    id: `call_${options.id}_${String(i)}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.args) },
  }));
  const limited = limit(said.text, spoil(calls, options), options.maxTokens);
  const spoken =
    limited.text.length +
    limited.calls.reduce((sum, c) => sum + c.function.name.length + c.function.arguments.length, 0);
  const promptTokens = tokens(options.prompt.length);
  const cached =
    Math.floor(commonPrefix(options.prompt, options.lastPrompt) / charsPerToken / cacheBlockTokens) * cacheBlockTokens;
  return {
    id: options.id,
    message: {
      role: 'assistant',
      content: limited.text === '' ? null : limited.text,
      ...(limited.calls.length > 0 ? { tool_calls: limited.calls } : {}),
    },
    finishReason: limited.cut ? 'length' : limited.calls.length > 0 ? 'tool_calls' : 'stop',
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: tokens(spoken),
      total_tokens: promptTokens + tokens(spoken),
      prompt_tokens_details: { cached_tokens: Math.min(cached, promptTokens) },
    },
  };
}

/** Spoils the first call; an answer without calls gets one that is spoiled. */
function spoil(calls: readonly ProtocolToolCall[], { id, spoil: how }: CompletionOptions): readonly ProtocolToolCall[] {
  if (how === null) return calls;
  const [
    first = {
      id: `call_${id}_0`,
      type: 'function' as const,
      function: { name: 'note', arguments: '{"text":"one more thing"}' },
    },
    ...others
  ] = calls;
  const { name, arguments: json } = first.function;
  const spoiled =
    how === 'unknown-tool' ? { name: 'frobnicate', arguments: json } : { name, arguments: json.slice(0, -2) };
  return [{ ...first, function: spoiled }, ...others];
}

/** Cuts the answer where the allowance of output tokens ends, wherever that is: text first, then the calls in order. */
function limit(text: string, calls: readonly ProtocolToolCall[], maxTokens: number | null) {
  let left = maxTokens === null ? Infinity : maxTokens * charsPerToken;
  const shown = text.slice(0, left);
  left -= text.length;
  const kept: ProtocolToolCall[] = [];
  for (const { function: f, ...call } of calls) {
    if (left <= f.name.length) return { text: shown, calls: kept, cut: true };
    left -= f.name.length;
    kept.push({ ...call, function: { ...f, arguments: f.arguments.slice(0, left) } });
    left -= f.arguments.length;
  }
  return { text: shown, calls: kept, cut: left < 0 };
}

function commonPrefix(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}

const textPieceChars = 24;
const argumentPieceChars = 480;

/** The deltas of a stream: the role, the text in pieces, each call by id and name first and its arguments in pieces. */
export function deltasOf({ message }: Completion): object[] {
  const deltas: object[] = [{ role: 'assistant', content: '' }];
  for (const piece of pieces(message.content ?? '', textPieceChars)) deltas.push({ content: piece });
  for (const [index, { id, type, function: f }] of (message.tool_calls ?? []).entries()) {
    deltas.push({ tool_calls: [{ index, id, type, function: { name: f.name, arguments: '' } }] });
    for (const piece of pieces(f.arguments, Math.min(argumentPieceChars, Math.ceil(f.arguments.length / 3)))) {
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
  return deltas;
}

/** Cuts by characters, not by halves of one: a chunk must be valid UTF-8. */
function pieces(text: string, size: number): string[] {
  const chars = Array.from(text);
  const count = Math.ceil(chars.length / Math.max(1, size));
  return Array.from({ length: count }, (_, i) => chars.slice(i * size, (i + 1) * size).join(''));
}
