/**
 * Job: the key `model` of the task file: its schema.
 * Boundary: as task.ts.
 */
import { z } from 'zod';
import { providers } from './providers.ts';
import { text } from './schemaParts.ts';

const dollars = z.number().nonnegative('must not be negative').max(1e6, 'must be at most 1,000,000');

export const price = z
  .strictObject({
    input: dollars.describe('Dollars per million input tokens.'),
    cachedInput: dollars
      .optional()
      .describe('Dollars per million input tokens read from the provider’s cache; as input where absent.'),
    cacheWrite: dollars
      .optional()
      .describe('Dollars per million input tokens written to the provider’s cache; as input where absent.'),
    output: dollars.describe('Dollars per million output tokens.'),
  })
  .optional()
  .describe('What the model costs, where Belay’s price list does not know it or you pay another price.');

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  // JSON Schema has no word for the protocol of a URI; the pattern says it there.
  .meta({ pattern: '^https?://', patternErrorMessage: 'must be an http or https address' });

export const maxOutputTokens = z
  .int()
  .min(256)
  .max(200_000)
  .default(8192)
  .describe('At most this many tokens an answer.');

/** A provider's own service; `baseUrl` is for firms that reach it through a gateway of theirs. */
function hosted<P extends string>(provider: P, words: string, example: string) {
  return z.strictObject({
    provider: z.literal(provider).describe(words),
    name: text.describe(`The model, such as "${example}".`),
    baseUrl: address.optional().describe('Where the service is reached, if not at the provider’s own address.'),
    price,
    maxOutputTokens,
  });
}

/** The part `model` by itself: a choice is completed with its defaults before it is judged. */
export const taskModelSchema = z
  .discriminatedUnion(
    'provider',
    [
      z.strictObject({
        provider: z
          .literal('vscode')
          .describe(
            'A model that VS Code offers, such as Copilot’s. It is asked through an open window: the run waits while there is none.',
          ),
        name: text.describe('The model as VS Code lists it: its id, family or name, such as "gpt-5".'),
        vendor: text.optional().describe('Who offers it, such as "copilot", where several offer one of that name.'),
        price,
        maxOutputTokens,
      }),
      hosted('anthropic', 'Anthropic’s models; needs a key of theirs.', 'claude-sonnet-4-5'),
      hosted('openai', 'OpenAI’s models; needs a key of theirs.', 'gpt-5'),
      hosted('google', 'Google’s Gemini models; needs a key of theirs.', 'gemini-2.5-pro'),
      z.strictObject({
        provider: z
          .literal('openai-compatible')
          .describe('Any endpoint that speaks the OpenAI chat protocol: Ollama, LM Studio, llama.cpp, a gateway.'),
        baseUrl: address.describe('Where the endpoint is, such as "http://127.0.0.1:11434/v1".'),
        name: text.describe('The name of the model there.'),
        price,
        maxOutputTokens,
      }),
      z.strictObject({
        provider: z
          .literal('manual')
          .describe('You are the model’s wire: Belay writes the prompt, you paste the answer.'),
        name: text.default('by hand').describe('What you call it.'),
        price,
        maxOutputTokens,
      }),
      z.strictObject({
        provider: z
          .literal('recorded')
          .describe('Plays the answers of an earlier run; everything else is done for real.'),
        name: text.default('recording').describe('The model that gave the answers.'),
        file: text.describe('The recording, relative to this file.'),
        secondsPerAnswer: z
          .number()
          .min(0)
          .max(60)
          .default(0)
          .describe('How long each answer takes, so that you can follow.'),
        price,
        maxOutputTokens,
      }),
    ],
    {
      error: `must be one of ${providers.map((p) => `"${p}"`).join(', ')}`,
    },
  )
  .describe('The model that works.');
