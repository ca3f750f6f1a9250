/**
 * Job: the pause of a run whose sandbox broke or disappeared.
 * Rules: H2 commands fail closed; nothing goes on before the supervisor has mended the sandbox and resumed the run.
 */
import type { EntryBody } from '../../run/entry.ts';

/** @param problem why, and what to do, for a person. */
export function pausedWithoutSandbox(problem: string): EntryBody<'run.paused'> {
  return { type: 'run.paused', reason: 'sandbox', message: problem };
}
