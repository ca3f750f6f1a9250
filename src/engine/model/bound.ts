/**
 * Job: how many tokens a call can use at most, before it is made, and how many it used where the provider does not say.
 * Boundary: pure; prices and limits are `run/budget.ts`.
 * Rules: B1 the reservation is an upper bound: a token of a byte-level vocabulary stands for at least one byte, so the input
 *   tokens are at most the UTF-8 bytes of the serialised request plus what the chat template adds around each message and
 *   tool. Serialising as JSON only adds bytes (quotes, escapes, keys), which keeps it a bound.
 */
import { estimateTokenCount } from 'tokenx';
import type { TokenUsage } from '../../run/entry.ts';
import type { ModelAnswer, ModelMessage, ModelRequest } from './request.ts';

/** The part of a request that the model reads. */
export type Prompt = Pick<ModelRequest, 'system' | 'messages' | 'tools'>;

/** Templates put role marks and separators around each message; none known uses more than ten tokens. */
const tokensAroundMessage = 16;
/** Namespaces, type words and headings around each tool that are not in its own JSON. */
const tokensAroundTool = 32;
const tokensAroundPrompt = 128;

/** Estimates by words may be short by this factor for code; the same factor that the design allows for reservations. */
const estimateMargin = 1.3;

/** At most so many input tokens. */
export function inputTokensBound(prompt: Prompt): number {
  const bytes = Buffer.byteLength(serialisedPrompt(prompt), 'utf8');
  const pieces = prompt.messages.reduce((sum, m) => sum + piecesOf(m), 1);
  return bytes + tokensAroundPrompt + pieces * tokensAroundMessage + prompt.tools.length * tokensAroundTool;
}

/** At most so many tokens were written, by the same rule. */
export function outputTokensBound({ text, calls }: Pick<ModelAnswer, 'text' | 'calls'>): number {
  return inputTokensBound({ system: '', messages: [{ role: 'assistant', text, calls }], tools: [] });
}

/** A call also carries the words around its name and arguments, and what `wire.ts` puts around malformed ones. */
function piecesOf(message: ModelMessage): number {
  if (message.role === 'tool') return message.results.length;
  return message.role === 'assistant' ? 1 + 3 * message.calls.length : 1;
}

/** Usage as Belay counts it where the provider reports none: by words with a margin, and never above the bound. */
export function estimatedUsage(
  prompt: Prompt,
  answer: Pick<ModelAnswer, 'text' | 'calls'>,
  maxOutputTokens: number,
): TokenUsage {
  const written = answer.text + answer.calls.map((call) => `${call.name} ${call.argumentsJson}`).join('\n');
  const input = Math.ceil(estimateTokenCount(serialisedPrompt(prompt)) * estimateMargin);
  const output = Math.ceil(estimateTokenCount(written) * estimateMargin);
  return {
    input: Math.min(input, inputTokensBound(prompt)),
    cachedInput: 0,
    cacheWriteInput: 0,
    output: Math.min(output, maxOutputTokens),
  };
}

function serialisedPrompt({ system, messages, tools }: Prompt): string {
  return JSON.stringify({ system, messages, tools });
}
