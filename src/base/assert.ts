/**
 * Job: stop on a programmer's error, with a message that names the broken expectation.
 * Boundary: only for what can't happen in a correct program; an expected failure is an entry or a result.
 */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the last branch of an exhaustive switch: a forgotten member does not compile. */
export function unreachable(value: never, what: string): never {
  throw new AssertionError(`${what}: unexpected ${JSON.stringify(value)}`);
}

/** What to show of an unknown thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
