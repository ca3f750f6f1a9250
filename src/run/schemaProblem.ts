/**
 * Job: what a schema found, in words for the person who wrote the value.
 * Boundary: zod's issues; where the value stands in its file is told by whoever read the file.
 */
import type { z } from 'zod';

/** One error of a value: where (path of keys) and what to do. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Whether the JSON Schema of the same shape says it too, so that an editor with JSON features shows it already. */
  readonly inSchema: boolean;
  /** The key at the end of `path` is wrong, not its value. */
  readonly atKey?: true;
}

/** @param whole what the value at the root is called, such as "belay.json" */
export function schemaProblem(issue: z.core.$ZodIssue, whole: string): SchemaProblem {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    const message = `unknown key ${issue.keys.map((k) => `"${k}"`).join(', ')}`;
    return { path: [...path, ...issue.keys.slice(0, 1)], message, inSchema: true, atKey: true };
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return { path, message: `"${String(path.at(-1) ?? whole)}" is missing (${issue.expected})`, inSchema: true };
  }
  const received = issue.code === 'invalid_type' ? / received (\w+)$/.exec(issue.message)?.[1] : undefined;
  if (issue.code === 'invalid_type' && received !== undefined) {
    const message =
      issue.expected === 'int' && received === 'number'
        ? 'must be a whole number'
        : `must be ${withArticle(issue.expected)}, not ${withArticle(received)}`;
    return { path, message, inSchema: true };
  }
  // Refinements are all that zod cannot write as JSON Schema.
  return { path, message: issue.message, inSchema: issue.code !== 'custom' };
}

/** "a number", "an object"; null stays null. */
function withArticle(type: string): string {
  if (type === 'int') return 'a whole number';
  return type === 'null' ? type : `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
}
