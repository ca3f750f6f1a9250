/** Job: what the schemas of the task file share. Boundary: as task.ts, which alone is to be imported for a whole task. */
import { z } from 'zod';

export const text = z.string().min(1, 'must not be empty');

/** Beyond every run; a number without an end would be infinite once it is multiplied, and JSON has no infinity. */
export const positive = z.number().positive('must be more than 0').max(1e12, 'must be at most 1,000,000,000,000');

/** Drops the keys whose value is undefined, as `exactOptionalPropertyTypes` wants them. */
export function defined<T extends object>(value: { [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
