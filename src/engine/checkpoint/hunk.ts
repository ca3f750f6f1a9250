/**
 * Job: a file with some of its hunks as another version has them.
 * Boundary: pure. Lines are compared as bytes, whatever they mean: nothing is decoded, no line ending changes.
 */
import { diffLines } from 'diff';
import { limits } from '../../run/limits.ts';

export interface HunksBack {
  readonly content: Buffer;
  /** How many hunks were put back; 0: none touches the lines. */
  readonly hunks: number;
}

interface Hunk {
  removed: string;
  added: string;
  lines: number;
}

/**
 * `present` with every hunk of its diff to `target` that touches the lines `first` to `last` (from 1, inclusive) put back. A
 * hunk that only adds lines is touched by those around it. null: too much differs for a diff to be made.
 */
export function hunksBack(
  present: Buffer,
  target: Buffer,
  { first, last }: { readonly first: number; readonly last: number },
): HunksBack | null {
  const options = { maxEditLength: limits.hunkEditLength };
  const parts = diffLines(present.toString('latin1'), target.toString('latin1'), options);
  if (parts === undefined) return null;
  const out: string[] = [];
  let [line, hunks] = [1, 0];
  let open: Hunk | null = null;
  const close = () => {
    if (open === null) return;
    const { removed, added, lines } = open;
    const touches = lines === 0 ? first <= line && last >= line - 1 : first < line + lines && last >= line;
    out.push(touches ? added : removed);
    if (touches) hunks += 1;
    line += lines;
    open = null;
  };
  for (const { value, count, added, removed } of parts) {
    if (!added && !removed) {
      close();
      out.push(value);
      line += count;
      continue;
    }
    const hunk: Hunk = open ?? { removed: '', added: '', lines: 0 };
    if (added) hunk.added += value;
    else {
      hunk.removed += value;
      hunk.lines += count;
    }
    open = hunk;
  }
  close();
  return { content: Buffer.from(out.join(''), 'latin1'), hunks };
}
