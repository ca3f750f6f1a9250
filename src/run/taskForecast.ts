/**
 * Job: the key `forecast` of the task file: its schema, and the policy that it comes to.
 * Boundary: as task.ts; what is forecast is forecast.ts's.
 */
import { z } from 'zod';
import type { ForecastPolicy } from './forecastFacts.ts';
import { defined, positive } from './schemaParts.ts';

export const forecast = z
  .strictObject({
    goal: z
      .number()
      .gt(0, 'must be more than 0')
      .max(1, 'must be at most 1, which is every case')
      .default(1)
      .describe('The share of visible cases at which the task is solved; 1: all of them.'),
    valueUsd: positive
      .optional()
      .describe(
        'What the solved task is worth to you, in dollars. A gate opens when no further block of dollars is worth its price. Absent: the forecast weighs nothing and opens no gate.',
      ),
    hourUsd: z
      .number()
      .min(0, 'must not be negative')
      .max(1e6)
      .default(0)
      .describe('What an hour of waiting costs you, in dollars, beside what the model costs.'),
  })
  .describe(
    'What the next dollars are expected to buy: the report shows a band of the visible pass rate against cost, never beyond twice the spend. It never decides.',
  );

export function forecastPolicy(policy: z.infer<typeof forecast>): ForecastPolicy {
  return defined<ForecastPolicy>(policy);
}
