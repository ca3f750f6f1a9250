/** Job: what the schemas of the task file share. Boundary: as task.ts, which alone is to be imported for a whole task. */
import { z } from 'zod';

export const text = z.string().min(1, 'must not be empty');

/** Beyond every run; a number without an end would be infinite once it is multiplied, and JSON has no infinity. */
export const positive = z.number().positive('must be more than 0').max(1e12, 'must be at most 1,000,000,000,000');

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

export const maxOutputTokens = z
  .int()
  .min(256)
  .max(200_000)
  .default(8192)
  .describe('At most this many tokens an answer.');

/** Drops the keys whose value is undefined, as `exactOptionalPropertyTypes` wants them. */
export function defined<T extends object>(value: { [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
