/**
 * Job: the text of a task file as a tree, for all who read one.
 * Boundary: syntax only. The text is anybody's: its errors are bounded (each has to be placed), and one that no parser can follow
 *   is told instead of thrown.
 */
import { getNodeValue, parseTree, type Node, type ParseError } from 'jsonc-parser';

/** More errors than these tell nobody more. */
const errorsMost = 100;

export interface TaskTree {
  /** undefined: there is nothing in the text. */
  readonly root: Node | undefined;
  readonly value: unknown;
  /** The first ones. */
  readonly errors: readonly ParseError[];
}

export const tooDeep = 'not a task: it is nested too deeply';

/** null: nested more deeply than can be followed. */
export function taskTree(text: string): TaskTree | null {
  const errors: ParseError[] = [];
  try {
    const root = parseTree(text, errors, { allowTrailingComma: true });
    return { root, value: root === undefined ? undefined : getNodeValue(root), errors: errors.slice(0, errorsMost) };
  } catch (error) {
    if (error instanceof RangeError) return null; // the parser's stack
    throw error;
  }
}
