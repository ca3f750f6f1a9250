/**
 * Job: the key `stalls` of the task file: its schema, and the policy that it comes to.
 * Boundary: as task.ts; what follows from the policy is ladder.ts's.
 */
import { z } from 'zod';
import { defined, maxOutputTokens, positive, price, text } from './schemaParts.ts';
import type { StallPolicy } from './stallFacts.ts';

const otherModel = z
  .strictObject({
    name: text.describe('The model, as the provider calls it.'),
    price,
    maxOutputTokens: maxOutputTokens
      .unwrap()
      .optional()
      .describe('At most this many tokens an answer; as "model" says where absent.'),
    windowTokens: z.int().min(4_000).optional().describe('What it takes, prompt and answer together.'),
  })
  .describe(
    'Then another model of the same provider takes over, with the same key and address. You can switch to it and back at any time.',
  );

export const stalls = z
  .strictObject({
    nudge: z.boolean().default(true).describe('First the agent is told of it.'),
    freshContext: z
      .boolean()
      .default(true)
      .describe('Then its prompts begin anew, from directives, plan, notes and failing visible cases.'),
    rollback: z
      .boolean()
      .default(false)
      .describe(
        'Then the folder goes back to the best visible checkpoint, where what stands is worse. Your own edits are kept; where one is in conflict, nothing is rolled back.',
      ),
    otherModel: otherModel.optional(),
    hold: z.boolean().default(true).describe('Last, a gate waits for you.'),
    gainlessUsd: positive
      .optional()
      .describe(
        'So many dollars without a better visible pass rate are a stall, too. A tenth of the hard limit of dollars where absent.',
      ),
  })
  .describe(
    'What is done when the run stalls: calls, errors or versions that repeat, no change, no better visible pass rate. All false: stalls are not looked for.',
  );

export function stallPolicy({ otherModel: _, ...policy }: z.infer<typeof stalls>): StallPolicy {
  return defined<StallPolicy>(policy);
}
