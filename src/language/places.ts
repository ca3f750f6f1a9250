/**
 * Job: where in the text of `belay.json` a problem stands.
 * Boundary: offsets of a jsonc-parser tree; lines and columns are the editor's.
 */
import type { Node } from 'jsonc-parser';

export type JsonPath = readonly (string | number)[];

/** Offsets in UTF-16 code units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The span of what a path leads to: of a scalar its value with the quotes; of an object or array its key, so that no half
 * of the file is underlined; of the root its first character. What is missing is told at the nearest thing around it.
 */
export function spanAt(root: Node, path: JsonPath, what: 'key' | 'value' = 'value'): Span {
  for (let length = path.length; length > 0; length -= 1) {
    const node = nodeAt(root, path.slice(0, length));
    if (node === undefined) continue;
    const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
    const whole = node.children !== undefined || (what === 'key' && length === path.length);
    return spanOf(whole && key !== undefined ? key : node);
  }
  return { start: root.offset, end: root.offset + Math.min(1, root.length) };
}

function spanOf({ offset, length }: Node): Span {
  return { start: offset, end: offset + length };
}

/** Of equal keys the last, as it is the one that counts. */
function nodeAt(root: Node, path: JsonPath): Node | undefined {
  let node: Node | undefined = root;
  for (const part of path) {
    if (typeof part === 'number') node = node?.type === 'array' ? node.children?.[part] : undefined;
    else
      node =
        node?.type === 'object'
          ? node.children?.findLast((property) => property.children?.[0]?.value === part)?.children?.[1]
          : undefined;
  }
  return node;
}
