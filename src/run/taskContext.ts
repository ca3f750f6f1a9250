/**
 * Job: the key `context` of the task file: its schema, and the policy that it comes to.
 * Boundary: as task.ts; what follows from the policy is context.ts's.
 */
import { z } from 'zod';
import type { ContextPolicy } from './given.ts';

export const context = z
  .strictObject({
    whenFull: z
      .enum(['summary', 'fresh', 'off'])
      .optional()
      .describe(
        'What is done when the prompt is full. "summary": the model writes a summary, which is checked and stands in for the story. "fresh": the story is left out. "off": its oldest steps drop out of the prompt. "summary" where absent, "off" for answers by hand. Directives, plan and notes stay word for word in each.',
      ),
    compactAtTokens: z
      .int()
      .min(4_000)
      .max(10_000_000)
      .optional()
      .describe(
        'A prompt of so many tokens is full. 100,000 where absent, or 80 % of what the model’s window leaves for it.',
      ),
    windowTokens: z
      .int()
      .min(4_000)
      .max(10_000_000)
      .optional()
      .describe('What the model takes, prompt and answer together, where Belay’s price list does not know it.'),
  })
  .describe('How long the conversation may grow before it is made shorter.');

/** As the journal's first entry carries it. @param byHand a person or a recording answers */
export function contextPolicy(given: z.infer<typeof context> | undefined, byHand: boolean): ContextPolicy {
  const { whenFull = byHand ? 'off' : 'summary', compactAtTokens } = given ?? {};
  return { way: whenFull, ...(compactAtTokens !== undefined && { compactAtTokens }) };
}
