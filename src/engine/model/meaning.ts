/**
 * Job: read from the words of an endpoint's refusal what its status does not say.
 * Boundary: pure; words in, meaning out. What follows from it is `failure.ts`'s. The words are those that the providers and
 *   the common servers use; each is exercised in test/conformance.
 */

/** What a refusal means whatever its status is; null: what the status says. */
export type Meaning = 'too-long' | 'key-wrong' | 'unknown-model' | 'no-quota' | null;

/** More than the context holds, or than one request may carry at all. */
const tooLong = [
  /context_length_exceeded|exceed_context_size|request_too_large/, // OpenAI and others; llama.cpp; Anthropic, by bytes
  /prompt is too long|prompt too long/i, // Anthropic; Ollama
  /exceeds? (?:the )?(?:available |model's )?context (?:size|window|length|limit)/i, // OpenAI, llama.cpp, Ollama, Anthropic
  /exceeds the maximum number of tokens/i, // Google
  /maximum context length (?:is|of)/i, // OpenAI, vLLM, OpenRouter
  /context (?:size|length|window) (?:has been |was |is )?exceeded/i, // LM Studio
  /greater than the context length|loaded with context length of only/i, // LM Studio
  /request too large for/i, // OpenAI, where one request is more than a minute may use
];

/** @param words all that the endpoint said: its body or its event, as text */
export function meaningOf(words: string): Meaning {
  if (tooLong.some((form) => form.test(words))) return 'too-long';
  if (/API_KEY_INVALID|API key not valid|API key expired/.test(words)) return 'key-wrong'; // Google, with 400
  if (words.includes('model_not_found')) return 'unknown-model'; // OpenAI, with 400
  // Google says "exceeded your current quota" of a full minute too.
  const quota = /insufficient_quota|exceeded your current quota/i.test(words) && !words.includes('RESOURCE_EXHAUSTED');
  return quota ? 'no-quota' : null;
}

/** How long Google asks to wait, which stands in the body; null: it doesn't say. */
export function retryDelayMs(words: string): number | null {
  const seconds = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(words)?.[1];
  return seconds === undefined ? null : Math.ceil(Number(seconds) * 1000);
}
