/**
 * Job: the key `throttle` of the task file: its schema, and the policy that it comes to.
 * Boundary: as task.ts; what follows from the policy is throttle.ts's.
 */
import { z } from 'zod';
import type { ThrottlePolicy } from './given.ts';
import { defined, positive } from './schemaParts.ts';

const hour = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be an hour of the day, such as "22:30"');

export const throttle = z
  .strictObject({
    usdPerHour: positive
      .optional()
      .describe('No call is made while this many dollars were spent within the last hour.'),
    requestsPerMinute: z.int().min(1).max(1_000).optional().describe('At most this many calls within a minute.'),
    tokensPerMinute: positive.optional().describe('No call is made while this many tokens were used within a minute.'),
    unreviewed: z
      .strictObject({
        steps: z.int().min(1).max(1_000).describe('So many steps may wait for your review.'),
        waitSeconds: z
          .int()
          .min(1)
          .max(3_600)
          .optional()
          .describe('How long it waits before a step for each step too many, at most an hour in all. 60 where absent.'),
      })
      .optional()
      .describe(
        'While more steps than this changed files that you have not accepted, the run goes slower, and slower with each. What you accept or roll back lets it go on at once.',
      ),
    quietHours: z
      .strictObject({
        from: hour.describe('When they begin, such as "22:00".'),
        to: hour.describe('When they end, such as "06:30"; on the next day where that is before "from".'),
        zone: z
          .string()
          .refine(isTimeZone, 'must be a time zone, such as "Europe/Zurich"')
          .optional()
          .describe('In which time zone; that of the machine on which the run begins where it is left out.'),
      })
      .refine(({ from, to }) => from !== to, '"from" and "to" must not be the same')
      .optional()
      .describe('Hours of the day in which no call is made.'),
  })
  .describe('How fast the run may go. What is held back goes on by itself; you can resume it at once.');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false; // what Intl throws at a name that it does not know
  }
}

/** As the journal's first entry carries it. @param zone the machine's time zone, where the task names none */
export function throttlePolicy(
  { quietHours, unreviewed, ...rates }: z.infer<typeof throttle>,
  zone: string,
): ThrottlePolicy {
  const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const quiet = quietHours && {
    from: minuteOf(quietHours.from),
    to: minuteOf(quietHours.to),
    zone: quietHours.zone ?? zone,
  };
  const { steps, waitSeconds = 60 } = unreviewed ?? {};
  return {
    ...defined<Omit<ThrottlePolicy, 'quiet' | 'unreviewed'>>(rates),
    ...(steps !== undefined && { unreviewed: { steps, waitMs: waitSeconds * 1_000 } }),
    ...(quiet && { quiet }),
  };
}
